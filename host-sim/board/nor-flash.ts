/**
 * The board's 4 MB NOR flash, with what makes real flash hard: a write can only clear bits, an
 * erase works on whole 4,096-byte blocks, and power may go before, in the middle of or after any
 * single operation. Old bytes stay until their block is erased.
 */
import { createHash } from "node:crypto";
import { PowerCut } from "../engine/engine.ts";
import { type Entropy, pick, seededEntropy } from "./entropy.ts";
import type { FlashStore } from "./flash-file.ts";

export const blockLength = 4096;
export const defaultFlashSize = 4 * 1024 * 1024;

export type CutPhase = "before" | "during" | "after";

/** One write (of any length) or the erase of one block. */
export interface FlashOperation {
  /** Counts from 1 over the life of this `NorFlash` object. */
  readonly operation: number;
  readonly kind: "write" | "erase";
  /** Bytes from the start of the flash. */
  readonly offset: number;
  readonly length: number;
  /** Set when power went at this operation. */
  readonly cut?: CutPhase;
}

export interface Cut {
  /** Number of the operation, as `FlashOperation.operation` counts. */
  readonly operation: number;
  readonly phase: CutPhase;
  /** What a "during" leaves behind; the same seed leaves the same bytes. Default 0. */
  readonly seed?: number;
}

/** A write that would have to set a bit: a bug in the firmware, which real flash hides silently. */
export class IllegalWrite extends Error {
  override readonly name = "IllegalWrite";
}

export interface NorFlashOptions {
  /** Bytes, a multiple of 4,096. Default 4 MiB. */
  size?: number;
  /** Where blocks are kept; in memory when absent. */
  store?: FlashStore;
}

export class NorFlash {
  readonly size: number;
  /**
   * Blocks that are not all 0xFF, so that hundreds of mostly empty chips fit in memory. A block is
   * replaced, never changed: clones share them.
   */
  readonly #blocks: Map<number, Uint8Array>;
  readonly #store: FlashStore | undefined;
  readonly #observers = new Set<(operation: FlashOperation) => void>();
  #operations = 0;
  #cut: Cut | undefined;
  #powered = true;

  constructor(options: NorFlashOptions = {}) {
    this.size = options.size ?? defaultFlashSize;
    if (this.size <= 0 || this.size % blockLength !== 0)
      throw new RangeError(`flash size ${this.size} is not a multiple of ${blockLength}`);
    this.#store = options.store;
    this.#blocks = options.store?.load(this.size) ?? new Map();
  }

  /** Writes and erases so far. */
  get operations(): number {
    return this.#operations;
  }

  get powered(): boolean {
    return this.#powered;
  }

  /** Arms one power cut; replaces an armed one, `undefined` disarms. */
  cutAt(cut: Cut | undefined): void {
    this.#cut = cut;
  }

  /** Power is back after a cut (or was never gone). */
  powerOn(): void {
    this.#powered = true;
  }

  /** Without power every operation throws `PowerCut`; the bytes stay. */
  powerOff(): void {
    this.#powered = false;
  }

  /** Called after each operation, also a cut one. Returns the function that stops it. */
  observe(observer: (operation: FlashOperation) => void): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  /** @throws RangeError outside the flash. */
  read(offset: number, length: number): Uint8Array {
    this.#require(offset, length);
    return this.#peek(offset, length);
  }

