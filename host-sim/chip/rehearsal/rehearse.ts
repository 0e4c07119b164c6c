/** `npm run device:rehearse`: the release's lock, closed on an emulated chip, and then attacked. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { Fault } from "../../../provisioning/fault.ts";
import { runCommandLine } from "../../command-line.ts";
import { makeFirmware } from "../firmware-image.ts";
import { freePort } from "../free-port.ts";
import { buildImage } from "../sdk-build.ts";
import { blankFuses, emulatedStand } from "../stands.ts";
import { type FlashPart, flashImage, flashParts, root } from "../targets.ts";
import { findEmulator, findIdf, findSdk, type Sdk } from "../tools.ts";
import { tourWith } from "../tour.ts";
import { type Outcome, type Start, tryStart } from "./boot-chain.ts";
import { encryptedFor, flashKey, zeroKey } from "./flash-cipher.ts";
import { burnt, unlocked } from "./fuses.ts";
import { lockedStand } from "./locked-stand.ts";
import { writeSecureBoard } from "./secure-board.ts";
import { makeSigningKey, sign } from "./signing.ts";

const usage = `usage: npm run device:rehearse [-- --built] [--tour] [--json]

  Builds the firmware with release settings, secure boot v2 and flash encryption, signs it with a key
  made for this run, and lets an emulated ESP32-C3 lock itself. Then it is given changed images, and images
  that another key signed. No board is touched: a real one is locked for good.

  --built  takes what the last rehearsal built
  --tour   in place of the attacks, one unit's life with the locked image and an identity
  --json   what was seen, as JSON on standard output`;

const target = "esp32c3-emulated";
const output = join(root, "build/device/rehearsal");
const applicationAt = 0x20000;
const limitMs = 120_000;

const listOfParts = join(
  output,
  "tmp/esp32",
  target,
  "release",
  basename(root),
  "xsProj-esp32c3/build/flash_args",
);

async function build(sdk: Sdk): Promise<readonly FlashPart[]> {
  await makeFirmware(target);
  const board = writeSecureBoard(target, join(output, "boards"));
  return buildImage(sdk, target, { manifest: "manifest.json", output, board }).parts;
}

/** The parts, with bootloader and application signed by the key. */
function signed(parts: readonly FlashPart[], key: string, name: string): FlashPart[] {
  return parts.map((part) => {
    if (part.offset !== 0 && part.offset !== applicationAt) return part;
    const file = join(output, `${name}-${part.offset.toString(16)}.bin`);
    sign(part.file, key, file);
    return { ...part, file };
  });
}

const fileAt = (parts: readonly FlashPart[], offset: number) =>
  new Uint8Array(readFileSync(parts.find((part) => part.offset === offset)!.file));

