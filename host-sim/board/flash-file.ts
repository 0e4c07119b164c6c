/**
 * A unit's flash as a file, so that the unit survives a restart of the simulator.
 *
 * The file is the raw image, as a flash programmer would read it, then two CRC-32 for each block,
 * then a mark. A block's new CRC goes into the older of its two places *before* the block itself is
 * written, so a simulator that is killed between the two leaves a file that is still whole.
 * (Against the host's own power failure there is no fsync: that would cost milliseconds a write.)
 */
import {
  closeSync,
  existsSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { crc32 } from "node:zlib";
import { blockLength } from "./nor-flash.ts";

/** Keeps blocks somewhere. */
export interface FlashStore {
  /** The blocks that are not erased. @throws FlashFileDamaged and then changes nothing. */
  load(size: number): Map<number, Uint8Array>;
  save(block: number, bytes: Uint8Array): void;
  close(): void;
}

/** The file is not a flash image of this simulator, or its bytes changed behind its back. */
export class FlashFileDamaged extends Error {
  override readonly name = "FlashFileDamaged";
}

const mark = new TextEncoder().encode("thirteen flash 1");

/** A store on `path`; the file is made, erased, when it does not exist. */
export function flashFile(path: string): FlashStore {
  let file: number | undefined;
  let tableOffset = 0;
  /** Which of a block's two CRCs belongs to what the file holds now. */
  const current = new Map<number, 0 | 1>();

  return {
    load(size) {
      if (!existsSync(path)) create(path, size);
      const bytes = readWhole(path, size);
      const table = new DataView(bytes.buffer, size);
      tableOffset = size;
      const blocks = new Map<number, Uint8Array>();
      const erased = Buffer.alloc(blockLength, 0xff);
      for (let block = 0; block < size / blockLength; block++) {
        const held = bytes.slice(block * blockLength, (block + 1) * blockLength);
        const check = crc32(held);
        const place = table.getUint32(block * 8, true) === check ? 0 : 1;
        if (table.getUint32(block * 8 + place * 4, true) !== check)
          throw damaged(path, `block ${block} does not match its checksum`);
        current.set(block, place);
        if (!erased.equals(held)) blocks.set(block, held);
      }
      file = openSync(path, "r+");
      return blocks;
    },
    save(block, bytes) {
      if (file === undefined) throw new Error(`flash file ${path} is not open`);
      const place = current.get(block) === 0 ? 1 : 0;
      const check = new Uint8Array(4);
      new DataView(check.buffer).setUint32(0, crc32(bytes), true);
      current.set(block, place);
      writeSync(file, check, 0, 4, tableOffset + block * 8 + place * 4);
      writeSync(file, bytes, 0, blockLength, block * blockLength);
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

function create(path: string, size: number): void {
  const erased = new Uint8Array(size).fill(0xff);
  const checks = new DataView(new ArrayBuffer((size / blockLength) * 8));
  const check = crc32(erased.subarray(0, blockLength));
  for (let at = 0; at < checks.byteLength; at += 4) checks.setUint32(at, check, true);
  const draft = `${path}.new`;
  const file = openSync(draft, "w", 0o600);
  writeSync(file, erased);
  writeSync(file, checks);
  writeSync(file, mark);
  closeSync(file);
  renameSync(draft, path);
}

function readWhole(path: string, size: number): Uint8Array {
  const expected = size + (size / blockLength) * 8 + mark.length;
  const actual = statSync(path).size;
  if (actual !== expected) throw damaged(path, `${actual} bytes where ${expected} are expected`);
  const bytes = new Uint8Array(expected);
  const file = openSync(path, "r");
  try {
    for (let read = 0; read < expected; ) {
      const got = readSync(file, bytes, read, expected - read, read);
      if (got === 0) throw damaged(path, "it became shorter while being read");
      read += got;
    }
  } finally {
    closeSync(file);
  }
  const end = bytes.subarray(expected - mark.length);
  if (!end.every((byte, index) => byte === mark[index])) throw damaged(path, "its mark is missing");
  return bytes;
}

function damaged(path: string, what: string): FlashFileDamaged {
  return new FlashFileDamaged(
    `flash file ${path} is damaged (${what}); nothing was changed: restore it from a copy, or move it away to start with an empty flash`,
  );
}
