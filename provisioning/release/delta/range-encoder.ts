/** The coder of docs/update-format.md, "Range decoder", the other way round. */

/** Probabilities of one number model: 32 for its size, then 96 for its leading bits. */
export const numberModelSize = 128;
const sizeBits = 5;

export class RangeEncoder {
  #low = 0;
  #range = 0xffffff;
  readonly #bytes: number[] = [];

  bit(probabilities: Uint16Array, index: number, bit: number): void {
    const probability = probabilities[index]!;
    const bound = ((this.#range >>> 8) * probability) >>> 4;
    probabilities[index] =
      bit === 0 ? probability + ((4096 - probability) >> 4) : probability - (probability >> 4);
    this.#narrow(bound, bit);
  }

  plain(bit: number): void {
    this.#narrow(this.#range >>> 1, bit);
  }

  tree(probabilities: Uint16Array, offset: number, bits: number, symbol: number): void {
    let node = 1;
    for (let left = bits - 1; left >= 0; left--) {
      const bit = (symbol >> left) & 1;
      this.bit(probabilities, offset + node, bit);
      node = (node << 1) | bit;
    }
  }

  /** `value` from 0 to 2^24 - 2. */
  number(model: Uint16Array, value: number): void {
    const size = 31 - Math.clz32(value + 1);
    this.tree(model, 0, sizeBits, size);
    let leading = 1;
    for (let index = 0; index < size; index++) {
      const bit = ((value + 1) >> (size - 1 - index)) & 1;
      if (index < 2) this.bit(model, 32 + size * 4 + leading, bit);
      else this.plain(bit);
      leading = (leading << 1) | bit;
    }
  }

  finish(): Uint8Array {
    for (let index = 0; index < 3; index++) this.#shift();
    return Uint8Array.from(this.#bytes);
  }

  #narrow(bound: number, bit: number): void {
    if (bit === 0) this.#range = bound;
    else {
      this.#low += bound;
      this.#range -= bound;
      if (this.#low > 0xffffff) {
        this.#low &= 0xffffff;
        this.#carry();
      }
    }
    while (this.#range < 0x10000) {
      this.#range <<= 8;
      this.#shift();
    }
  }

  #shift(): void {
    this.#bytes.push(this.#low >>> 16);
    this.#low = (this.#low << 8) & 0xffffff;
  }

  #carry(): void {
    let index = this.#bytes.length - 1;
    while (this.#bytes[index] === 0xff) this.#bytes[index--] = 0;
    this.#bytes[index]!++;
  }
}
