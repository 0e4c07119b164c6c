/**
 * What a slot holds in the simulator: a header, a digest and the firmware's bundle.
 *
 * | offset | bytes | |
 * |---|---|---|
 * | 0  | 4  | magic "T13B" |
 * | 4  | 4  | length of the bundle, u32 little-endian |
 * | 8  | 1  | format, 1 |
 * | 9  | 23 | reserved, 0 |
 * | 32 | 32 | SHA-256 of header and bundle |
 * | 64 | n  | the bundle, UTF-8 |
 */
import { createHash } from "node:crypto";
import type { NorFlash } from "../board/nor-flash.ts";
import { type Partition, partition, programPartition } from "../board/partitions.ts";

const magic = [0x54, 0x31, 0x33, 0x42];
const format = 1;
const headerLength = 32;
const digestLength = 32;
const prefixLength = headerLength + digestLength;

export type Slot = 0 | 1;

export interface Image {
  source: string;
  /** Lower-case hex. */
  digest: string;
}

export type ImageFault = "empty" | "bad-header" | "bad-length" | "bad-digest" | "not-utf8";

function digestOf(header: Uint8Array, bundle: Uint8Array): Buffer {
  return createHash("sha256").update(header).update(bundle).digest();
}

export function encodeImage(source: string): Uint8Array {
  const bundle = new TextEncoder().encode(source);
  const image = new Uint8Array(prefixLength + bundle.length);
  image.set(magic);
  new DataView(image.buffer).setUint32(4, bundle.length, true);
  image[8] = format;
  image.set(digestOf(image.subarray(0, headerLength), bundle), headerLength);
  image.set(bundle, prefixLength);
  return image;
}

/** Reads and checks a slot; what does not check out is not run. */
export function readSlot(
  flash: NorFlash,
  partitions: readonly Partition[],
  slot: Slot,
): Image | { fault: ImageFault } {
  const { offset, size } = partition(partitions, `slot${slot}`);
  const prefix = flash.read(offset, prefixLength);
  if (prefix.every((byte) => byte === 0xff)) return { fault: "empty" };
  const header = prefix.subarray(0, headerLength);
  const known = magic.every((byte, index) => header[index] === byte) && header[8] === format;
  if (!known || header.subarray(9).some((byte) => byte !== 0)) return { fault: "bad-header" };
  const length = new DataView(header.buffer).getUint32(4, true);
  if (length > size - prefixLength) return { fault: "bad-length" };
  const bundle = flash.read(offset + prefixLength, length);
  const digest = digestOf(header, bundle);
  if (!digest.equals(prefix.subarray(headerLength))) return { fault: "bad-digest" };
  try {
    const source = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bundle);
    return { source, digest: digest.toString("hex") };
  } catch {
    return { fault: "not-utf8" };
  }
}

/** Programs a bundle into a slot, as the factory's station does. */
export function writeSlot(
  flash: NorFlash,
  partitions: readonly Partition[],
  slot: Slot,
  source: string,
): void {
  const target = partition(partitions, `slot${slot}`);
  const image = encodeImage(source);
  // Blocks behind the image are left as they are, as a station's programmer leaves them.
  const used = Math.min(Math.ceil(image.length / 4096) * 4096, target.size);
  programPartition(flash, { ...target, size: used }, image);
}
