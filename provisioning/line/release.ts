/**
 * What every unit of an order is flashed with, beside its own factory partition: named regions with
 * their digests. The order keeps the description; the bytes lie in the factory's `releases` by digest,
 * so a file that was exchanged after the order was placed is noticed before it is flashed.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { Fault } from "../fault.ts";
import { makePrivateFolder, readOptionalFile, writePrivateFile } from "../private-file.ts";

export interface Region {
  /** E.g. "slot0", "bootloader", "partition-table". */
  readonly name: string;
  /** Bytes from the start of the flash. */
  readonly offset: number;
  readonly length: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** The unit itself writes there from its first start on: written, and not held against it later. */
  readonly isOwn?: true;
}

export interface LineRelease {
  readonly board: string;
  readonly version: string;
  /** Offset of the unit's own partition. */
  readonly factoryOffset: number;
  readonly regions: readonly Region[];
}

export interface RegionBytes {
  readonly name: string;
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly isOwn?: true;
}

export function sha256Hex(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Describes the release and keeps its bytes in the factory's folder. */
export function keepRelease(
  folder: string,
  release: Pick<LineRelease, "board" | "version" | "factoryOffset">,
  regions: readonly RegionBytes[],
): LineRelease {
  const kept = join(folder, "releases");
  makePrivateFolder(folder);
  makePrivateFolder(kept);
  const described = regions.map(({ name, offset, bytes, isOwn }) => {
    const sha256 = sha256Hex(bytes);
    const file = join(kept, `${sha256}.bin`);
    if (!readOptionalFile(file)) writePrivateFile(file, bytes);
    return { name, offset, length: bytes.length, sha256, ...(isOwn && { isOwn }) };
  });
  return { ...release, regions: described };
}

/** @throws Fault when a region's file is missing or is another than was ordered. */
export function readRegions(folder: string, release: LineRelease): RegionBytes[] {
  return release.regions.map(({ name, offset, sha256 }) => {
    const file = join(folder, "releases", `${sha256}.bin`);
    const bytes = readOptionalFile(file);
    if (!bytes)
      throw new Fault(`${file}: region ${name} is missing; copy the factory's releases here`);
    if (sha256Hex(bytes) !== sha256)
      throw new Fault(
        `${file}: is not the region ${name} that was ordered; restore it from your backup`,
      );
    return { name, offset, bytes };
  });
}

/** What a unit must still hold when it is read back: a board starts when its cable is changed. */
export function heldRegions({ regions }: LineRelease): readonly Region[] {
  return regions.filter(({ isOwn }) => !isOwn);
}

/** An order's release as the ledger keeps it. */
export function parseRelease(text: string, order: string): LineRelease {
  try {
    const release = JSON.parse(text) as LineRelease;
    if (Array.isArray(release.regions) && Number.isSafeInteger(release.factoryOffset))
      return release;
  } catch {}
  throw new Fault(`order ${order} has no release; its units are flashed by hand`);
}
