/**
 * A folder to flash a board from a browser with ESP Web Tools (its manifest format, over esptool-js): put it on
 * any HTTPS host beside a page with its button, or serve it on this machine.
 */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { FlashPart } from "./targets.ts";

export const chipFamilies = { esp32: "ESP32", esp32c3: "ESP32-C3" } as const;

export interface WebManifest {
  readonly name: string;
  readonly version: string;
  /** Asks before a board that somebody owns is erased. */
  readonly new_install_prompt_erase: true;
  readonly builds: readonly [
    {
      readonly chipFamily: (typeof chipFamilies)[keyof typeof chipFamilies];
      readonly parts: readonly { readonly path: string; readonly offset: number }[];
    },
  ];
}

/** No identity is in it: a unit's own is written on the line, by whoever makes the unit. */
export function webManifest(
  target: keyof typeof chipFamilies,
  version: string,
  parts: readonly FlashPart[],
): WebManifest {
  return {
    name: "Thirteen",
    version,
    new_install_prompt_erase: true,
    builds: [
      {
        chipFamily: chipFamilies[target],
        parts: parts.map(({ offset, file }) => ({ path: basename(file), offset })),
      },
    ],
  };
}

/** @returns the folder. */
export function writeWebFolder(
  folder: string,
  target: keyof typeof chipFamilies,
  version: string,
  parts: readonly FlashPart[],
): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { file } of parts) copyFileSync(file, join(folder, basename(file)));
  const manifest = webManifest(target, version, parts);
  writeFileSync(join(folder, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  return folder;
}
