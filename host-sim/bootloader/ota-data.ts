/**
 * ESP-IDF's `otadata` partition (esp_ota_select_entry_t, "Over The Air Updates" in its programming
 * guide): two entries, each in a flash block of its own, so that one survives while the other is
 * written. Little-endian: u32 sequence, 20 bytes label, u32 state, u32 CRC-32 of the sequence.
 */
import { crc32 } from "node:zlib";
import { blockLength, type NorFlash } from "../board/nor-flash.ts";
import { type Partition, partition } from "../board/partitions.ts";
import type { Slot } from "./image.ts";

export type SlotState = "new" | "pending" | "valid" | "invalid" | "aborted";

const states: Readonly<Record<SlotState, number>> = {
  new: 0,
  pending: 1,
  valid: 2,
  invalid: 3,
  aborted: 4,
};

export const entryLength = 32;

export interface OtaEntry {
  /** From 1; slot = (sequence - 1) mod 2. */
  sequence: number;
  state: SlotState;
}

/** The two places, in order; undefined for an erased or torn entry. */
export type OtaData = readonly [OtaEntry | undefined, OtaEntry | undefined];
export type Place = 0 | 1;

export const slotOf = ({ sequence }: OtaEntry): Slot => ((sequence - 1) % 2) as Slot;

/** The bootloader has given this entry's image up. */
export const isGivenUp = ({ state }: OtaEntry) => state === "invalid" || state === "aborted";

function checkOf(sequenceBytes: Uint8Array): number {
  return crc32(sequenceBytes, 0xffffffff);
}

export function encodeEntry({ sequence, state }: OtaEntry): Uint8Array {
  const entry = new Uint8Array(entryLength).fill(0xff);
  const view = new DataView(entry.buffer);
  view.setUint32(0, sequence, true);
  view.setUint32(24, states[state], true);
  view.setUint32(28, checkOf(entry.subarray(0, 4)), true);
  return entry;
}

/**
 * Undefined for an erased or torn entry, and for a state that nobody writes. The last is stricter
 * than the stock bootloader, which runs an image of unknown state without a trial: its CRC does not
 * cover the state, so an erase that is cut short can leave such an entry. A bootloader hook of a few
 * lines makes the chip as strict.
 */
export function decodeEntry(entry: Uint8Array): OtaEntry | undefined {
  const view = new DataView(entry.buffer, entry.byteOffset, entryLength);
  const sequence = view.getUint32(0, true);
  if (sequence === 0 || sequence === 0xffffffff) return undefined;
  if (view.getUint32(28, true) !== checkOf(entry.subarray(0, 4))) return undefined;
  const raw = view.getUint32(24, true);
  const state = (Object.keys(states) as SlotState[]).find((name) => states[name] === raw);
  return state && { sequence, state };
}

export function readOtaData(flash: NorFlash, partitions: readonly Partition[]): OtaData {
  const { offset } = partition(partitions, "otadata");
  const at = (place: Place) => decodeEntry(flash.read(offset + place * blockLength, entryLength));
  return [at(0), at(1)];
}

/** As ESP-IDF does it: erase, then write. In between, this place is empty and the other one counts. */
export function writeOtaEntry(
  flash: NorFlash,
  partitions: readonly Partition[],
  place: Place,
  entry: OtaEntry,
): void {
  const { offset } = partition(partitions, "otadata");
  flash.eraseBlock(offset / blockLength + place);
  flash.write(offset + place * blockLength, encodeEntry(entry));
}

/** The place that decides: the highest sequence that was not given up. */
export function activePlace(data: OtaData): Place | undefined {
  const sequence = (place: Place) => {
    const entry = data[place];
    return entry && !isGivenUp(entry) ? entry.sequence : 0;
  };
  if (sequence(0) === 0 && sequence(1) === 0) return undefined;
  return sequence(1) > sequence(0) ? 1 : 0;
}

/** As a programmer's cable does it: the next start is from the first slot, as a new board's. */
export function eraseOtaData(flash: NorFlash, partitions: readonly Partition[]): void {
  const { offset, size } = partition(partitions, "otadata");
  for (let at = 0; at < size; at += blockLength) flash.eraseBlock((offset + at) / blockLength);
}
