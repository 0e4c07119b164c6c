/** Puts the mark of what it is for (`device/update/image-mark.ts`) into the modules of a chip's image. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import about from "../../device/about/product.json" with { type: "json" };
import { version as builtVersion } from "../../device/about/version.ts";
import { imageMark } from "../../device/update/image-mark.ts";
import { modulesFolder } from "./modules.ts";
import { boardFolder, type Target } from "./targets.ts";

/** The string that the engine's compiler keeps: exported, so that nothing takes it for unused. */
export const markOf = (target: Target, version = builtVersion) =>
  imageMark({ product: about.model, board: target, version });

/** Call once after `makeModules`. */
export function markModules(
  target: Target,
  { into = modulesFolder, version }: { into?: string; version?: string } = {},
): void {
  const file = join(into, boardFolder(target), "board.js");
  appendFileSync(file, `export const imageMark = ${JSON.stringify(markOf(target, version))};\n`);
}
