/**
 * Makes deltas in the format T13D1 of docs/update-format.md: what the device needs to turn the image
 * it runs into the next one, in bounded memory.
 */
import { createHash } from "node:crypto";
import { type Alignment, align } from "./delta/align.ts";
import { encodeFrame } from "./delta/frame.ts";
import { Matcher } from "./delta/match.ts";

export interface DeltaOptions {
  /** A frame makes 2^shift bytes, 12 to 20; resuming costs at most one frame. 16 unless given. */
  readonly shift?: number;
  /** Bytes of the image done. */
  readonly onProgress?: (done: number, total: number) => void;
}

export const longestImage = 0xffffff;
const headerLength = 80;

/** @throws RangeError when either is empty or longer than the format can say. */
export function makeDelta(
  base: Uint8Array,
  image: Uint8Array,
  { shift = 16, onProgress }: DeltaOptions = {},
): Uint8Array {
  for (const { length } of [base, image])
    if (length === 0 || length > longestImage) throw new RangeError(`an image of ${length} bytes`);
  const total = image.length;
  const alignments = align(base, image, new Matcher(base), (done) => onProgress?.(done, total));
  const parts: Uint8Array[] = [header(base, image, shift)];
  let first = 0;
  for (let start = 0; start < total; start += 1 << shift) {
    const end = Math.min(start + (1 << shift), total);
    while (first < alignments.length && endOf(alignments[first]!) <= start) first++;
    const frame = encodeFrame({ base, image }, start, end, within(alignments, first, start, end));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(frame.length);
    parts.push(length, frame);
  }
  onProgress?.(total, total);
  return new Uint8Array(Buffer.concat(parts));
}

function header(base: Uint8Array, image: Uint8Array, shift: number): Uint8Array {
  const bytes = Buffer.alloc(headerLength);
  bytes.write("T13D1", "latin1");
  bytes[5] = shift;
  bytes.writeUInt32LE(base.length, 8);
  bytes.writeUInt32LE(image.length, 12);
  bytes.set(createHash("sha256").update(base).digest(), 16);
  bytes.set(createHash("sha256").update(image).digest(), 48);
  return bytes;
}

function endOf({ at, length }: Alignment): number {
  return at + length;
}

/** The parts of the alignments, from number `first`, that lie between `start` and `end`. */
function within(
  alignments: readonly Alignment[],
  first: number,
  start: number,
  end: number,
): Alignment[] {
  const inside: Alignment[] = [];
  for (let index = first; index < alignments.length && alignments[index]!.at < end; index++) {
    const { at, from, length } = alignments[index]!;
    const from_ = Math.max(at, start);
    const until = Math.min(at + length, end);
    inside.push({ at: from_, from: from + from_ - at, length: until - from_ });
  }
  return inside;
}
