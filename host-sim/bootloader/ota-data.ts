/**
 * ESP-IDF's `otadata` partition (esp_ota_select_entry_t, "Over The Air Updates" in its programming
 * guide): two entries, each in a flash block of its own, so that one survives while the other is
 * written. Little-endian: u32 sequence, 20 bytes label, u32 state, u32 CRC-32 of the sequence.
 */
import { crc32 } from "node:zlib";
import { blockLength, type NorFlash } from "../board/nor-flash.ts";
import { type Partition, partition } from "../board/partitions.ts";
import type { Slot } from "./image.ts";

export type SlotState = "new" | "pending" | "valid" | "invalid" | "aborted" | "undefined";

const states: Readonly<Record<SlotState, number>> = {
  new: 0,
  pending: 1,
  valid: 2,
  invalid: 3,
  aborted: 4,
  undefined: 0xffffffff,
};

export const entryLength = 32;

export interface OtaEntry {
  /** From 1; slot = (sequence - 1) mod 2. */
  sequence: number;
  state: SlotState;
}

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

/** Undefined for an erased, torn or unknown entry. */
export function decodeEntry(entry: Uint8Array): OtaEntry | undefined {
  const view = new DataView(entry.buffer, entry.byteOffset, entryLength);
  const sequence = view.getUint32(0, true);
  if (sequence === 0 || sequence === 0xffffffff) return undefined;
  if (view.getUint32(28, true) !== checkOf(entry.subarray(0, 4))) return undefined;
  const raw = view.getUint32(24, true);
  const state = (Object.keys(states) as SlotState[]).find((name) => states[name] === raw);
  return state && { sequence, state };
}

export function readOtaData(flash: NorFlash, partitions: readonly Partition[]): OtaEntry[] {
  const { offset } = partition(partitions, "otadata");
  return [0, 1].flatMap(
    (index) => decodeEntry(flash.read(offset + index * blockLength, entryLength)) ?? [],
  );
}

/** Slots in the order in which to try them: the newest that was not given up, then the other. */
export function slotOrder(entries: readonly OtaEntry[]): Slot[] {
  const usable = entries
    .filter(({ state }) => state !== "invalid" && state !== "aborted")
    .sort((a, b) => b.sequence - a.sequence);
  const order = usable.map(({ sequence }) => ((sequence - 1) % 2) as Slot);
  const first = order[0] ?? 0;
  const given = new Set(
    entries
      .filter(({ state }) => state === "invalid" || state === "aborted")
      .map(({ sequence }) => ((sequence - 1) % 2) as Slot),
  );
  const other: Slot = first === 0 ? 1 : 0;
  return given.has(other) ? [first] : [first, other];
}
