/** Encodes one frame of a delta; see docs/update-format.md, "Frame". */
import type { Alignment } from "./align.ts";
import { type Kind, kind, newModels } from "./models.ts";
import { RangeEncoder } from "./range-encoder.ts";
import { RecentBytes } from "./recent-bytes.ts";

export interface Material {
  readonly base: Uint8Array;
  readonly image: Uint8Array;
}

/** The image from `start` to `end`; `alignments` lie inside of that, ascending. */
export function encodeFrame(
  material: Material,
  start: number,
  end: number,
  alignments: readonly Alignment[],
): Uint8Array {
  return new Frame(material, start, end).encode(alignments);
}

class Frame {
  readonly #coder = new RangeEncoder();
  readonly #models = newModels();
  readonly #material: Material;
  readonly #recent: RecentBytes;
  readonly #start: number;
  readonly #end: number;
  #cursor: number;
  #last: Kind = kind.copy;
  #same = 0;
  #wasSame = 0;
  #lastGap = 0;

  constructor(material: Material, start: number, end: number) {
    this.#material = material;
    this.#recent = new RecentBytes(material.image, start);
    this.#start = start;
    this.#end = end;
    this.#cursor = Math.min(start, material.base.length);
  }

  encode(alignments: readonly Alignment[]): Uint8Array {
    let at = this.#start;
    for (const alignment of alignments) {
      this.#create(at, alignment.at);
      this.#copy(alignment);
      at = alignment.at + alignment.length;
    }
    this.#create(at, this.#end);
    return this.#coder.finish();
  }

  #operation(next: Kind): void {
    const { operation } = this.#models;
    const at = this.#last * 2;
    this.#coder.bit(operation, at, next === kind.copy ? 0 : 1);
    if (next !== kind.copy) this.#coder.bit(operation, at + 1, next === kind.insert ? 0 : 1);
    this.#last = next;
  }

  #copy({ at, from, length }: Alignment): void {
    const { base, image } = this.#material;
    const offset = from - this.#cursor;
    this.#operation(kind.copy);
    this.#coder.number(this.#models.offset, Math.abs(offset));
    if (offset !== 0) this.#coder.plain(offset < 0 ? 1 : 0);
    this.#coder.number(this.#models.copyLength, length - 1);
    const changed: number[] = [];
    for (let index = 0; index < length; index++)
      if (base[from + index] !== image[at + index]) changed.push(index);
    this.#coder.number(this.#models.count, changed.length);
    let next = 0;
    for (const index of changed) {
      this.#change(index - next, (image[at + index]! - base[from + index]!) & 0xff);
      next = index + 1;
    }
    this.#cursor = from + length;
  }

  #change(gap: number, difference: number): void {
    const isSame = difference === this.#same ? 1 : 0;
    const { gap: gaps, same, difference: differences } = this.#models;
    this.#coder.number(gaps[Math.min(this.#lastGap, 3)]!, gap);
    this.#coder.bit(same, this.#wasSame, isSame);
    if (isSame === 0) this.#coder.tree(differences, Math.min(gap, 3) * 256, 8, difference);
    this.#same = difference;
    this.#wasSame = isSame;
    this.#lastGap = gap;
  }

  /** What no alignment covers. */
  #create(start: number, end: number): void {
    let pending = start;
    for (let at = start; at < end; ) {
      const repeat = this.#recent.worthwhile(at, end);
      if (!repeat) at++;
      else {
        this.#insert(pending, at);
        this.#operation(kind.repeat);
        this.#coder.number(this.#models.distance, repeat.distance - 1);
        this.#coder.number(this.#models.repeatLength, repeat.length - 2);
        at += repeat.length;
        pending = at;
      }
    }
    this.#insert(pending, end);
  }

  #insert(start: number, end: number): void {
    if (start === end) return;
    const { image } = this.#material;
    this.#operation(kind.insert);
    this.#coder.number(this.#models.insertLength, end - start - 1);
    for (let at = start; at < end; at++) {
      const previous = at > this.#start ? image[at - 1]! : 0;
      this.#coder.tree(this.#models.literal, (previous >> 5) * 256, 8, image[at]!);
    }
  }
}
