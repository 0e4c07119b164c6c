/**
 * What a unit finds changed at its start, by nobody who may (EN 303 645 5.7-1, 5.7-2): the image it runs
 * is not the one that was confirmed, the owner's settings are there and do not open, or the identity
 * is damaged. Such a unit tells its owner, by the broker she chose, and joins nothing else.
 *
 * It is the second line. Whoever can replace the whole firmware can leave this check out; against that
 * stands the chip's secure boot. See docs/adr/0019-integrity.md.
 */
import type { Platform, SlotName } from "../platform/platform.ts";
import { StorageFull } from "../storage/key-value.ts";
import type { SlotRecord } from "./boot.ts";
import type { Slots } from "./slots.ts";
import { sha256Of } from "./spare-writer.ts";

/** An image as it lies in its slot. */
export interface KeptImage {
  readonly slot: SlotName;
  /** Lower-case hex, of the first `length` bytes of the slot. */
  readonly sha256: string;
  readonly length: number;
}

/**
 * image: other bytes than those confirmed · slot: another slot runs than the one confirmed or on trial ·
 * claim: the owner's settings do not open · identity: damaged.
 */
export type Tampering = "image" | "slot" | "claim" | "identity";

/** The image that may run, by the record: the one on trial in this slot, or the one confirmed last. */
export function expectedImage(record: SlotRecord, running: SlotName): KeptImage | undefined {
  const { trial, kept } = record;
  return trial?.slot === running ? trial : kept;
}

/** Judges what runs. Pure, but for `digestOf`, which is asked only when it matters. */
export function judgeImage(
  expected: KeptImage | undefined,
  running: SlotName,
  digestOf: (length: number) => string,
): "first" | "sound" | Tampering {
  if (expected === undefined) return "first";
  if (expected.slot !== running) return "slot";
  return digestOf(expected.length) === expected.sha256 ? "sound" : "image";
}

/**
 * Compares what runs with what was confirmed, block by block. A unit that has never confirmed anything
 * runs what its factory wrote: the whole slot is measured and remembered.
 */
export function checkImage(
  { flash, Digest, slots: { running, state } }: Pick<Platform, "flash" | "Digest" | "slots">,
  slots: Slots,
): Tampering | undefined {
  const partition = flash.open({ path: running, mode: "r" });
  const digestOf = (length: number) => sha256Of(new Digest(), partition, length);
  try {
    const found = judgeImage(slots.expected, running, digestOf);
    if (found !== "first") return found === "sound" ? undefined : found;
    // On trial without a record of it: it proves itself first.
    const { size } = partition.status();
    if (state === "valid")
      keepFirst(slots, { slot: running, sha256: digestOf(size), length: size });
    return undefined;
  } finally {
    partition.close();
  }
}

function keepFirst(slots: Slots, image: KeptImage): void {
  try {
    slots.keep(image);
  } catch (error) {
    // Measured anew at the next start. A unit that died of it would die at each one.
    if (!(error instanceof StorageFull)) throw error;
  }
}
