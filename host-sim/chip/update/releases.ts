/** The maker's side of an update on the emulated chip: a release desk in a folder, and three images that trust it. */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { version as builtVersion } from "../../../device/about/version.ts";
import { Fault } from "../../../provisioning/fault.ts";
import { runReleaseDesk } from "../../../provisioning/release/command-line.ts";
import type { KeyKind } from "../../../provisioning/release/signer.ts";
import { takeStationLock } from "../../../provisioning/station-lock.ts";
import { type BrokenFirmware, broken } from "../../runtime/variants.ts";
import { buildFirmware } from "../firmware-image.ts";
import { markOf } from "../image-mark.ts";
import { type FlashPart, flashImage, root } from "../targets.ts";
import type { Sdk } from "../tools.ts";

const target = "esp32c3-emulated";
const applicationAt = 0x20000;
const product = "T13-LAMP-1";

/** Everything of it that outlives a run. */
const folder = join(root, "build/device/update");
const deskFolder = join(folder, "desk");
const summary = join(folder, "built.json");

export interface Editions {
  readonly keys: KeyKind;
  readonly fault: BrokenFirmware;
  /** N, N+1 and the bad N+2. */
  readonly versions: readonly [string, string, string];
}

/** "1.2.3" and 1 → "1.2.4". */
function after(version: string, releases: number): string {
  const [major, minor, patch] = version.split(".");
  return `${major}.${minor}.${Number(patch) + releases}`;
}

const imageFile = (version: string) => join(folder, `${version}.bin`);

/** One command at the release desk, whose folders are below `at`. @throws Fault with what it has to complain about. */
async function release(at: string, ...args: readonly string[]): Promise<void> {
  let complaint = "";
  const folders = ["--folder", join(at, "desk"), "--offline", join(at, "offline")];
  const status = await runReleaseDesk(
    [...args, ...folders, "--out", join(at, "public"), "--development"],
    {
      environment: {},
      print: () => {},
      printError: (text) => {
        complaint += text;
      },
      progress: () => {},
      now: () => new Date(),
    },
  );
  if (status !== 0) throw new Fault(`release ${args[0]}: ${complaint.trim()}`);
}

/**
 * Makes the desk's keys and the three images, one after the other. One process at a time: of two in one folder, each
 * takes the other's modules into its images. @throws Fault
 */
export async function makeEditions(
  sdk: Sdk,
  wish: Pick<Editions, "keys" | "fault">,
): Promise<Editions> {
  mkdirSync(folder, { recursive: true });
  const unlock = takeStationLock(folder);
  try {
    return await make(sdk, wish);
  } finally {
    unlock();
  }
}

async function make(
  sdk: Sdk,
  { keys, fault }: Pick<Editions, "keys" | "fault">,
): Promise<Editions> {
  for (const old of ["desk", "offline", "public"])
    rmSync(join(folder, old), { recursive: true, force: true });
  rmSync(summary, { force: true });
  await release(folder, "init", "--product", product, "--board", target, "--keys", keys);
  const trusted = readFileSync(join(deskFolder, "staged/metadata/1.root.json"), "utf8");
  const versions = [builtVersion, after(builtVersion, 1), after(builtVersion, 2)] as const;
  for (const [index, version] of versions.entries()) {
    const changes = index === 2 ? broken[fault] : {};
    const wish = { root: trusted, version, changes };
    const { parts } = await buildFirmware(sdk, target, wish, join(folder, "image"));
    const application = parts.find(({ offset }) => offset === applicationAt);
    if (!application) throw new Fault("the build has no application");
    const image = readFileSync(application.file);
    requireEdition(image, version, trusted);
    writeFileSync(imageFile(version), image);
    if (index === 0) keepFlash(parts);
  }
  const editions: Editions = { keys, fault, versions };
  writeFileSync(summary, JSON.stringify(editions));
  return editions;
}

/** Is it what was wished for? @throws Fault when it is another version's, or trusts another desk. */
export function requireEdition(image: Uint8Array, version: string, trusted: string): void {
  const bytes = Buffer.from(image);
  const mark = markOf(target, version);
  if (!bytes.includes(mark))
    throw new Fault(
      `the image made for ${version} lacks ${mark}: another build may have run beside it`,
    );
  if (!bytes.includes(trusted))
    throw new Fault(`the image made for ${version} lacks its first root`);
}

const firstFlash = join(folder, "flash.bin");
const keepFlash = (parts: readonly FlashPart[]) => writeFileSync(firstFlash, flashImage(parts));

/** What was made last. @throws Fault when nothing was. */
export function builtEditions(): Editions {
  if (!existsSync(summary)) throw new Fault("nothing is built yet: leave --built out");
  return JSON.parse(readFileSync(summary, "utf8")) as Editions;
}

/** The flash as N's factory leaves it, but for the identity. */
export const flashOfFirst = (): Uint8Array => new Uint8Array(readFileSync(firstFlash));

/** A copy of the desk, so that a run begins with nothing released. */
export class ReleaseDesk {
  /** What the web host serves. */
  readonly public: string;
  readonly #at: string;

  constructor(at: string) {
    this.#at = at;
    this.public = join(at, "public");
    for (const part of ["desk", "offline"])
      cpSync(join(folder, part), join(at, part), { recursive: true });
  }

  /** Signs and publishes; gives the image's length. */
  async publish(version: string, why: string): Promise<number> {
    const image = imageFile(version);
    const words = ["--why", why, "--risk", "None: this is a trial.", "--severity", "important"];
    const papers = ["--sbom", join(root, "docs/product/sbom.cdx.json")];
    const rest = ["--support-end", "2031-10-31", "--percent", "100", "--deltas", "0"];
    await release(this.#at, "add", "--image", image, ...words, ...papers, ...rest);
    await release(this.#at, "sign");
    await release(this.#at, "publish");
    return readFileSync(image).length;
  }
}
