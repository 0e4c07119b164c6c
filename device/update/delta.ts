/**
 * Makes an image from the one that runs and a delta (format T13D1, docs/update-format.md) as the delta
 * arrives, in under 16 KB of memory. Nothing of a delta is trusted: what it makes is judged as the
 * image it must become, and it can neither read nor write outside of what it was given.
 */
import { toHex } from "../platform/encoding.ts";
import type { Digest, Flash } from "../platform/platform.ts";
import type { ImageFacts } from "./boot.ts";
import { numberModelLength, RangeDecoder } from "./range-decoder.ts";
import { sha256Of } from "./spare-writer.ts";

export type DeltaFault =
  /** Not as the format says. */
  | "malformed"
  /** Made for another image than the one that runs. */
  | "another-base"
  /** Becomes another image than the one that was promised. */
  | "another-image";

export interface DeltaOptions {
  /** The slot of the running image. */
  readonly base: Flash;
  /** SHA-256 that the base must have, lower-case hex: from the signed description. */
  readonly baseSha256: string;
  readonly image: ImageFacts;
  readonly Digest: new () => Digest;
  /** Takes the image, block by block; each call's bytes are valid during it. */
  readonly onBytes: (bytes: Uint8Array) => void;
}

const magic = [0x54, 0x31, 0x33, 0x44, 0x31];
const headerLength = 80;
const blockLength = 4_096;
const baseWindowLength = 256;
const noteLength = 9;

// Where each model's probabilities begin.
const literals = 0;
const differences = literals + 8 * 256;
const gaps = differences + 4 * 256;
const offset = gaps + 4 * numberModelLength;
const copyLength = offset + numberModelLength;
const count = copyLength + numberModelLength;
const insertLength = count + numberModelLength;
const distance = insertLength + numberModelLength;
const repeatLength = distance + numberModelLength;
const operations = repeatLength + numberModelLength;
const sames = operations + 6;
const probabilities = sames + 2;

type Phase = "header" | "length" | "frame" | "end";

export class DeltaReader {
  private readonly options: DeltaOptions;
  private readonly decoder = new RangeDecoder(probabilities);
  /** What was made last: a ring that is filled as a flash block is. */
  private readonly ring = new Uint8Array(blockLength);
  private baseWindow = new Uint8Array(0);
  private baseAt = 0;
  private phase: Phase = "header";
  private shift = 0;
  private baseLength = 0;
  /** Bytes of the image that are there already, from an earlier life. */
  private kept = 0;

  /** Bytes made, those included that were kept. */
  private made = 0;
  private frameStart = 0;
  private frameEnd = 0;
  /** Where the frame's length lies in the file. */
  private frameOffset = headerLength;
  private frameLength = 0;
  /** Bytes of the file taken. */
  private taken = 0;

  private cursor = 0;
  private last = 0;
  private previous = 0;
  private same = 0;
  private wasSame = 0;
  private lastGap = 0;
  /** The operation under way: bytes it still makes, changes among them, unchanged before the next. */
  private left = 0;
  private changes = 0;
  private gap = 0;
  private back = 0;

  constructor(options: DeltaOptions) {
    this.options = options;
  }

  /** The next byte of the file that is wanted. */
  get offset(): number {
    return this.taken;
  }

  /** Goes on where an earlier life was at `position`; false: the note is no note of this format. */
  resume(position: number, note: Uint8Array): boolean | DeltaFault {
    if (note.length !== noteLength) return false;
    const view = new DataView(note.buffer, note.byteOffset);
    this.shift = view.getUint8(0);
    this.baseLength = view.getUint32(1, true);
    this.frameOffset = view.getUint32(5, true);
    if (this.shift < 12 || this.shift > 20) return false;
    const fault = this.judgeBase();
    if (fault) return fault;
    this.taken = this.frameOffset;
    this.kept = position;
    this.made = (position >> this.shift) << this.shift;
    this.phase = this.made < this.options.image.length ? "length" : "end";
    return true;
  }

