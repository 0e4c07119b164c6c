/**
 * Makes deltas in the format T13D1 of docs/update-format.md: what the device needs to turn the image
 * it runs into the next one, in bounded memory.
 */
import { createHash } from "node:crypto";
import { type Alignment, align } from "./delta/align.ts";
import { encodeFrame, type Material } from "./delta/frame.ts";
import { Matcher } from "./delta/match.ts";

export interface DeltaOptions {
  /** A frame makes 2^shift bytes, 12 to 20; resuming costs at most one frame. 17 unless given. */
  readonly shift?: number;
  /** Bytes compared, of all that will be. */
  readonly onProgress?: (done: number, total: number) => void;
}

export const longestImage = 0xffffff;
const headerLength = 80;
/** What a copy costs against new bytes depends on the pair of images: the shortest delta of these is taken. */
const advantages = [6, 8, 10, 12];

/** @throws RangeError when either is empty or longer than the format can say. */
export function makeDelta(
  base: Uint8Array,
  image: Uint8Array,
  { shift = 17, onProgress }: DeltaOptions = {},
): Uint8Array {
  for (const { length } of [base, image])
    if (length === 0 || length > longestImage) throw new RangeError(`an image of ${length} bytes`);
  const matcher = new Matcher(base);
  const total = advantages.length * image.length;
  const deltas = advantages.map((advantage, index) => {
    const done = (bytes: number) => onProgress?.(index * image.length + bytes, total);
    return encode({ base, image }, shift, align(base, image, matcher, advantage, done));
  });
  onProgress?.(total, total);
  return deltas.reduce((best, delta) => (delta.length < best.length ? delta : best));
}

function encode(material: Material, shift: number, alignments: readonly Alignment[]): Uint8Array {
  const { base, image } = material;
  const parts: Uint8Array[] = [header(base, image, shift)];
  let first = 0;
  for (let start = 0; start < image.length; start += 1 << shift) {
    const end = Math.min(start + (1 << shift), image.length);
    while (first < alignments.length && endOf(alignments[first]!) <= start) first++;
    const frame = encodeFrame(material, start, end, within(alignments, first, start, end));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(frame.length);
    parts.push(length, frame);
  }
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
