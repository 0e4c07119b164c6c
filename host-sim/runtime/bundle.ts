/**
 * Bundles code for an engine: one classic script, es2021 (XS 13.3 has bugs above it), names kept.
 * (The shim uses `private` in place of `#`: lowered to es2021 each `#` field is a WeakMap, which an
 * XS heap feels.)
 *
 * An import `factory:<path>` gives a function that evaluates the module, with all it imports, anew
 * on each call, so that noble's tens of kilobytes exist only while they are used.
 */
import { createHash } from "node:crypto";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Plugin } from "esbuild";

export interface Bundle {
  /** A classic script. */
  readonly source: string;
  /** SHA-256 of the source, lower-case hex. */
  readonly digest: string;
}

const firmware = fileURLToPath(new URL("./main.ts", import.meta.url));

const common = {
  bundle: true,
  format: "iife",
  target: "es2021",
  platform: "neutral",
  mainFields: ["module", "main"],
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: "none",
  // Plain assignments in place of defineProperty, as the chip's build has them.
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
  write: false,
  logLevel: "silent",
} as const satisfies BuildOptions;

async function text(options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({ ...common, ...options, write: false });
  return outputFiles[0]!.text;
}

const factories: Plugin = {
  name: "factory",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^factory:/ }, ({ path, importer }) => ({
      path: resolve(dirname(importer), path.slice("factory:".length)),
      namespace: "factory",
    }));
    onLoad({ filter: /.*/, namespace: "factory" }, async ({ path }) => {
      const script = await text({ entryPoints: [path], globalName: "made" });
      return { contents: `export default function () { ${script}\nreturn made; }`, loader: "js" };
    });
  },
};

const built = new Map<string, Promise<Bundle>>();

/**
 * Bundles any entry for an engine; `plugins` may change files on the way (the tests' broken variants).
 * @throws the bundler's error for code that does not build.
 */
export async function bundle(entry: string, plugins: readonly Plugin[] = []): Promise<Bundle> {
  const source = await text({ entryPoints: [entry], plugins: [...plugins, factories] });
  return { source, digest: createHash("sha256").update(source).digest("hex") };
}

/** The simulator's firmware, or `entry` in its place; built once a process. */
export function bundleFirmware(options: { entry?: string } = {}): Promise<Bundle> {
  const entry = options.entry ?? firmware;
  let made = built.get(entry);
  if (!made) {
    made = bundle(entry);
    built.set(entry, made);
    made.catch(() => built.delete(entry));
  }
  return made;
}
