/** Where, in a base, the longest piece of an image occurs. */
import { suffixArray } from "./suffix-array.ts";

export interface Match {
  /** Offset in the base. */
  from: number;
  length: number;
}

export class Matcher {
  readonly #base: Uint8Array;
  readonly #order: Int32Array;

  constructor(base: Uint8Array) {
    this.#base = base;
    this.#order = suffixArray(base);
  }

  /** The longest piece of the base that `image` has at `at`, before `end`; length 0 when none. */
  longest(image: Uint8Array, at: number, end: number): Match {
    let [low, high] = [0, this.#order.length];
    // Neighbours in the order share the most: the two around where `image` would be filed.
    let [lowCommon, highCommon] = [0, 0];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const from = this.#order[middle]!;
      const common = this.#common(from, image, at, end, Math.min(lowCommon, highCommon));
      const next = this.#base[from + common];
      const before = at + common < end && (next === undefined || next < image[at + common]!);
      if (before) [low, lowCommon] = [middle + 1, common];
      else [high, highCommon] = [middle, common];
    }
    const best = lowCommon >= highCommon ? low - 1 : low;
    const from = this.#order[best];
    return from === undefined
      ? { from: 0, length: 0 }
      : { from, length: Math.max(lowCommon, highCommon) };
  }

  #common(from: number, image: Uint8Array, at: number, end: number, known: number): number {
    const most = Math.min(this.#base.length - from, end - at);
    let length = known;
    while (length < most && this.#base[from + length] === image[at + length]) length++;
    return length;
  }
}
