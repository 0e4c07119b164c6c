/**
 * Writes an image into the spare slot, in order, block by block, and goes on after a power cut where
 * the last checkpoint was. What is written is read back, and the digest is of that.
 *
 * Progress (one value in storage): SHA-256 of the image (32 bytes), its length (u32), bytes that are
 * in the slot for good (u32, little-endian), then the note of whoever feeds the writer.
 */

import { fromHex, toHex } from "../platform/encoding.ts";
import type { Digest, Flash } from "../platform/platform.ts";
import type { ImageFacts } from "./boot.ts";

/** Bytes between checkpoints: a cut costs so much of the download, and storage so many writes. */
export const checkpointBytes = 64 * 1024;
const headerLength = 40;

/** One value in storage. */
export interface Progress {
  read(): Uint8Array | undefined;
  write(bytes: Uint8Array): void;
  delete(): void;
}

export interface SpareOptions {
  readonly image: ImageFacts;
  /** Open for writing; the writer closes it. */
  readonly partition: Flash;
  readonly digest: Digest;
  readonly progress: Progress;
  /** The whole image is in the slot, and it is the one that was promised. */
  readonly onWhole: () => void;
}

export type WriteRefusal = "too-long";
export type FinishRefusal = "too-short" | "wrong-digest";

export class SpareWriter {
  /**
   * Bytes of the image that are in the slot for good: where to go on after a restart. A multiple of
   * the block length.
   */
  position = 0;
  /** What `noteAt` gave at this position, in an earlier life. */
  readonly note: Uint8Array | undefined;
  /** Asked at each checkpoint for what the source needs to go on from `position`. */
  noteAt: ((position: number) => Uint8Array) | undefined;
  private readonly options: SpareOptions;
  private readonly blockLength: number;
  /** Made when it is needed: whoever feeds whole blocks has them in memory already. */
  private block: Uint8Array | undefined;
  /** Bytes waiting in `block`. */
  private filled = 0;
  private checkpoint = 0;

  constructor(options: SpareOptions) {
    this.options = options;
    this.blockLength = options.partition.status().blockLength;
    const left = this.readProgress();
    this.note = left?.note;
    if (left) this.resume(left.position);
    else this.saveProgress();
  }

  /** Bytes taken so far, those included that a power cut would lose. */
  get taken(): number {
    return this.position + this.filled;
  }

  /** The next bytes of the image. Endless data ends here. */
  write(bytes: Uint8Array): WriteRefusal | undefined {
    if (this.taken + bytes.length > this.options.image.length) return "too-long";
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + this.blockLength - this.filled);
      at += part.length;
      const last = this.taken + part.length === this.options.image.length;
      if (this.filled === 0 && (part.length === this.blockLength || last)) this.flush(part);
      else this.collect(part);
    }
    return undefined;
  }

  private collect(part: Uint8Array): void {
    this.block ??= new Uint8Array(this.blockLength);
    this.block.set(part, this.filled);
    this.filled += part.length;
    if (this.filled === this.blockLength) this.flushBlock(this.block);
  }

  private flushBlock(block: Uint8Array): void {
    const bytes = block.subarray(0, this.filled);
    this.filled = 0;
    this.flush(bytes);
  }

  /** Compares the whole with what was promised. "wrong-digest" forgets all that was written. */
  finish(): "whole" | FinishRefusal {
    const { image, digest, progress, partition, onWhole } = this.options;
    if (this.taken !== image.length) return "too-short";
    if (this.filled > 0 && this.block) this.flushBlock(this.block);
    partition.close();
    const whole = toHex(digest.close()) === image.sha256;
    // The image is remembered before its progress is forgotten: a cut in between loses nothing.
    if (whole) onWhole();
    progress.delete();
    return whole ? "whole" : "wrong-digest";
  }

  /** Stops, and forgets what was written: it cannot be what was promised. */
  discard(): void {
    this.close();
    this.options.progress.delete();
  }

  /** Stops; what is in the slot up to the last checkpoint is kept for another time. */
  close(): void {
    this.options.digest.close();
    this.options.partition.close();
  }

  /** A block, or what is left of the image. */
  private flush(bytes: Uint8Array): void {
    const { partition, digest, image } = this.options;
    // Flash that is encrypted can only be written in units of 16.
    const whole = bytes.length & ~15;
    partition.eraseBlock(this.position / this.blockLength);
    if (whole > 0) partition.write(bytes.subarray(0, whole), this.position);
    if (whole < bytes.length) {
      const rest = new Uint8Array(16).fill(0xff);
      rest.set(bytes.subarray(whole));
      partition.write(rest, this.position + whole);
    }
    digest.write(partition.read(bytes.length, this.position));
    this.position += bytes.length;
    const due = this.position - this.checkpoint >= checkpointBytes;
    if (due && this.position < image.length) this.saveProgress();
  }

  private saveProgress(): void {
    const { image, progress } = this.options;
    const note = this.noteAt?.(this.position) ?? new Uint8Array(0);
    const bytes = new Uint8Array(headerLength + note.length);
    const view = new DataView(bytes.buffer);
    bytes.set(fromHex(image.sha256) as Uint8Array);
    view.setUint32(32, image.length, true);
    view.setUint32(36, this.position, true);
    bytes.set(note, headerLength);
    progress.write(bytes);
    this.checkpoint = this.position;
  }

  /** What an earlier life left of this very image. */
  private readProgress(): { position: number; note: Uint8Array } | undefined {
    const { image, progress } = this.options;
    const bytes = progress.read();
    if (bytes === undefined || bytes.length < headerLength) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const position = view.getUint32(36, true);
    const same =
      toHex(bytes.subarray(0, 32)) === image.sha256 && view.getUint32(32, true) === image.length;
    if (!same || position > image.length || position % this.blockLength !== 0) return undefined;
    return { position, note: bytes.slice(headerLength) };
  }

  private resume(position: number): void {
    const { partition, digest } = this.options;
    feed(digest, partition, position);
    this.position = position;
    this.checkpoint = position;
  }
}

/** SHA-256 of the first `length` bytes of a partition, lower-case hex. */
export function sha256Of(digest: Digest, partition: Flash, length: number): string {
  feed(digest, partition, length);
  return toHex(digest.close());
}

function feed(digest: Digest, partition: Flash, length: number): void {
  const { blockLength } = partition.status();
  for (let at = 0; at < length; at += blockLength)
    digest.write(partition.read(Math.min(blockLength, length - at), at));
}