  /** What `resume` needs, later, to go on from `position`, which is within the frame or at its end. */
  noteAt(position: number): Uint8Array {
    const next = position === this.frameEnd && position > this.frameStart;
    const note = new Uint8Array(noteLength);
    const view = new DataView(note.buffer);
    view.setUint8(0, this.shift);
    view.setUint32(1, this.baseLength, true);
    view.setUint32(5, next ? this.frameOffset + 4 + this.frameLength : this.frameOffset, true);
    return note;
  }

  /** The next bytes of the file. */
  push(bytes: Uint8Array): DeltaFault | undefined {
    for (let at = 0; at < bytes.length; ) {
      const filled = this.decoder.fill(bytes, at);
      at += filled;
      this.taken += filled;
      const fault = this.work();
      if (fault) return fault;
    }
    return undefined;
  }

  /** The file is over. */
  finish(): DeltaFault | undefined {
    return this.phase === "end" ? undefined : "malformed";
  }

  private work(): DeltaFault | undefined {
    const { decoder } = this;
    for (;;) {
      if (this.phase === "end") return decoder.waiting > 0 ? "malformed" : undefined;
      if (this.phase === "header") {
        if (decoder.waiting < headerLength) return undefined;
        const fault = this.readHeader(decoder.take(headerLength));
        if (fault) return fault;
        this.phase = "length";
      } else if (this.phase === "length") {
        if (decoder.waiting < 4) return undefined;
        if (!this.beginFrame()) return "malformed";
      } else {
        if (!decoder.ready) return undefined;
        this.step();
        if (decoder.malformed) return "malformed";
      }
    }
  }

  private readHeader(bytes: Uint8Array): DeltaFault | undefined {
    const { image } = this.options;
    const view = new DataView(bytes.buffer);
    this.shift = view.getUint8(5);
    this.baseLength = view.getUint32(8, true);
    if (!magic.every((byte, index) => bytes[index] === byte)) return "malformed";
    if (this.shift < 12 || this.shift > 20 || view.getUint16(6, true) !== 0) return "malformed";
    if (view.getUint32(12, true) !== image.length) return "another-image";
    if (toHex(bytes.subarray(48, 80)) !== image.sha256) return "another-image";
    if (toHex(bytes.subarray(16, 48)) !== this.options.baseSha256) return "another-base";
    return this.judgeBase();
  }

  /** Is the running image the one that the signed description names? */
  private judgeBase(): DeltaFault | undefined {
    const { base, baseSha256, Digest } = this.options;
    if (this.baseLength === 0 || this.baseLength > base.status().size) return "another-base";
    const found = sha256Of(new Digest(), base, this.baseLength);
    return found === baseSha256 ? undefined : "another-base";
  }

  private beginFrame(): boolean {
    const { image } = this.options;
    const length = this.decoder.take(4);
    this.frameOffset = this.taken - this.decoder.waiting - 4;
    this.frameLength = new DataView(length.buffer).getUint32(0, true);
    if (this.frameLength < 4 || this.frameLength > 2 << this.shift) return false;
    this.frameStart = this.made;
    this.frameEnd = Math.min(this.made + (1 << this.shift), image.length);
    this.decoder.begin(this.frameLength);
    this.cursor = Math.min(this.made, this.baseLength);
    this.last = 0;
    this.previous = 0;
    this.same = 0;
    this.wasSame = 0;
    this.lastGap = 0;
    this.left = 0;
    this.phase = "frame";
    return true;
  }

  /** A little of the operation under way, or the beginning of the next. */
  private step(): void {
    const { decoder } = this;
    if (this.left > 0) {
      if (this.last === 0) this.copyOn();
      else if (this.last === 1) this.literal();
      else this.repeatOn();
    } else if (this.made < this.frameEnd) this.beginOperation();
    else {
      if (decoder.left > 3) decoder.malformed = true;
      else decoder.finish();
      this.phase = this.made < this.options.image.length ? "length" : "end";
    }
  }