/** One unit's life, which begins with a chip as its maker leaves it. @throws what a stage throws, and Fault */
async function liveLocked(emulator: string, own: readonly FlashPart[], json: boolean) {
  const folder = mkdtempSync(join(tmpdir(), "thirteen-locked-"));
  try {
    const fusesFile = join(folder, "fuses");
    writeFileSync(fusesFile, blankFuses());
    const parts = { emulator, image: flashImage(own), fusesFile, console: join(folder, "console") };
    const chip = { ...parts, setUpAt: await freePort() };
    const stand = lockedStand(emulatedStand({ ...chip, recorded: false }), emulatedStand(chip));
    await tourWith(`${target}, locked`, stand, { json, verbose: false });
    const open = unlocked(new Uint8Array(readFileSync(fusesFile)));
    if (open.length > 0) throw new Fault(`the chip did not lock itself: ${open.join("; ")}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function withByteFlipped(flash: Uint8Array, at: number): Uint8Array {
  const changed = flash.slice();
  changed[at]! ^= 1;
  return changed;
}

/** The last words of the boot chain, without what it says at every start. */
function lastWords({ console: text }: Start): string[] {
  const usual = /^(ESP-ROM|Build:|SPIWP|mode:|load:|entry|\s*$)/;
  const lines = text.split(/\r?\n/).filter((line) => !usual.test(line));
  return [...new Set(lines)].slice(-3);
}

await runCommandLine(usage, async () => {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      built: { type: "boolean", default: false },
      tour: { type: "boolean", default: false },
      port: { type: "string" },
    },
  });
  if (values.port !== undefined)
    throw new Fault(
      `the board at ${values.port} is left alone: this would burn SECURE_BOOT_EN, SPI_BOOT_CRYPT_CNT and DIS_DOWNLOAD_MODE of it for good; the rehearsal is for the emulator, see docs/boards.md`,
    );
  const sdk = findSdk();
  findIdf();
  const emulator = findEmulator();
  if (values.built && !existsSync(listOfParts))
    throw new Fault("nothing is built for the rehearsal yet: leave out --built");
  const parts = values.built ? flashParts(listOfParts) : await build(sdk);
  mkdirSync(output, { recursive: true });
  const [makersKey, anotherKey] = ["maker", "another"].map((name) => {
    const file = join(output, `${name}.pem`);
    makeSigningKey(file);
    return file;
  }) as [string, string];
  const own = signed(parts, makersKey, "maker");
  if (values.tour) return liveLocked(emulator, own, values.json);
  const foreign = signed(parts, anotherKey, "another");
  const blank = blankFuses();
  const start = async (flash: Uint8Array, fuses: Uint8Array) =>
    tryStart({ emulator, flash, fuses, port: await freePort() }, limitMs);

  const first = await start(flashImage(own), blank);
  const open = unlocked(first.fuses);
  if (first.outcome !== "starts" || open.length > 0)
    throw new Fault(
      `the chip did not lock itself: ${[first.outcome, ...open, ...lastWords(first)].join("; ")}`,
    );
  if (first.reason !== "power-on")
    throw new Fault(`the restart after the lock is told as ${first.reason}`);
  const application = fileAt(own, applicationAt);
  const inFlash = first.flash.subarray(applicationAt, applicationAt + 4096);
  const key = [flashKey(first.fuses), zeroKey].find(
    (candidate) =>
      candidate &&
      Buffer.compare(
        encryptedFor(candidate, application.subarray(0, 4096), applicationAt),
        inFlash,
      ) === 0,
  );
  if (!key)
    throw new Fault("what lies in the flash is not the application, encrypted with the chip's key");
  if (key === zeroKey && !values.json)
    console.log("note   this emulator encrypts with zeros once the key can no longer be read");

  const replaced = (offset: number) => {
    const flash = first.flash.slice();
    flash.set(encryptedFor(key, fileAt(foreign, offset), offset), offset);
    return flash;
  };
  const attempts: readonly [what: string, flash: Uint8Array, expected: Outcome][] = [
    ["the same flash again", first.flash, "starts"],
    [
      "its application, encrypted here and put back",
      (() => {
        const flash = first.flash.slice();
        flash.set(encryptedFor(key, application, applicationAt), applicationAt);
        return flash;
      })(),
      "starts",
    ],
    ["a byte of the bootloader flipped", withByteFlipped(first.flash, 0x2000), "refused"],
    ["a byte of the application flipped", withByteFlipped(first.flash, 0x80000), "refused"],
    ["a bootloader signed by another key", replaced(0), "refused"],
    ["an application signed by another key", replaced(applicationAt), "refused"],
  ];
  const seen: object[] = [];
  const wrong: string[] = [];
  const burntLines = burnt(blank, first.fuses);
  if (!values.json) for (const line of burntLines) console.log(`burnt  ${line}`);
  for (const [what, flash, expected] of attempts) {
    const tried = await start(flash, first.fuses);
    const { outcome } = tried;
    const words = lastWords(tried);
    seen.push({ what, outcome, words });
    if (outcome !== expected) wrong.push(`${what} (${outcome})`);
    if (!values.json) console.log(`${outcome.padEnd(7)}  ${what}: ${words.join(" | ")}`);
  }
  if (values.json) console.log(JSON.stringify({ burnt: burntLines, seen, wrong }, null, 2));
  if (wrong.length > 0) throw new Fault(`not as it must be: ${wrong.join("; ")}`);
});
