/**
 * The second-stage bootloader: settles the trial before this one, chooses the slot, checks its
 * image, hands its bundle over. The same steps and flash writes as ESP-IDF's with app rollback
 * enabled (CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE), in the same order, so that power can be cut at
 * the same places.
 */
import type { NorFlash } from "../board/nor-flash.ts";
import type { Partition } from "../board/partitions.ts";
import { type ImageFault, readSlot, type Slot } from "./image.ts";
import { activePlace, readOtaData, slotOf, writeOtaEntry } from "./ota-data.ts";

export interface Booted {
  slot: Slot;
  source: string;
  digest: string;
}

export interface NoImage {
  /** Why each slot that was tried cannot run. */
  faults: { slot: Slot; fault: ImageFault }[];
}

/**
 * One start of the board. Writes to `otadata`.
 * @throws PowerCut when power goes meanwhile.
 */
export function boot(flash: NorFlash, partitions: readonly Partition[]): Booted | NoImage {
  const first = selectSlot(flash, partitions);
  const blank = readOtaData(flash, partitions).every((entry) => entry === undefined);
  const faults: NoImage["faults"] = [];
  for (const slot of [first, first === 0 ? 1 : 0] as const) {
    const image = readSlot(flash, partitions, slot);
    if ("fault" in image) {
      faults.push({ slot, fault: image.fault });
      continue;
    }
    // The first start of a new board: what the factory flashed counts as confirmed.
    if (blank) writeOtaEntry(flash, partitions, 0, { sequence: slot + 1, state: "valid" });
    return { slot, ...image };
  }
  return { faults };
}

/** Gives up what was on trial and was not confirmed; puts on trial what is new. */
function selectSlot(flash: NorFlash, partitions: readonly Partition[]): Slot {
  for (const place of [0, 1] as const) {
    const entry = readOtaData(flash, partitions)[place];
    if (entry?.state === "pending")
      writeOtaEntry(flash, partitions, place, { ...entry, state: "aborted" });
  }
  const data = readOtaData(flash, partitions);
  const place = activePlace(data);
  const entry = place === undefined ? undefined : data[place];
  if (place === undefined || entry === undefined) return 0;
  if (entry.state === "new")
    writeOtaEntry(flash, partitions, place, { ...entry, state: "pending" });
  return slotOf(entry);
}
