/**
 * Builds `tls-peer.c` with the firmware's own `tls-session.c` and runs it. Needs a C compiler and
 * the development files of mbedTLS 3.6 or later: of the system, or below `MBEDTLS_ROOT`.
 */
import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const execute = promisify(execFile);

const here = fileURLToPath(new URL(".", import.meta.url));
const source = join(here, "../../device/platform/moddable/tls");
const libraries = ["mbedtls", "mbedx509"];

/** What one connection came to; `end` is "done", "dropped", "stuck" or a reason of `TlsReason`. */
export interface Outcome {
  readonly end: string;
  readonly open: boolean;
  readonly version: string;
  readonly echoed: number;
  readonly steps: number;
  readonly longestUs: number;
  /** Bytes of the ticket kept for the next connection. */
  readonly ticket: number;
}

export interface PeerArguments {
  readonly port: number;
  /** One connection after the other, sharing a ticket. */
  readonly names: readonly string[];
  readonly key: Uint8Array;
  readonly chain: readonly Uint8Array[];
  readonly anchors: readonly Uint8Array[];
  readonly bytes?: number;
  readonly steps?: number;
  /** Steps after opening for which no ciphertext leaves. */
  readonly stall?: number;
}

export interface Peer {
  /** e.g. "3.6.6". */
  readonly version: string;
  run(what: PeerArguments): Promise<Outcome[]>;
  remove(): void;
}

/** Breaks a guard on purpose; every text must occur in tls-session.c. */
export type Sabotage = readonly (readonly [text: string, instead: string])[];

export interface Toolchain {
  readonly flags: readonly string[];
  readonly version: string;
}

/** Static libraries below `MBEDTLS_ROOT`, wherever the distribution keeps them. */
function librariesOf(root: string): string[] {
  const below = join(root, "lib");
  const folders = [below, ...readdirSync(below).map((name) => join(below, name))];
  const folder = folders.find((name) => existsSync(join(name, "libmbedtls.a")));
  if (!folder) return libraries.concat("mbedcrypto").map((name) => `-l${name}`);
  const crypto = existsSync(join(folder, "libtfpsacrypto.a")) ? "tfpsacrypto" : "mbedcrypto";
  return [...libraries, crypto].map((name) => join(folder, `lib${name}.a`));
}

export function findToolchain(): Toolchain | { readonly missing: string } {
  const root = process.env.MBEDTLS_ROOT ?? "/usr";
  const include = [`-I${join(root, "include")}`];
  const probe =
    "#include <mbedtls/build_info.h>\n#if MBEDTLS_VERSION_NUMBER < 0x03060000\n#error\n#endif\n" +
    'const char *v = "version=" MBEDTLS_VERSION_STRING;\n';
  try {
    execFileSync("cc", ["--version"], { stdio: "ignore" });
  } catch {
    return { missing: "no C compiler (cc)" };
  }
  try {
    const text = execFileSync("cc", [...include, "-E", "-x", "c", "-"], {
      input: probe,
      encoding: "utf8",
      stdio: ["pipe", "pipe", "ignore"],
    });
    const version = text.match(/"version=" "([\d.]+)"/)?.[1] ?? "unknown";
    return { flags: [...include, ...librariesOf(root), "-lpthread"], version };
  } catch {
    return { missing: "mbedTLS 3.6 or later not found (libmbedtls-dev, or MBEDTLS_ROOT)" };
  }
}

function sabotaged(text: string, sabotage: Sabotage): string {
  return sabotage.reduce((all, [from, to]) => {
    if (!all.includes(from)) throw new Error(`nothing to sabotage: ${from}`);
    return all.replace(from, to);
  }, text);
}

/** A peer with its guards as shipped or, for a negative control, with some of them broken. */
export async function buildPeer(toolchain: Toolchain, sabotage: Sabotage = []): Promise<Peer> {
  const folder = mkdtempSync(join(tmpdir(), "tls-peer-"));
  const session = join(folder, "tls-session.c");
  const program = join(folder, "tls-peer");
  writeFileSync(session, sabotaged(readFileSync(join(source, "tls-session.c"), "utf8"), sabotage));
  const strict = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-g", "-O1"];
  const checked = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
  const quiet = sabotage.length > 0 ? ["-Wno-unused"] : [];
  const files = [join(here, "tls-peer.c"), session];
  const [include = "", ...link] = toolchain.flags;
  await execute("cc", [
    ...strict,
    ...checked,
    ...quiet,
    `-I${source}`,
    include,
    ...files,
    ...link,
    "-o",
    program,
  ]);
  return {
    version: toolchain.version,
    run: (what) => runPeer(program, folder, what),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

let written = 0;

async function runPeer(program: string, folder: string, what: PeerArguments): Promise<Outcome[]> {
  const file = (bytes: Uint8Array) => {
    const path = join(folder, `${written++}.der`);
    writeFileSync(path, bytes, { mode: 0o600 });
    return path;
  };
  const words = [
    String(what.port),
    what.names.join(","),
    file(what.key),
    what.chain.map(file).join(","),
    what.anchors.map(file).join(","),
  ];
  if (what.bytes !== undefined) words.push("--bytes", String(what.bytes));
  if (what.stall !== undefined) words.push("--stall", String(what.stall));
  if (what.steps !== undefined) words.push("--steps", String(what.steps));
  const { stdout } = await execute(program, words, { timeout: 60_000 });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Outcome);
}
