/**
 * The adaptive binary range decoder of the delta format (docs/update-format.md, "Range decoder"), on
 * a small window of input that is refilled between operations.
 */

/** Probabilities of one number model: 32 for the size, 96 for the top bits. */
export const numberModelLength = 128;
const sizeBits = 5;

/** Capacity of the window. An operation takes less than `enough` of it. */
const windowBytes = 512;
/**
 * Bytes that no single operation can use up: the largest is 115 bits of at most 8.1 bits each (a
 * probability never goes below 15/4096), and three bytes at the start of a frame.
 */
export const enough = 128;

export class RangeDecoder {
  /** Something was read that no encoder writes; what was decoded since means nothing. */
  malformed = false;
  private readonly probabilities: Uint16Array;
  private readonly window = new Uint8Array(windowBytes);
  private start = 0;
  private end = 0;
  /** Bytes of the frame that are not decoded yet, in the window or still to come. */
  private frameLeft = 0;
  private range = 0;
  private code = 0;

  /** @param count of the probabilities. */
  constructor(count: number) {
    this.probabilities = new Uint16Array(count);
  }

  /** Bytes in the window. */
  get waiting(): number {
    return this.end - this.start;
  }

  /** The next operation can be decoded. */
  get ready(): boolean {
    return this.waiting >= Math.min(enough, this.frameLeft);
  }

  /** Bytes of the frame that are left. */
  get left(): number {
    return this.frameLeft;
  }

  /** Takes what fits of `bytes` from `at` on, and says how much that was. */
  fill(bytes: Uint8Array, at: number): number {
    if (this.end === windowBytes && this.start > 0) {
      this.window.copyWithin(0, this.start, this.end);
      this.end -= this.start;
      this.start = 0;
    }
    const part = bytes.subarray(at, at + windowBytes - this.end);
    this.window.set(part, this.end);
    this.end += part.length;
    return part.length;
  }

  /** `count` bytes as they are, copied; there must be so many. */
  take(count: number): Uint8Array {
    this.start += count;
    return this.window.slice(this.start - count, this.start);
  }

  /** A frame of `length` bytes begins: everything afresh. */
  begin(length: number): void {
    this.probabilities.fill(2048);
    this.frameLeft = length;
    this.range = 0;
  }

  /** The rest of the frame, which is 0. */
  finish(): void {
    while (this.frameLeft > 0) if (this.input() !== 0) this.malformed = true;
  }

  bit(index: number): number {
    if (this.range === 0) this.prime();
    const probability = this.probabilities[index] as number;
    const bit = this.choose(((this.range >>> 8) * probability) >>> 4);
    this.probabilities[index] =
      bit === 0 ? probability + ((4096 - probability) >> 4) : probability - (probability >> 4);
    return bit;
  }

  plain(): number {
    return this.choose(this.range >>> 1);
  }

  /** A tree of `bits` bits whose probabilities begin at `base`. */
  tree(base: number, bits: number): number {
    let node = 1;
    for (let left = bits; left > 0; left--) node = (node << 1) | this.bit(base + node);
    return node - (1 << bits);
  }

  /** A number by the model at `base`, 0 to 2^24 - 2. */
  number(base: number): number {
    const bits = this.tree(base, sizeBits);
    if (bits >= 24) {
      this.malformed = true;
      return 0;
    }
    let value = 1;
    for (let index = 0; index < bits; index++)
      value = (value << 1) | (index < 2 ? this.bit(base + 32 + bits * 4 + value) : this.plain());
    return value - 1;
  }

  private choose(bound: number): number {
    const bit = this.code < bound ? 0 : 1;
    if (bit === 0) this.range = bound;
    else {
      this.code -= bound;
      this.range -= bound;
    }
    // A hostile frame must not spin here: its range never reaches 0, as bound is within 1 and range.
    while (this.range < 0x10000) {
      this.range <<= 8;
      this.code = (this.code << 8) | this.input();
    }
    return bit;
  }

  private prime(): void {
    this.range = 0xffffff;
    this.code = (this.input() << 16) | (this.input() << 8) | this.input();
  }

  private input(): number {
    if (this.frameLeft === 0 || this.start === this.end) {
      this.malformed = true;
      return 0;
    }
    this.frameLeft--;
    return this.window[this.start++] as number;
  }
}
