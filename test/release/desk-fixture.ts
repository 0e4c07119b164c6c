/** A release desk on disk for tests: made once, copied for each, driven through the command line. */
import { createPrivateKey } from "node:crypto";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ExecutionContext } from "ava";
import { imageMark } from "../../device/update/image-mark.ts";
import { runReleaseDesk, type Surroundings } from "../../provisioning/release/command-line.ts";
import { prng } from "../prng.ts";

export const onlinePassphrase = "correct horse battery staple";
export const rootPassphrase = "seven salty seas of summer";
export const start = new Date("2026-11-22T12:00:00Z");
export const dayMs = 24 * 3600 * 1000;

export interface Run {
  readonly status: number;
  readonly out: string;
  readonly errors: string;
}

type Change = Partial<Pick<Surroundings, "beforeWrite" | "environment">>;

/** Folders of one test, and what is typed at its desk. */
export class DeskFixture {
  readonly folder: string;
  now = start;

  constructor(folder: string) {
    this.folder = folder;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async run(args: readonly string[], change: Change = {}): Promise<Run> {
    let [out, errors] = ["", ""];
    const folders = ["--folder", this.path("desk"), "--out", this.path("public")];
    const offline = ["one", "two", "three"].flatMap((name) => ["--offline", this.path(name)]);
    const status = await runReleaseDesk([...args, ...folders, ...offline], {
      environment: {
        THIRTEEN_RELEASE_PASSPHRASE: onlinePassphrase,
        THIRTEEN_ROOT_PASSPHRASE: rootPassphrase,
      },
      print: (text) => {
        out += text;
      },
      printError: (text) => {
        errors += text;
      },
      progress: () => {},
      now: () => this.now,
      ...change,
    });
    return { status, out, errors };
  }

  /** As `run`; throws what the desk has to complain about. */
  async must(...args: readonly string[]): Promise<string> {
    const { status, out, errors } = await this.run(args);
    if (status !== 0) throw new Error(`${args.join(" ")}: ${errors}`);
    return out;
  }

  write(name: string, content: Uint8Array | string): string {
    writeFileSync(this.path(name), content);
    return this.path(name);
  }

  /** `add` with everything it takes; `more` comes last, and so overrides. */
  addArguments(image: Uint8Array, more: readonly string[] = []): string[] {
    const words = ["--why", "Mends a fault.", "--risk", "None known.", "--severity", "important"];
    const sbom = this.write("sbom.json", JSON.stringify(goodSbom));
    const file = this.write("image.bin", image);
    const rest = ["--support-end", "2031-10-31", "--sbom", sbom, ...more];
    return ["add", "--image", file, ...words, ...rest];
  }

  async release(version: string, ...more: readonly string[]): Promise<Uint8Array> {
    const image = sampleImage(version);
    await this.must(...this.addArguments(image, more));
    return image;
  }

  async signAndPublish(): Promise<void> {
    await this.must("sign");
    await this.must("publish");
  }
}

export const goodSbom = {
  bomFormat: "CycloneDX",
  specVersion: "1.6",
  components: [{ type: "library", name: "@noble/curves", version: "2.4.0" }],
};

/** Like two builds of one program: mostly the same bytes, a few new ones, and a mark. */
export function sampleImage(
  version: string,
  change: Partial<Record<"product" | "board", string>> = {},
) {
  const mark = imageMark({ product: "T13-LAMP-1", board: "desk", version, ...change });
  const common = prng(13);
  const own = prng([...version].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7));
  const bytes = Buffer.alloc(20_000);
  for (let index = 0; index < bytes.length; index++) bytes[index] = Math.floor(common() * 256);
  for (let change = 0; change < 20; change++)
    bytes[1000 + Math.floor(own() * 18_000)] = Math.floor(own() * 256);
  bytes.write(`"${mark}";\n`, 0, "latin1");
  return new Uint8Array(bytes);
}

const shared = mkdtempSync(join(tmpdir(), "thirteen-release-"));
process.once("exit", () => rmSync(shared, { recursive: true, force: true }));
let made: Promise<void> | undefined;

async function makeOnce(): Promise<void> {
  const desk = new DeskFixture(join(shared, "first"));
  mkdirSync(desk.folder);
  await desk.must("init");
  sealLightly(desk.path("desk/keys"), onlinePassphrase);
  for (const name of ["one", "two", "three"]) sealLightly(desk.path(name), rootPassphrase);
}

/** The same keys and passphrase, derived in a millisecond: these tests are not about scrypt. */
function sealLightly(folder: string, passphrase: string): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    const key = createPrivateKey({ key: readFileSync(file), passphrase });
    const format = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase } as const;
    writeFileSync(file, key.export(format));
  }
}

/** A fresh desk: keys made, nothing released. (Making one takes two seconds of key derivation.) */
export async function openDesk(t: ExecutionContext): Promise<DeskFixture> {
  made ??= makeOnce();
  await made;
  const folder = mkdtempSync(join(tmpdir(), "thirteen-release-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(shared, "first"), folder, { recursive: true });
  return new DeskFixture(folder);
}
