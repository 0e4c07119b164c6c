/** What can be built, and where it then is. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Fault } from "../../provisioning/fault.ts";
import { defaultFlashSize } from "../board/nor-flash.ts";
import type { BoardFolder } from "./modules.ts";

export const root = fileURLToPath(new URL("../../", import.meta.url));

export const targetNames = ["linux", "esp32c3-emulated", "esp32c3", "esp32"] as const;
export type Target = (typeof targetNames)[number];

/** The folder of `device/platform/moddable` with the target's board. */
export function boardFolder(target: Target): BoardFolder {
  if (target === "linux") return "linux";
  return target === "esp32c3-emulated" ? "emulated" : "esp32";
}

/** What ESP-IDF is told of each board, and the partition table of all. */
export const boardsFolder = join(root, "device/platform/boards");

export const outputFolder = (target: Target) => join(root, "build/device", target);

/** What a build leaves: the program, or ESP-IDF's list of what goes where in the flash. */
export const productOf = (target: Target) =>
  join(outputFolder(target), target === "linux" ? "thirteen" : "flash.txt");

/** @throws Fault when there is none yet. */
export function requireProduct(target: Target): string {
  const product = productOf(target);
  if (existsSync(product)) return product;
  throw new Fault(`nothing is built for ${target}: npm run device:build -- --target ${target}`);
}

export interface FlashPart {
  readonly offset: number;
  readonly file: string;
}

/** Reads ESP-IDF's `flash_args`: a line of options, then an offset and a file a line. */
export function flashParts(flashArgs: string): FlashPart[] {
  return readFileSync(flashArgs, "utf8")
    .split("\n")
    .flatMap((line) => {
      const [, offset, file] = /^(0x[0-9a-f]+) (.+)$/.exec(line.trim()) ?? [];
      return offset && file
        ? [{ offset: Number(offset), file: resolve(dirname(flashArgs), file) }]
        : [];
    });
}

/** The whole flash as the factory's line leaves it, but for the identity. */
export function flashImage(parts: readonly FlashPart[]): Uint8Array {
  const image = new Uint8Array(defaultFlashSize).fill(0xff);
  for (const { offset, file } of parts) image.set(readFileSync(file), offset);
  return image;
}