  /** Clears bits. @throws IllegalWrite where a bit would have to be set; nothing is then written. */
  write(offset: number, bytes: Uint8Array): void {
    this.#require(offset, bytes.length);
    const old = this.#peek(offset, bytes.length);
    const wrong = firstUnset(old, bytes);
    if (wrong >= 0)
      throw new IllegalWrite(
        `illegal write at 0x${(offset + wrong).toString(16)}: 0x${old[wrong]!.toString(16)} cannot become 0x${bytes[wrong]!.toString(16)} without an erase`,
      );
    this.#operate("write", offset, bytes.length, (entropy) =>
      this.#poke(offset, entropy ? partlyProgrammed(old, bytes, entropy) : bytes),
    );
  }

  /** Sets one whole block to 0xFF. */
  eraseBlock(block: number): void {
    const offset = block * blockLength;
    this.#require(offset, blockLength);
    this.#operate("erase", offset, blockLength, (entropy) =>
      this.#poke(
        offset,
        entropy
          ? partlyErased(this.#peek(offset, blockLength), entropy)
          : new Uint8Array(blockLength).fill(0xff),
      ),
    );
  }

  /** Every byte, as a reader on the desoldered chip would see it: needs no power. */
  image(): Uint8Array {
    return this.#peek(0, this.size);
  }

  /**
   * The same bytes on another chip in memory, powered, with no cut armed.
   * @param operations done so far, as the copy counts them.
   */
  clone(operations = 0): NorFlash {
    const blocks = new Map(this.#blocks);
    const copy = new NorFlash({
      size: this.size,
      store: { load: () => blocks, save: () => {}, close: () => {} },
    });
    copy.#operations = operations;
    return copy;
  }

  /** The same for two chips only if every byte of them is the same: SHA-256 over blocks, hex. */
  fingerprint(): string {
    const hash = createHash("sha256").update(`${this.size}`);
    for (const block of [...this.#blocks.keys()].sort((a, b) => a - b))
      hash.update(`/${block}/`).update(digestOf(this.#blocks.get(block)!));
    return hash.digest("hex");
  }

  close(): void {
    this.#store?.close();
  }

  #require(offset: number, length: number): void {
    if (!this.#powered) throw new PowerCut();
    if (!Number.isInteger(offset) || !Number.isInteger(length) || offset < 0 || length < 0)
      throw new RangeError(`flash range ${offset}+${length} is not a range`);
    if (offset + length > this.size)
      throw new RangeError(`flash range ${offset}+${length} ends behind ${this.size}`);
  }

  /** Does one operation, or as much of it as an armed cut allows. */
  #operate(
    kind: FlashOperation["kind"],
    offset: number,
    length: number,
    apply: (partial?: Entropy) => void,
  ): void {
    const operation = ++this.#operations;
    const cut = this.#cut?.operation === operation ? this.#cut : undefined;
    if (!cut) apply();
    else {
      this.#cut = undefined;
      this.#powered = false;
      if (cut.phase === "after") apply();
      if (cut.phase === "during") apply(seededEntropy(`${cut.seed ?? 0}/${operation}`));
    }
    const seen = { operation, kind, offset, length, ...(cut ? { cut: cut.phase } : {}) };
    for (const observer of this.#observers) observer(seen);
    if (cut) throw new PowerCut(`power cut ${cut.phase} ${kind} ${operation} at ${offset}`);
  }

  #peek(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length).fill(0xff);
    for (const [block, from, start, end] of blockRanges(offset, length)) {
      const held = this.#blocks.get(block);
      if (held) bytes.set(held.subarray(start, end), from);
    }
    return bytes;
  }

  #poke(offset: number, bytes: Uint8Array): void {
    for (const [block, from, start, end] of blockRanges(offset, bytes.length)) {
      const held = this.#blocks.get(block)?.slice() ?? new Uint8Array(blockLength).fill(0xff);
      held.set(bytes.subarray(from, from + end - start), start);
      this.#store?.save(block, held);
      if (blank.equals(held)) this.#blocks.delete(block);
      else this.#blocks.set(block, held);
    }
  }
}

/** A block is never changed, so that its digest is worked out once. */
const digests = new WeakMap<Uint8Array, Uint8Array>();

function digestOf(block: Uint8Array): Uint8Array {
  const known = digests.get(block) ?? createHash("sha256").update(block).digest();
  digests.set(block, known);
  return known;
}

/** An erased block. */
const blank = Buffer.alloc(blockLength, 0xff);

/** The first byte that needs a bit which `old` has lost; -1 when there is none. (A plain loop: a sweep is here most.) */
function firstUnset(old: Uint8Array, bytes: Uint8Array): number {
  for (let index = 0; index < bytes.length; index++)
    if ((old[index]! & bytes[index]!) !== bytes[index]) return index;
  return -1;
}

/** Splits a range at block borders: block, index in the range, start and end inside the block. */
function* blockRanges(
  offset: number,
  length: number,
): IterableIterator<[block: number, from: number, start: number, end: number]> {
  for (let from = 0; from < length; ) {
    const block = Math.floor((offset + from) / blockLength);
    const start = (offset + from) % blockLength;
    const end = Math.min(blockLength, start + length - from);
    yield [block, from, start, end];
    from += end - start;
  }
}

/** Power gone while programming: a prefix is done, one byte has a random part of its bits. */
function partlyProgrammed(old: Uint8Array, bytes: Uint8Array, entropy: Entropy): Uint8Array {
  const result = old.slice();
  if (bytes.length === 0) return result;
  const done = pick(entropy, bytes.length);
  result.set(bytes.subarray(0, done));
  result[done] = bytes[done]! | (old[done]! & entropy(1)[0]!);
  return result;
}

/** Power gone while erasing: old and erased mix, by bit, by byte, or as a front that has moved. */
function partlyErased(old: Uint8Array, entropy: Entropy): Uint8Array {
  const shape = pick(entropy, 3);
  const front = pick(entropy, old.length + 1);
  const noise = entropy(old.length);
  return old.map((byte, index) => {
    if (shape === 0) return byte | noise[index]!;
    if (shape === 1) return noise[index]! < 0x80 ? 0xff : byte;
    return index < front ? 0xff : byte;
  });
}
