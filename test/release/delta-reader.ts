/**
 * Reads a delta as docs/update-format.md says it, line by line, with no thought for memory: written from
 * the text, so that maker, device and text are held to one another.
 */
import { createHash } from "node:crypto";

export class Malformed extends Error {}

class Input {
  readonly #bytes: Uint8Array;
  #at = 0;
  #range = 0xffffff;
  #code: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#code = (this.#next() << 16) | (this.#next() << 8) | this.#next();
  }

  #next(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new Malformed("the frame is too short");
    return byte;
  }

  #choose(bound: number): 0 | 1 {
    const bit = this.#code < bound ? 0 : 1;
    if (bit === 0) this.#range = bound;
    else {
      this.#code -= bound;
      this.#range -= bound;
    }
    while (this.#range < 0x10000) {
      this.#range <<= 8;
      this.#code = (this.#code << 8) | this.#next();
    }
    return bit;
  }

  bit(p: number[], index: number): 0 | 1 {
    const probability = p[index]!;
    const bit = this.#choose(((this.#range >>> 8) * probability) >>> 4);
    p[index] =
      bit === 0 ? probability + ((4096 - probability) >> 4) : probability - (probability >> 4);
    return bit;
  }

  plain(): 0 | 1 {
    return this.#choose(this.#range >>> 1);
  }

  tree(p: number[], bits: number): number {
    let node = 1;
    for (let left = bits; left > 0; left--) node = (node << 1) | this.bit(p, node);
    return node - (1 << bits);
  }

  number({ size, top }: NumberModel): number {
    const n = this.tree(size, 5);
    if (n >= 24) throw new Malformed("a number is too large");
    let v = 1;
    for (let k = 0; k < n; k++) v = (v << 1) | (k < 2 ? this.bit(top, n * 4 + v) : this.plain());
    return v - 1;
  }

  end(): void {
    if (this.#bytes.subarray(this.#at).some((byte) => byte !== 0))
      throw new Malformed("bytes behind the frame");
  }
}

interface NumberModel {
  readonly size: number[];
  readonly top: number[];
}

function probabilities(count: number): number[] {
  return new Array<number>(count).fill(2048);
}

function numberModel(): NumberModel {
  return { size: probabilities(32), top: probabilities(96) };
}

function several<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}

function readFrame(bytes: Uint8Array, base: Uint8Array, at: number, wanted: number): number[] {
  const input = new Input(bytes);
  const op = probabilities(6);
  const sames = probabilities(2);
  const differences = several(4, () => probabilities(256));
  const literals = several(8, () => probabilities(256));
  const gaps = several(4, numberModel);
  const [offsets, copyLengths, counts] = [numberModel(), numberModel(), numberModel()];
  const [insertLengths, distances, repeatLengths] = [numberModel(), numberModel(), numberModel()];
  const made: number[] = [];
  let [cursor, last, same, wasSame, lastGap] = [Math.min(at, base.length), 0, 0, 0, 0];

  function copy(): void {
    const d = input.number(offsets);
    const from = d > 0 && input.plain() ? cursor - d : cursor + d;
    const length = input.number(copyLengths) + 1;
    if (from < 0 || from + length > base.length) throw new Malformed("a copy from outside");
    const count = input.number(counts);
    if (count > length) throw new Malformed("more changes than bytes");
    const piece = [...base.subarray(from, from + length)];
    let index = 0;
    for (let left = count; left > 0; left--) {
      const gap = input.number(gaps[Math.min(lastGap, 3)]!);
      lastGap = gap;
      index += gap;
      if (index >= length) throw new Malformed("a change behind the copy");
      wasSame = input.bit(sames, wasSame);
      if (!wasSame) same = input.tree(differences[Math.min(gap, 3)]!, 8);
      if (same === 0) throw new Malformed("a change that changes nothing");
      piece[index] = (piece[index]! + same) & 0xff;
      index++;
    }
    for (const byte of piece) made.push(byte);
    cursor = from + length;
  }

  function insert(): void {
    for (let left = input.number(insertLengths) + 1; left > 0; left--)
      made.push(input.tree(literals[(made.at(-1) ?? 0) >> 5]!, 8));
  }

  function repeat(): void {
    const distance = input.number(distances) + 1;
    if (distance > 4096 || distance > made.length) throw new Malformed("a repeat of nothing");
    for (let left = input.number(repeatLengths) + 2; left > 0; left--)
      made.push(made[made.length - distance]!);
  }

  while (made.length < wanted) {
    last = input.bit(op, last * 2) === 0 ? 0 : input.bit(op, last * 2 + 1) === 0 ? 1 : 2;
    [copy, insert, repeat][last]!();
    if (made.length > wanted) throw new Malformed("more than the frame lacks");
  }
  input.end();
  return made;
}

/** The image. @throws Malformed, also when base or image do not have the digests of the header. */
export function readDelta(delta: Uint8Array, base: Uint8Array): Uint8Array {
  const bytes = Buffer.from(delta);
  if (bytes.length < 80 || bytes.toString("latin1", 0, 5) !== "T13D1") throw new Malformed("magic");
  const shift = bytes[5]!;
  if (shift < 12 || shift > 20 || bytes.readUInt16LE(6) !== 0) throw new Malformed("header");
  const length = bytes.readUInt32LE(12);
  if (bytes.readUInt32LE(8) !== base.length || !sha256(base).equals(bytes.subarray(16, 48)))
    throw new Malformed("another base");
  const image = new Uint8Array(length);
  let at = 80;
  for (let start = 0; start < length; start += 1 << shift) {
    const size = at + 4 <= bytes.length ? bytes.readUInt32LE(at) : 0;
    if (size < 4 || size > 2 << shift || at + 4 + size > bytes.length) throw new Malformed("frame");
    const wanted = Math.min(1 << shift, length - start);
    image.set(readFrame(bytes.subarray(at + 4, at + 4 + size), base, start, wanted), start);
    at += 4 + size;
  }
  if (at !== bytes.length) throw new Malformed("bytes behind the last frame");
  if (!sha256(image).equals(bytes.subarray(48, 80))) throw new Malformed("another image");
  return image;
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}
