/**
 * Key-value storage on a raw flash partition, in the shape of ECMA-419's key-value class: a log of
 * records in one of two banks. The same code runs on the chip and at the desk, so a power cut at
 * any write is tested here and not assumed of somebody else's storage; and what is purged is really
 * erased (EN 303 645 5.4-1, 5.11-1), which the chip's own key-value store does not do.
 *
 * Bank:   "T13K" generation:u32 crc32:u32 0xFFFFFFFF, then records, each 16-byte aligned, because
 *         an encrypted partition can only be written in units of 16.
 * Record: valueLength:u16 keyLength:u8 kind:u8 crc32:u32 key value, padded with 0xFF.
 *
 * A write is one flash write: it is there whole or, by its checksum, not at all. When a bank is
 * full its live records go to the other bank, whose header is written last; only then is the old
 * bank erased. Nothing is ever written twice over, so it needs no NOR bit tricks.
 */
import type { Flash } from "../platform/platform.ts";
import { crc32 } from "./crc32.ts";

export interface KeyValue {
  /** The value, or undefined when there is none. */
  read(key: string): Uint8Array | undefined;
  /** Atomic. Throws `StorageFull` when the live records would not fit: a budget that is wrong. */
  write(key: string, value: Uint8Array): void;
  delete(key: string): void;
  /** Deletes, and erases every old copy from the flash before it returns. */
  purge(key: string): void;
  keys(): string[];
}

export class StorageFull extends Error {}

export const longestKey = 32;
export const longestValue = 3000;

const magic = [0x54, 0x31, 0x33, 0x4b];
const bankHeaderLength = 16;
const recordHeaderLength = 8;
const put = 1;
const tombstone = 2;

interface Place {
  readonly offset: number;
  readonly length: number;
}

const align = (length: number) => (length + 15) & ~15;

/**
 * Opens a partition of at least two blocks. With "r+" a blank or unreadable partition is formatted
 * and an interrupted compaction is finished; with "r" the flash is never touched.
 */
export function openKeyValue(flash: Flash, mode: "r" | "r+" = "r+"): KeyValue {
  return new RecordLog(flash, mode);
}

class RecordLog implements KeyValue {
  private readonly flash: Flash;
  private readonly bankLength: number;
  private readonly blocks: number;
  private bank = 0;
  private generation = 0;
  /** Where the next record goes; the bank's end when its tail cannot be trusted. */
  private end = 0;
  private places = new Map<string, Place>();
  /**
   * The other bank was erased whole in this life. Not read from the flash: an erase that power cut short
   * can look finished. Without this each compaction would erase twice, and wear the flash twice as fast.
   */
  private spareErased = false;

  constructor(flash: Flash, mode: "r" | "r+") {
    const { blockLength, blocks } = flash.status();
    this.flash = flash;
    this.blocks = blocks >> 1;
    this.bankLength = this.blocks * blockLength;
    const generations = [this.readGeneration(0), this.readGeneration(1)] as const;
    this.bank = generations[1] > generations[0] ? 1 : 0;
    this.generation = generations[this.bank] as number;
    this.end = bankHeaderLength;
    if (this.generation === 0) {
      if (mode === "r+") this.startBank(0, 1, []);
      return;
    }
    this.scan();
    // Both headers readable: power went after the new bank was committed, before the old was gone.
    if (mode === "r+" && generations[1 - this.bank] !== 0) this.eraseBank(1 - this.bank);
  }

  read(key: string): Uint8Array | undefined {
    const place = this.places.get(key);
    return place && this.bytes(place.offset, place.length);
  }

  write(key: string, value: Uint8Array): void {
    if (key.length === 0 || key.length > longestKey || value.length > longestValue)
      throw new StorageFull(`${key}: key or value too long`);
    if (!this.append(key, value, put)) this.compact(key, value);
  }

  delete(key: string): void {
    if (!this.places.has(key)) return;
    if (!this.append(key, new Uint8Array(0), tombstone)) this.purge(key);
  }

  purge(key: string): void {
    this.places.delete(key);
    this.compact();
  }

  keys(): string[] {
    return [...this.places.keys()];
  }

  private bytes(offset: number, length: number, bank = this.bank): Uint8Array {
    return new Uint8Array(this.flash.read(length, bank * this.bankLength + offset));
  }

  /** The bank's generation; 0 when its header is blank, torn or foreign. */
  private readGeneration(bank: number): number {
    const header = this.bytes(0, 12, bank);
    const view = new DataView(header.buffer);
    const whole = magic.every((byte, index) => header[index] === byte);
    return whole && view.getUint32(8, true) === crc32(header.subarray(0, 8))
      ? view.getUint32(4, true)
      : 0;
  }

