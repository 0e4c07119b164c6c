/** Programs of this project for Node, each in one file: one starts in a tenth of a second and not in one. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type BuildOptions, build, type Plugin } from "esbuild";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Each module goes on finding the files beside it, wherever the bundle lies. */
const ownUrls: Plugin = {
  name: "own-urls",
  setup({ onLoad }) {
    onLoad({ filter: /(host-sim|provisioning|test)[\\/].*\.ts$/ }, ({ path }) => ({
      loader: "ts",
      contents: readFileSync(path, "utf8").replaceAll(
        "import.meta.url",
        JSON.stringify(pathToFileURL(path).href),
      ),
    }));
  },
};

export interface NodePrograms {
  /** The file to start for an entry, which is a path from the project's root. */
  readonly file: (entry: string) => string;
  readonly remove: () => void;
}

/** Packages too, for programs that are started by the hundred. */
export const packagesToo: BuildOptions = {
  packages: "bundle",
  splitting: false,
  // SQLite reads its WebAssembly beside it; the others are reached only to make a release, to boot a
  // unit or to ask PostgreSQL.
  external: ["node-sqlite3-wasm", "esbuild", "pg", "@agoric/xsnap"],
  banner: {
    js: `import { createRequire } from "node:module"; const require = createRequire(${JSON.stringify(join(root, "package.json"))});`,
  },
};

/** @throws the bundler's error for code that does not build. */
export async function bundlePrograms(
  entries: readonly string[],
  options: BuildOptions = {},
): Promise<NodePrograms> {
  // In the project's own folder, where the bundles find the packages they do not contain.
  mkdirSync(join(root, "build"), { recursive: true });
  const folder = mkdtempSync(join(root, "build", "programs-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    await build({
      entryPoints: entries.map((entry) => join(root, entry)),
      outdir: folder,
      outbase: root,
      outExtension: { ".js": ".mjs" },
      bundle: true,
      splitting: true,
      platform: "node",
      format: "esm",
      target: "node20",
      logLevel: "silent",
      packages: "external",
      plugins: [ownUrls],
      ...options,
    });
  } catch (error) {
    remove();
    throw error;
  }
  return { file: (entry) => join(folder, entry.replace(/\.ts$/, ".mjs")), remove };
}
