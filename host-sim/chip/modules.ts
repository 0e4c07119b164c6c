/**
 * The JavaScript modules that `manifest.json` lists, made from the sources in TypeScript: `main`, which
 * runs at start; `device`, the rooms; and a `board` for each target. Three files in place of a
 * hundred, because everything in the latter two is preloaded as one.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin, transform } from "esbuild";
import { factories } from "../runtime/bundle.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const moddable = join(root, "device/platform/moddable");

export const modulesFolder = join(root, "build/device/modules");

/** Boards by the folder of `device/platform/moddable` that holds them. */
export type BoardFolder = "linux" | "esp32" | "emulated";

/** `main` leaves the other two to the manifest. */
const apart: Plugin = {
  name: "apart",
  setup({ onResolve }) {
    onResolve({ filter: /(^|\/)device\.ts$/ }, () => ({ path: "device", external: true }));
    onResolve({ filter: /moddable\/board\.ts$/ }, () => ({ path: "board", external: true }));
  },
};

/**
 * What is preloaded is read-only in flash. The bundler makes a `var` of every top-level `const`; as a
 * constant, and frozen, it needs no place in RAM, and a write to it is an error and not a surprise.
 * @throws Error for a module that assigns to its own top level.
 */
export async function forPreload(bundle: string): Promise<string> {
  const constant = bundle.replace(/^var (?=\w+ = )/gm, "const ");
  const { warnings } = await transform(constant, { format: "esm", logLevel: "silent" });
  const assigned = warnings.find(({ id }) => id === "assign-to-constant");
  if (assigned)
    throw new Error(`not for preload: ${assigned.text} (${assigned.location?.lineText})`);
  const data = [...constant.matchAll(/^const (\w+) = [[{]/gm)].map(([, name]) => name);
  return `${constant}${data.map((name) => `Object.freeze(${name}, true);\n`).join("")}`;
}

/** @throws the bundler's error for code that does not build. */
export async function makeModules(board: BoardFolder): Promise<void> {
  const make = async (entry: string, file: string, plugins: Plugin[]) => {
    const { outputFiles } = await build({
      entryPoints: [entry],
      write: false,
      bundle: true,
      format: "esm",
      // XS 17 has all of it; what is older would make a WeakMap of every private field.
      target: "es2022",
      platform: "neutral",
      mainFields: ["module", "main"],
      external: ["embedded:*", "mc/*", "timer", "crypt", "net", "wifi"],
      loader: { ".csv": "text" },
      legalComments: "none",
      tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
      logLevel: "silent",
      plugins,
    });
    const path = join(modulesFolder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, await forPreload(outputFiles[0]!.text));
  };
  await Promise.all([
    make(join(root, "device/main.ts"), "main.js", [apart]),
    make(join(root, "device/device.ts"), "device.js", [factories]),
    make(join(moddable, board, "board.ts"), join(board, "board.js"), [factories]),
  ]);
}
