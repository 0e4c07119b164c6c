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
import about from "../../device/about/product.json" with { type: "json" };
import { version as builtVersion } from "../../device/about/version.ts";
import { imageMark } from "../../device/update/image-mark.ts";
import { withRoot } from "./first-root.ts";
import { type Changes, changing, withVersion } from "./variants.ts";

export interface Bundle {
  /** A classic script. */
  readonly source: string;
  /** SHA-256 of the source, lower-case hex. */
  readonly digest: string;
}

const firmware = fileURLToPath(new URL("./main.ts", import.meta.url));
const updating = fileURLToPath(new URL("./updating.ts", import.meta.url));

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

/**
 * A module's text as a function body: its one export statement, which esbuild writes last, becomes a
 * `return`. (esbuild's own way of wrapping makes a getter for each export and keeps its tools in the
 * function's scope; a chip's heap and stack feel both.)
 */
function returning(module: string): string {
  const [statement, names] = /export\s*\{([^}]*)\};?\s*$/.exec(module) ?? [];
  if (statement === undefined || names === undefined) throw new Error("a factory without exports");
  const properties = names.replace(/(\w+) as (\w+)/g, "$2: $1");
  return `${module.slice(0, -statement.length)}return {${properties}};`;
}

/** Imports `factory:<path>`, for whoever bundles with other options than ours. */
export const factories: Plugin = {
  name: "factory",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^factory:/ }, ({ path, importer }) => ({
      path: resolve(dirname(importer), path.slice("factory:".length)),
      namespace: "factory",
    }));
    onLoad({ filter: /.*/, namespace: "factory" }, async ({ path }) => {
      const module = await text({ entryPoints: [path], format: "esm" });
      return { contents: `export default function () { ${returning(module)} }`, loader: "js" };
    });
  },
};

/**
 * An import `confined:<path>` gives the module, with all it imports, as text for a compartment. The
 * plugins of the bundle around it have their say in it too.
 */
const confined: Plugin = {
  name: "confined",
  setup({ initialOptions, onResolve, onLoad }) {
    const { plugins = [] } = initialOptions;
    onResolve({ filter: /^confined:/ }, ({ path, importer }) => ({
      path: resolve(dirname(importer), path.slice("confined:".length)),
      namespace: "confined",
    }));
    onLoad({ filter: /.*/, namespace: "confined" }, async ({ path }) => {
      const module = await text({ entryPoints: [path], format: "esm", plugins });
      return { contents: `(()=>{"use strict";${returning(module)}})()`, loader: "text" };
    });
  },
};

const built = new Map<string, Promise<Bundle>>();

/**
 * Bundles any entry for an engine; `plugins` may change files on the way (the tests' broken variants).
 * @throws the bundler's error for code that does not build.
 */
export async function bundle(entry: string, plugins: readonly Plugin[] = []): Promise<Bundle> {
  return bundleOf(await text({ entryPoints: [entry], plugins: [...plugins, factories, confined] }));
}

/** Bundles an entry with changes to its sources. @throws Error when a change found nothing to do. */
async function bundleVariant(entry: string, changes: Changes): Promise<Bundle> {
  if (Object.keys(changes).length === 0) return bundle(entry);
  const { plugin, missed } = changing(changes);
  const made = await bundle(entry, [plugin]);
  if (missed().length > 0) throw new Error(`not part of the firmware: ${missed().join(", ")}`);
  return made;
}

export interface FirmwareOptions {
  /** The simulator's root when absent. */
  readonly entry?: string;
  /** In place of the version in `device/about/version.ts`. */
  readonly version?: string;
  /** What else is different about this build. */
  readonly changes?: Changes;
  /** Text of the root.json that the firmware starts to trust from; without one it has no updates. */
  readonly root?: string;
}

/** Stands for the root while a bundle is built, so that another root costs no other build. */
const anyRoot = "@first-root@";

/** A firmware; built once a process for the same options. */
export async function bundleFirmware({ root, ...options }: FirmwareOptions = {}): Promise<Bundle> {
  if (root === undefined) return bundleRootless({ entry: firmware, ...options });
  const changes = withRoot(anyRoot, options.changes);
  const { source } = await bundleRootless({ entry: updating, ...options, changes });
  const parts = source.split(JSON.stringify(anyRoot));
  if (parts.length !== 2) throw new Error("the firmware does not hold its root once");
  return bundleOf(parts.join(JSON.stringify(root)));
}

function bundleOf(source: string): Bundle {
  return { source, digest: createHash("sha256").update(source).digest("hex") };
}

/** A release desk finds in the image what it is for (`device/update/image-mark.ts`). */
function marked(source: string, version = builtVersion): string {
  const mark = imageMark({ product: about.model, board: "desk", version });
  return `${source.trimEnd()}\n//${mark}\n`;
}

function bundleRootless(options: FirmwareOptions & { readonly entry: string }): Promise<Bundle> {
  const { entry, version, changes = {} } = options;
  const key = JSON.stringify([entry, version, changes]);
  let made = built.get(key);
  if (!made) {
    const changed = version === undefined ? changes : withVersion(version, changes);
    made = bundleVariant(entry, changed).then(({ source }) => bundleOf(marked(source, version)));
    built.set(key, made);
    made.catch(() => built.delete(key));
  }
  return made;
}