  /** Rebuilds the index from the log, and finds its end. */
  private scan(): void {
    let offset = bankHeaderLength;
    while (offset + recordHeaderLength <= this.bankLength) {
      const header = this.bytes(offset, recordHeaderLength);
      if (header.every((byte) => byte === 0xff)) break;
      const view = new DataView(header.buffer);
      const valueLength = view.getUint16(0, true);
      const keyLength = view.getUint8(2);
      const length = align(recordHeaderLength + keyLength + valueLength);
      if (keyLength === 0 || keyLength > longestKey || offset + length > this.bankLength) {
        // A header torn by a power cut: nothing was written behind it, and nothing may be now.
        offset = this.bankLength;
        break;
      }
      const body = this.bytes(offset + recordHeaderLength, keyLength + valueLength);
      if (view.getUint32(4, true) === recordCrc(header, body)) {
        const key = String.fromCharCode(...body.subarray(0, keyLength));
        if (view.getUint8(3) === put)
          this.places.set(key, {
            offset: offset + recordHeaderLength + keyLength,
            length: valueLength,
          });
        else this.places.delete(key);
      }
      offset += length;
    }
    this.end = offset;
  }

  /** False when the bank has no room left. */
  private append(key: string, value: Uint8Array, kind: number): boolean {
    const record = encodeRecord(key, value, kind);
    if (this.end + record.length > this.bankLength) return false;
    const offset = this.end;
    // A bit that fell by itself where nothing was written yet: flash cannot raise it again.
    if (this.bytes(offset, record.length).some((byte) => byte !== 0xff)) return false;
    this.flash.write(record, this.bank * this.bankLength + offset);
    this.end += record.length;
    if (kind === put)
      this.places.set(key, {
        offset: offset + recordHeaderLength + key.length,
        length: value.length,
      });
    else this.places.delete(key);
    return true;
  }

  /** Moves what lives, with `key` set to `value` in the same step, and erases the old bank. */
  private compact(key?: string, value?: Uint8Array): void {
    const live: [string, () => Uint8Array][] = [];
    let length = bankHeaderLength;
    for (const [name, place] of this.places) {
      if (name === key) continue;
      live.push([name, () => this.bytes(place.offset, place.length)]);
      length += align(recordHeaderLength + name.length + place.length);
    }
    if (key !== undefined && value !== undefined) {
      live.push([key, () => value]);
      length += align(recordHeaderLength + key.length + value.length);
    }
    if (length > this.bankLength) throw new StorageFull(`${length} bytes in use`);
    const old = this.bank;
    this.startBank(1 - old, this.generation + 1, live);
    this.eraseBank(old);
    this.spareErased = true;
  }

  /** Erases a bank, writes `live` into it, and its header last: the header is the commit. */
  private startBank(
    bank: number,
    generation: number,
    live: readonly [string, () => Uint8Array][],
  ): void {
    if (!this.spareErased) this.eraseBank(bank);
    // From here on it is written to, whether or not this comes to its end.
    this.spareErased = false;
    const base = bank * this.bankLength;
    const places = new Map<string, Place>();
    let end = bankHeaderLength;
    for (const [key, value] of live) {
      const bytes = value();
      const record = encodeRecord(key, bytes, put);
      this.flash.write(record, base + end);
      places.set(key, { offset: end + recordHeaderLength + key.length, length: bytes.length });
      end += record.length;
    }
    const header = new Uint8Array(bankHeaderLength).fill(0xff);
    const view = new DataView(header.buffer);
    header.set(magic);
    view.setUint32(4, generation, true);
    view.setUint32(8, crc32(header.subarray(0, 8)), true);
    this.flash.write(header, base);
    this.bank = bank;
    this.generation = generation;
    this.end = end;
    this.places = places;
  }

  private eraseBank(bank: number): void {
    this.flash.eraseBlock(bank * this.blocks, (bank + 1) * this.blocks);
  }
}

function encodeRecord(key: string, value: Uint8Array, kind: number): Uint8Array {
  const record = new Uint8Array(align(recordHeaderLength + key.length + value.length)).fill(0xff);
  const view = new DataView(record.buffer);
  view.setUint16(0, value.length, true);
  view.setUint8(2, key.length);
  view.setUint8(3, kind);
  for (let index = 0; index < key.length; index++)
    record[recordHeaderLength + index] = key.charCodeAt(index) & 0x7f;
  record.set(value, recordHeaderLength + key.length);
  const body = record.subarray(recordHeaderLength, recordHeaderLength + key.length + value.length);
  view.setUint32(4, recordCrc(record, body), true);
  return record;
}

/** Over the lengths and the kind as well, so that a torn header cannot pass for another record. */
function recordCrc(header: Uint8Array, body: Uint8Array): number {
  return crc32(body, crc32(header.subarray(0, 4)));
}
