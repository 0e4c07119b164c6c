/**
 * `npm run device:tls`: the battery of bad servers against the firmware's TLS socket as it is on the chip, in
 * JavaScript on the SDK's engine: XS, its TCP, our native session. With controls: the same program with its
 * verification taken out must be taken in.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import type { Running } from "../../host-sim/chip/bench-unit.ts";
import { forTheSdk } from "../../host-sim/chip/bundling.ts";
import { buildProgram } from "../../host-sim/chip/sdk-build.ts";
import { linuxStand } from "../../host-sim/chip/stands.ts";
import { flashImage, root } from "../../host-sim/chip/targets.ts";
import {
  findEmulator,
  findIdf,
  findMbedtls,
  findSdk,
  type Sdk,
} from "../../host-sim/chip/tools.ts";
import { oneOf, runCommandLine } from "../../host-sim/command-line.ts";
import { Fault } from "../../provisioning/fault.ts";
import { startChip } from "../device-bench/chip.ts";
import { benchImage } from "../device-bench/image.ts";
import { clientOn, introduce, type Reviving } from "../device-bench/meetings.ts";
import { buildHouse, type House, unverified } from "../tls-native/impostors.ts";
import { suitesFolder } from "./modules.ts";
import { keepBattery } from "./results.ts";
import { battery, type Client, type Conditions, hex, type Result } from "./tls-battery.ts";
import type { Meeting, Met } from "./tls-peer.ts";

const usage = `usage: npm run device:tls -- [--target linux|esp32c3-emulated] [--json] [--no-record]

  Meets good servers and bad ones with the firmware's TLS socket on the SDK's engine, as a program or on the
  emulated chip: bad ones must be refused for the right reason, and get through once verification is taken out (the
  control). Writes how many of the battery passed into docs/runtimes.md.

  --target     linux when absent; the emulated chip needs ESP-IDF and Espressif's QEMU as well
  --json       the results as JSON on standard output
  --no-record  leaves docs/ alone`;

const session = "device/platform/moddable/tls/tls-session.c";

async function makeModule(): Promise<void> {
  await build({
    ...forTheSdk,
    entryPoints: { main: join(root, "test/device-suites/tls-main.ts") },
    outdir: join(suitesFolder, "tls-modules"),
  });
}

/** The same manifest with another session: verification taken out. */
function withoutVerification(): string {
  const folder = join(suitesFolder, "tls-unverified-source");
  mkdirSync(folder, { recursive: true });
  const source = unverified.reduce(
    (text, [guard, broken]) => {
      if (!text.includes(guard)) throw new Error(`nothing to sabotage: ${guard}`);
      return text.replace(guard, broken);
    },
    readFileSync(join(root, session), "utf8"),
  );
  writeFileSync(join(folder, "tls-session.c"), source);
  const headers = join(root, "device/platform/moddable/tls/tls-session.h");
  writeFileSync(join(folder, "tls-session.h"), readFileSync(headers));
  const manifest = readFileSync(join(root, "test/device-suites/tls-manifest.json"), "utf8")
    .replace('"SESSION": "../../device/platform/moddable/tls"', `"SESSION": "${folder}"`)
    .replaceAll('"../../', `"${root}`);
  writeFileSync(join(folder, "manifest.json"), manifest);
  return join(folder, "manifest.json");
}

function programOf(sdk: Sdk, manifest: string, output: string): string {
  return buildProgram(sdk, { manifest, output: join(suitesFolder, output) });
}

/** One meeting may take this long. */
const silentMs = 20_000;

