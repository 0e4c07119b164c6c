/**
 * The JavaScript modules that `manifest.json` lists, made from the sources in TypeScript: `main`, which
 * runs at start; `device`, the rooms; and a `board` for each target. Three files in place of a
 * hundred, because everything in the latter two is preloaded as one.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
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

/** @throws the bundler's error for code that does not build. */
export async function makeModules(board: BoardFolder): Promise<void> {
  mkdirSync(modulesFolder, { recursive: true });
  const make = (entry: string, outfile: string, plugins: Plugin[]) =>
    build({
      entryPoints: [entry],
      outfile: join(modulesFolder, outfile),
      bundle: true,
      format: "esm",
      // XS 17 has all of it; what is older would make a WeakMap of every private field.
      target: "es2022",
      platform: "neutral",
      mainFields: ["module", "main"],
      external: ["embedded:*", "mc/*", "timer", "crypt", "instrumentation"],
      loader: { ".csv": "text" },
      legalComments: "none",
      tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
      logLevel: "silent",
      plugins,
    });
  await Promise.all([
    make(join(root, "device/main.ts"), "main.js", [apart]),
    make(join(root, "device/device.ts"), "device.js", [factories]),
    make(join(moddable, board, "board.ts"), join(board, "board.js"), [factories]),
  ]);
}
