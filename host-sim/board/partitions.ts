/**
 * The partition table (ESP-IDF's CSV form, "Partition Tables" in its programming guide) and the
 * ECMA-419 flash storage on top of it.
 */
import { readFileSync } from "node:fs";
import { blockLength, defaultFlashSize, type NorFlash } from "./nor-flash.ts";

export interface Partition {
  readonly name: string;
  readonly type: string;
  readonly subType: string;
  /** Bytes from the start of the flash, a multiple of 4,096. */
  readonly offset: number;
  readonly size: number;
}

/** A table that cannot be used; the message names the line. */
export class PartitionTableError extends Error {
  override readonly name = "PartitionTableError";
}

export const partitionTable = new URL(
  "../../device/platform/boards/partitions.csv",
  import.meta.url,
);
let shipped: readonly Partition[] | undefined;

/** The table of the boards we ship, read once. */
export function boardPartitions(): readonly Partition[] {
  shipped ??= parsePartitions(readFileSync(partitionTable, "utf8"));
  return shipped;
}

/** @throws PartitionTableError for a bad line, a misaligned or overlapping partition. */
export function parsePartitions(csv: string, flashSize = defaultFlashSize): readonly Partition[] {
  const partitions: Partition[] = [];
  for (const [index, text] of csv.split(/\r?\n/).entries()) {
    const line = text.replace(/#.*/, "").trim();
    if (line === "") continue;
    const [name = "", type = "", subType = "", offset = "", size = ""] = line
      .split(",")
      .map((field) => field.trim());
    const partition = { name, type, subType, offset: bytes(offset), size: bytes(size) };
    const wrong = fault(partition, partitions, flashSize);
    if (wrong) throw new PartitionTableError(`partition table, line ${index + 1}: ${wrong}`);
    partitions.push(partition);
  }
  return partitions;
}

/** @throws PartitionTableError when the table has no such partition. */
export function partition(partitions: readonly Partition[], name: string): Partition {
  const found = partitions.find((candidate) => candidate.name === name);
  if (!found) throw new PartitionTableError(`the partition table has no "${name}"`);
  return found;
}

/** Erases a partition and programs `image` from its start, as the factory's station does. */
export function programPartition(flash: NorFlash, { offset, size }: Partition, image: Uint8Array) {
  if (image.length > size)
    throw new RangeError(`an image of ${image.length} bytes does not fit in ${size}`);
  for (let block = 0; block < size / blockLength; block++) {
    flash.eraseBlock(offset / blockLength + block);
    const part = image.subarray(block * blockLength, (block + 1) * blockLength);
    if (part.length > 0) flash.write(offset + block * blockLength, part);
  }
}

function fault(next: Partition, before: readonly Partition[], flashSize: number) {
  const { name, type, offset, size } = next;
  if (!/^[a-z0-9_]{1,16}$/.test(name)) return `"${name}" is not a partition name`;
  if (type !== "data" && type !== "app") return `type "${type}" is neither data nor app`;
  if (!Number.isInteger(offset) || offset % blockLength !== 0) return "offset is not aligned";
  if (!Number.isInteger(size) || size <= 0 || size % blockLength !== 0)
    return "size is not aligned";
  if (offset + size > flashSize) return `"${name}" ends behind the flash`;
  if (before.some((other) => other.name === name)) return `"${name}" appears twice`;
  const hit = before.find((o) => offset < o.offset + o.size && o.offset < offset + size);
  return hit ? `"${name}" overlaps "${hit.name}"` : undefined;
}

/** 4096, 0x1000, 4K or 1M; NaN for anything else. */
function bytes(text: string): number {
  const match = /^(0x[0-9a-f]+|\d+)([KM]?)$/i.exec(text);
  if (!match) return Number.NaN;
  const unit = { "": 1, K: 1024, M: 1024 * 1024 }[match[2]!.toUpperCase()]!;
  return Number(match[1]) * unit;
}