function clientOf(program: string, identity: Pick<Meeting, "key" | "chain">): Client {
  const folder = mkdtempSync(join(tmpdir(), "thirteen-tls-"));
  const flash = join(folder, "flash.bin");
  writeFileSync(flash, new Uint8Array(4096));
  let waiting: { resolve: (met: Met) => void; reject: (error: Error) => void } | undefined;
  const died = (why: string) => waiting?.reject(new Fault(`the program ended: ${why}`));
  let boots = 0;
  const unit: Running = linuxStand(program).start(
    flash,
    (line) => {
      if (line.startsWith('{"message":"boot"') && boots++ > 0) died("it was reset");
      if (line.startsWith('{"message":"met"')) waiting?.resolve(JSON.parse(line) as Met);
    },
    died,
  );
  return {
    meet: (meeting) =>
      new Promise((resolve, reject) => {
        const slow = setTimeout(() => died("it says nothing"), silentMs);
        waiting = {
          resolve(met) {
            clearTimeout(slow);
            resolve(met);
          },
          reject(error) {
            clearTimeout(slow);
            reject(error);
          },
        };
        unit.write(`${JSON.stringify({ ...identity, ...meeting })}\n`);
      }),
    end() {
      unit.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What the battery is run with. */
interface Ready extends Conditions {
  readonly sound: Client;
  readonly broken: Client;
  /** The clients' clock, in milliseconds. */
  readonly ms: number;
  readonly versions: readonly string[];
}

function* everyTurn(): Iterable<number> {
  for (let turn = 0; ; turn++) yield turn;
}

/** A turn on the chip takes two milliseconds, and a handshake a second. */
function* growingTurns(): Iterable<number> {
  for (let turn = 0; ; turn = Math.ceil((turn + 1) * 1.25)) yield turn;
}

async function onLinux(sdk: Sdk, house: House): Promise<Ready> {
  findMbedtls();
  await makeModule();
  const asShipped = programOf(sdk, "test/device-suites/tls-manifest.json", "tls");
  const disarmed = programOf(sdk, withoutVerification(), "tls-unverified");
  const identity = { key: hex(house.unit.keyDer), chain: [hex(house.unit.der)] };
  const [sound, broken] = [clientOf(asShipped, identity), clientOf(disarmed, identity)];
  return { sound, broken, drops: everyTurn, ms: 1, versions: [process.arch] };
}

async function onChip(sdk: Sdk, house: House): Promise<Ready> {
  findIdf();
  const emulator = findEmulator();
  const { parts } = await benchImage(sdk);
  const start = async () => {
    const chip = await startChip(emulator, flashImage(parts));
    await introduce(chip, house);
    return chip;
  };
  const on: Reviving = { chip: await start(), start, revivals: 0 };
  const [sound, broken] = [clientOn(on, "firmware"), clientOn(on, "loose")];
  // CONFIG_MBEDTLS_SHA1_C=n
  const conditions = { drops: growingTurns, noSha1: true } as const;
  return {
    ...{ sound, broken, ms: 1_000, ...conditions },
    get versions() {
      return ["QEMU's esp32c3", `emulator started anew ${on.revivals} times`];
    },
  };
}

await runCommandLine(usage, async () => {
  const { values } = parseArgs({
    options: {
      target: { type: "string", default: "linux" },
      json: { type: "boolean", default: false },
      "no-record": { type: "boolean", default: false },
    },
  });
  const target = oneOf("--target", values.target, ["linux", "esp32c3-emulated"] as const);
  const sdk = findSdk();
  const house = await buildHouse();
  const ready = await (target === "linux" ? onLinux : onChip)(sdk, house);
  const { sound, broken, ms } = ready;
  const tell = ({ title, saw, fine }: Result) => {
    if (!values.json) console.log(`${fine ? "✔" : "✘"} ${title}: ${saw}`);
  };
  const { results, longest } = await battery(sound, broken, house, ready, tell).finally(() => {
    sound.end();
    broken.end();
  });
  const longestMs = Math.round(longest / ms);
  const failed = results.filter(({ fine }) => !fine);
  const passed = results.length - failed.length;
  if (values.json) console.log(JSON.stringify({ target, results, longestMs }, null, 2));
  else console.log(`${passed} of ${results.length}; longest turn ${longestMs} ms`);
  if (!values["no-record"])
    keepBattery(target, {
      at: new Date().toISOString(),
      versions: ready.versions,
      passed,
      of: results.length,
    });
  if (failed.length > 0) throw new Fault(`${failed.length} of the battery failed`);
});