  private beginOperation(): void {
    const { decoder, last } = this;
    this.last =
      decoder.bit(operations + last * 2) === 0 ? 0 : 1 + decoder.bit(operations + last * 2 + 1);
    if (this.last === 0) this.beginCopy();
    else if (this.last === 1) this.left = decoder.number(insertLength) + 1;
    else {
      this.back = decoder.number(distance) + 1;
      this.left = decoder.number(repeatLength) + 2;
      if (this.back > blockLength || this.back > this.made - this.frameStart)
        decoder.malformed = true;
    }
    if (this.left > this.frameEnd - this.made) decoder.malformed = true;
  }

  private beginCopy(): void {
    const { decoder } = this;
    const away = decoder.number(offset);
    this.cursor += away > 0 && decoder.plain() === 1 ? -away : away;
    this.left = decoder.number(copyLength) + 1;
    this.changes = decoder.number(count);
    if (this.cursor < 0 || this.cursor + this.left > this.baseLength || this.changes > this.left)
      decoder.malformed = true;
    else this.readGap();
  }

  private readGap(): void {
    this.gap = this.left;
    if (this.changes === 0) return;
    this.gap = this.decoder.number(gaps + Math.min(this.lastGap, 3) * numberModelLength);
    this.lastGap = this.gap;
    if (this.gap >= this.left) this.decoder.malformed = true;
  }

  /** Unchanged bytes up to the next change, as many as are at hand; or that change. */
  private copyOn(): void {
    const { decoder } = this;
    if (this.gap > 0) {
      const bytes = this.baseBytes(this.gap);
      this.emit(bytes);
      this.gap -= bytes.length;
      this.left -= bytes.length;
      this.cursor += bytes.length;
      return;
    }
    this.wasSame = decoder.bit(sames + this.wasSame);
    if (this.wasSame === 0)
      this.same = decoder.tree(differences + Math.min(this.lastGap, 3) * 256, 8);
    if (this.same === 0) decoder.malformed = true;
    const [byte] = this.baseBytes(1);
    this.emitByte(((byte as number) + this.same) & 0xff);
    this.cursor++;
    this.left--;
    this.changes--;
    if (this.left > 0) this.readGap();
    else if (this.changes > 0) decoder.malformed = true;
  }

  private literal(): void {
    this.emitByte(this.decoder.tree(literals + (this.previous >> 5) * 256, 8));
    this.left--;
  }

  private repeatOn(): void {
    // Not further than what is there: it may overlap what it makes.
    const from = (this.made - this.back) & (blockLength - 1);
    const length = Math.min(this.left, this.back, blockLength - from, 256);
    this.emit(this.ring.slice(from, from + length));
    this.left -= length;
  }

  /** Up to `length` bytes of the base at the cursor: at least one. */
  private baseBytes(length: number): Uint8Array {
    const at = this.cursor - this.baseAt;
    if (at < 0 || at >= this.baseWindow.length) {
      this.baseAt = this.cursor - (this.cursor % baseWindowLength);
      const end = Math.min(this.baseAt + baseWindowLength, this.baseLength);
      this.baseWindow = new Uint8Array(this.options.base.read(end - this.baseAt, this.baseAt));
      return this.baseBytes(length);
    }
    return this.baseWindow.subarray(at, at + length);
  }

  private emitByte(byte: number): void {
    this.previous = byte;
    this.ring[this.made & (blockLength - 1)] = byte;
    this.advance(1);
  }

  private emit(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const place = this.made & (blockLength - 1);
      const part = bytes.subarray(at, at + blockLength - place);
      this.ring.set(part, place);
      at += part.length;
      this.advance(part.length);
    }
    this.previous = bytes[bytes.length - 1] as number;
  }

  /** Hands a block over when it is full, or the last; not what is there already. */
  private advance(length: number): void {
    this.made += length;
    const filled = this.made & (blockLength - 1);
    const { image, onBytes } = this.options;
    if (filled !== 0 && this.made !== image.length) return;
    if (this.made > this.kept) onBytes(this.ring.subarray(0, filled === 0 ? blockLength : filled));
  }
}
