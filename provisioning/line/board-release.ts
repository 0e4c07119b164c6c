/**
 * What boards of an order are flashed with: what a build left, and the areas that are blank when a unit
 * leaves the line.
 */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { factoryPartitionBytes } from "../factory-image.ts";
import { Fault } from "../fault.ts";
import { keepRelease, type LineRelease, type RegionBytes } from "./release.ts";
import type { BoardImages } from "./vendor-checks.ts";

/** Of `factory` in device/platform/boards/partitions.csv. */
export const factoryOffset = 0x10000;

export interface Area {
  readonly name: string;
  /** Bytes. */
  readonly offset: number;
  readonly size: number;
}

/**
 * What a build left for a board, and what lies blank when a unit leaves the line, as boards come used
 * from a bench: no network, no owner and no history of another life. @throws Fault
 */
export function boardRelease(
  folder: string,
  flashArgs: string,
  version: string,
  partitions: readonly Area[],
): LineRelease {
  const regions = boardRegions(flashArgs, partitions);
  const own = regions.find(
    ({ offset, bytes }) =>
      offset < factoryOffset + factoryPartitionBytes && offset + bytes.length > factoryOffset,
  );
  if (own)
    throw new Fault(`${own.name} would lie on the unit's own partition; check the partition table`);
  const board = basename(dirname(resolve(flashArgs)));
  return keepRelease(folder, { board, version, factoryOffset }, regions);
}

/** The same for the vendor's tools. `table`: the partition table as ESP-IDF's CSV. @throws Fault */
export function boardImages(
  flashArgs: string,
  table: string,
  partitions: readonly Area[],
): BoardImages {
  const chip = basename(dirname(resolve(flashArgs))).replace(/-emulated$/, "");
  return { chip, table, regions: boardRegions(flashArgs, partitions) };
}

/** Of device/platform/boards/partitions.csv: the driver's storage, and the areas of system and owner. */
const blankAreas: readonly string[] = ["nvs", "nvs_keys", "system", "owner"];
/** Where ESP-IDF's bootloader notes which slot it starts. */
const slotChoice = "otadata";

/** ESP-IDF's `flash_args`, a line of options and then an offset and a file a line; then the blank areas. */
export function boardRegions(flashArgs: string, partitions: readonly Area[]): RegionBytes[] {
  if (!existsSync(flashArgs))
    throw new Fault(`${flashArgs}: no such file; build the board's firmware first`);
  const regions: RegionBytes[] = [];
  for (const line of readFileSync(flashArgs, "utf8").split("\n")) {
    const [, offset, file] = /^(0x[0-9a-fA-F]+) (.+)$/.exec(line.trim()) ?? [];
    if (!offset || !file) continue;
    const path = resolve(dirname(flashArgs), file);
    if (!existsSync(path)) throw new Fault(`${path}: named in ${flashArgs}, and not there`);
    regions.push({
      name: basename(file).replace(/\.bin$/, ""),
      offset: Number(offset),
      bytes: readFileSync(path),
    });
  }
  if (regions.length === 0) throw new Fault(`${flashArgs}: names nothing to flash`);
  const choice = partitions.find(({ name }) => name === slotChoice);
  const blank = partitions
    .filter(({ name }) => blankAreas.includes(name))
    .map(({ name, offset, size }) => ({
      name,
      offset,
      bytes: new Uint8Array(size).fill(0xff),
      isOwn: true as const,
    }));
  return [
    ...regions.map((region) => ({
      ...region,
      ...(region.offset === choice?.offset && { isOwn: true as const }),
    })),
    ...blank,
  ];
}
