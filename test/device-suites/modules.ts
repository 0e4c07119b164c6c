/** The JavaScript modules of the suites' manifest: the root, and one module a room. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { forTheSdk } from "../../host-sim/chip/bundling.ts";
import { root } from "../../host-sim/chip/targets.ts";
import { factories } from "../../host-sim/runtime/bundle.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export const suitesFolder = join(root, "build/device/suites");
const modulesFolder = join(suitesFolder, "modules");

export type SuitesTarget = "linux" | "esp32c3-emulated";

/** What of the sources is another on the target. */
function putInPlace(target: SuitesTarget): Plugin {
  const onChip = target !== "linux";
  const line = here(onChip ? "./line-emulated.ts" : "./line-linux.ts");
  const crypto = here(onChip ? "./crypto-emulated.ts" : "./crypto.ts");
  return {
    name: "target",
    setup({ onResolve }) {
      onResolve({ filter: /\/line\.ts$/ }, () => ({ path: line }));
      onResolve({ filter: /\/crypto\.ts$/ }, ({ path, resolveDir }) =>
        join(resolveDir, path) === here("../crypto.ts") ? { path: crypto } : undefined,
      );
    },
  };
}

export async function makeSuiteModules(
  target: SuitesTarget,
  rooms: readonly string[],
): Promise<void> {
  rmSync(modulesFolder, { recursive: true, force: true });
  mkdirSync(modulesFolder, { recursive: true });
  await build({
    ...forTheSdk,
    entryPoints: {
      main: here("./main.ts"),
      ...Object.fromEntries(
        rooms.map((room) => [`rooms/suite-${room}`, here(`../rooms/${room}.suite.ts`)]),
      ),
    },
    outdir: modulesFolder,
    minifySyntax: true,
    plugins: [putInPlace(target), factories],
  });
}
