/**
 * The JavaScript modules that `manifest.json` lists, made from the sources in TypeScript: `main`, which
 * runs at start; `device`, the rooms; `product`, for its compartment; and a `board` for each target.
 * Few files in place of a hundred, because everything in `device` and `board` is preloaded as one.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin, transform } from "esbuild";
import { factories } from "../runtime/bundle.ts";
import { type Changes, changing } from "../runtime/variants.ts";
import { forTheSdk } from "./bundling.ts";
import { preloadFaults } from "./preload.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const moddable = join(root, "device/platform/moddable");

export const modulesFolder = join(root, "build/device/modules");

/** Boards by the folder of `device/platform/moddable` that holds them. */
export type BoardFolder = "linux" | "esp32" | "emulated";

/** `main` leaves the other two to the manifest. */
const apart: Plugin = {
  name: "apart",
  setup({ onResolve }) {
    onResolve({ filter: /(^|\/)firmware\.ts$/ }, () => ({ path: "device", external: true }));
    onResolve({ filter: /moddable\/board\.ts$/ }, () => ({ path: "board", external: true }));
  },
};

/**
 * What is preloaded is read-only in flash. The bundler makes a `var` of every top-level `const`; as a
 * constant, and frozen, it needs no place in RAM, and a write to it is an error and not a surprise.
 * @throws Error for a module that assigns to its own top level, or leaves there what cannot be kept in flash.
 */
export async function forPreload(bundle: string): Promise<string> {
  const constant = bundle.replace(/^var (?=\w+ = )/gm, "const ");
  const { warnings } = await transform(constant, { format: "esm", logLevel: "silent" });
  const assigned = warnings.find(({ id }) => id === "assign-to-constant");
  if (assigned)
    throw new Error(`not for preload: ${assigned.text} (${assigned.location?.lineText})`);
  const faults = preloadFaults(constant);
  if (faults.length > 0) throw new Error(`not for preload: ${faults.join("; ")}`);
  const data = [...constant.matchAll(/^const (\w+) = [[{]/gm)].map(([, name]) => name);
  return `${constant}${data.map((name) => `Object.freeze(${name}, true);\n`).join("")}`;
}

export interface ModuleOptions {
  /** Where `manifest.json` looks for them, when absent. */
  readonly into?: string;
  /** What is different about this build. */
  readonly changes?: Changes;
}

/**
 * @throws the bundler's error for code that does not build, what `forPreload` has against it, and Error for
 * a change to something that is not in it.
 */
export async function makeModules(
  board: BoardFolder,
  { into = modulesFolder, changes = {} }: ModuleOptions = {},
): Promise<void> {
  const { plugin, missed } = changing(changes);
  const make = async (entry: string, file: string, plugins: Plugin[], preloaded = true) => {
    const { outputFiles } = await build({
      ...forTheSdk,
      entryPoints: [entry],
      write: false,
      plugins: [plugin, ...plugins],
    });
    const path = join(into, file);
    const { text } = outputFiles[0]!;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, preloaded ? await forPreload(text) : text);
  };
  await Promise.all([
    make(join(root, "device/main.ts"), "main.js", [apart], false),
    make(join(root, "device/firmware.ts"), "device.js", [factories]),
    make(join(root, "device/product/product.ts"), "product.js", []),
    make(join(moddable, board, "board.ts"), join(board, "board.js"), [factories]),
  ]);
  if (missed().length > 0) throw new Error(`not part of the firmware: ${missed().join(", ")}`);
}
