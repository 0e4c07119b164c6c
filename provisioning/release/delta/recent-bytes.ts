/** Repeats among the bytes that a frame made last, by hash chains. */
import { windowLength } from "./models.ts";

export interface Repeat {
  readonly distance: number;
  readonly length: number;
}

const shortest = 4;
/** What a byte costs as a literal, in bits: text and code come near it. */
const literalBits = 5;
/** What a repeat costs besides the bits of its distance. */
const repeatBits = 9;
const hashBits = 12;

/** Asked with ascending positions. */
export class RecentBytes {
  readonly #image: Uint8Array;
  readonly #start: number;
  /** Position last seen of each hash, and for each position the one before it; less `start`, plus 1. */
  readonly #heads = new Int32Array(1 << hashBits);
  readonly #earlier: number[] = [];

  constructor(image: Uint8Array, start: number) {
    this.#image = image;
    this.#start = start;
  }

  /** A repeat at `at`, before `end`, that is shorter than its bytes and not better begun a byte later. */
  worthwhile(at: number, end: number): Repeat | undefined {
    const repeat = this.#longest(at, end);
    const gain = gainOf(repeat);
    if (gain <= 0) return undefined;
    return gainOf(this.#longest(at + 1, end)) > gain + literalBits / 2 ? undefined : repeat;
  }

  #longest(at: number, end: number): Repeat {
    let best = { distance: 0, length: 0 };
    if (end - at < shortest) return best;
    this.#fill(at);
    const image = this.#image;
    for (let link = this.#heads[this.#hash(at)]!; link > 0; link = this.#earlier[link - 1]!) {
      const from = link - 1 + this.#start;
      // The position itself may be in the chain already: a byte later was looked at before it.
      if (from >= at) continue;
      if (at - from > windowLength) break;
      let length = 0;
      while (at + length < end && image[from + length] === image[at + length]) length++;
      if (length > best.length) best = { distance: at - from, length };
    }
    return best;
  }

  /** Files every position before `at`. */
  #fill(at: number): void {
    for (let next = this.#earlier.length + this.#start; next < at; next++) {
      const hash = this.#hash(next);
      this.#earlier.push(this.#heads[hash]!);
      this.#heads[hash] = next - this.#start + 1;
    }
  }

  #hash(at: number): number {
    let four = 0;
    for (let index = 0; index < shortest; index++)
      four = (four << 8) | (this.#image[at + index] ?? 0);
    return Math.imul(four, 0x9e3779b1) >>> (32 - hashBits);
  }
}

function gainOf({ distance, length }: Repeat): number {
  return length < shortest ? -1 : length * literalBits - repeatBits - Math.log2(distance);
}
