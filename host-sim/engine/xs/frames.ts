/**
 * The frames between the desk and an XS process; `frames.c` says what each type means. A frame is
 * u32 length of what follows · u8 type · u8 bytes present · u32 a · u32 b · (from XS: five u32 of
 * heap figures) · text a · text b · bytes. Little-endian; texts are CESU-8.
 */
import type { Heap } from "../engine.ts";
import { decodeCesu8, encodeCesu8 } from "./cesu8.ts";

const headerBytes = 14;
const heapBytes = 20;

export type ToXs = "S" | "P" | "E" | "H" | "R" | "T";
export type FromXs = "B" | "L" | "D" | "C" | "X";

export interface Frame {
  type: FromXs;
  a: string;
  b: string;
  bytes: Uint8Array | undefined;
  /** Bytes above the loaded code. */
  heap: Omit<Heap, "limit">;
}

export function encodeFrame(type: ToXs, a: string, b: string, bytes?: Uint8Array): Buffer {
  const textA = encodeCesu8(a);
  const textB = encodeCesu8(b);
  const length = headerBytes + textA.length + textB.length + (bytes?.length ?? 0);
  const frame = Buffer.allocUnsafe(length);
  frame.writeUInt32LE(length - 4, 0);
  frame.writeUInt8(type.charCodeAt(0), 4);
  frame.writeUInt8(bytes === undefined ? 0 : 1, 5);
  frame.writeUInt32LE(textA.length, 6);
  frame.writeUInt32LE(textB.length, 10);
  textA.copy(frame, headerBytes);
  textB.copy(frame, headerBytes + textA.length);
  if (bytes !== undefined) frame.set(bytes, length - bytes.length);
  return frame;
}

function decodeFrame(frame: Buffer): Frame {
  const aStart = headerBytes + heapBytes;
  const bStart = aStart + frame.readUInt32LE(6);
  const bytesStart = bStart + frame.readUInt32LE(10);
  return {
    type: String.fromCharCode(frame[4]!) as FromXs,
    a: decodeCesu8(frame.subarray(aStart, bStart)),
    b: decodeCesu8(frame.subarray(bStart, bytesStart)),
    // A copy: the receiver may keep it, and the stream's buffer is large.
    bytes: frame[5] === 1 ? Uint8Array.from(frame.subarray(bytesStart)) : undefined,
    heap: {
      slots: frame.readUInt32LE(headerBytes),
      slotsPeak: frame.readUInt32LE(headerBytes + 4),
      chunks: frame.readUInt32LE(headerBytes + 8),
      chunksPeak: frame.readUInt32LE(headerBytes + 12),
      livePeak: frame.readUInt32LE(headerBytes + 16),
    },
  };
}

/** Cuts a stream into frames: feed it what arrives, take the frames that are complete. */
export class FrameReader {
  #parts: Buffer[] = [];
  #size = 0;
  #wanted = 4;

  push(data: Buffer): Frame[] {
    const frames: Frame[] = [];
    this.#parts.push(data);
    this.#size += data.length;
    while (this.#size >= this.#wanted) {
      const all = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
      const end = 4 + all.readUInt32LE(0);
      const complete = all.length >= end;
      if (complete) frames.push(decodeFrame(all.subarray(0, end)));
      const rest = complete ? all.subarray(end) : all;
      this.#parts = [rest];
      this.#size = rest.length;
      this.#wanted = complete ? 4 : end;
    }
    return frames;
  }
}
