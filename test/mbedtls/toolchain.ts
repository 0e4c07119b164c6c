/**
 * Compiles the firmware's own C files into a small program on this machine's mbedTLS, as shipped or with
 * a guard broken on purpose. Needs a C compiler and the development files of mbedTLS 3.6 or later: of
 * the system, or below `MBEDTLS_ROOT`.
 */
import { execFile, execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const execute = promisify(execFile);

/** The chip's side of the firmware. */
export const moddable = fileURLToPath(new URL("../../device/platform/moddable/", import.meta.url));

/** Breaks a guard on purpose; every text must occur in the source. */
export type Sabotage = readonly (readonly [text: string, instead: string])[];

export interface Toolchain {
  readonly flags: readonly string[];
  /** Of mbedTLS, e.g. "3.6.6". */
  readonly version: string;
}

const libraries = ["mbedtls", "mbedx509"];

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

/**
 * @param source the firmware's file, from `moddable`; the sabotage is done to a copy of it.
 * @param main the test's program.
 * @returns the program, in `folder`.
 */
export async function compile(
  { flags: [include = "", ...link] }: Toolchain,
  { source, main, folder }: { source: string; main: string; folder: string },
  sabotage: Sabotage = [],
): Promise<string> {
  const copy = join(folder, basename(source));
  const program = join(folder, basename(main, ".c"));
  writeFileSync(copy, sabotaged(readFileSync(join(moddable, source), "utf8"), sabotage));
  const strict = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-g", "-O1"];
  const checked = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
  const quiet = sabotage.length > 0 ? ["-Wno-unused"] : [];
  const headers = [`-I${dirname(join(moddable, source))}`, include];
  const flags = [...strict, ...checked, ...quiet, ...headers];
  await execute("cc", [...flags, main, copy, ...link, "-o", program]);
  return program;
}
