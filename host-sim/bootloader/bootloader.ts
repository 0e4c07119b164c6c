/** The second-stage bootloader: chooses the slot, checks its image, hands its bundle over. */
import type { NorFlash } from "../board/nor-flash.ts";
import type { Partition } from "../board/partitions.ts";
import { type ImageFault, readSlot, type Slot } from "./image.ts";
import { readOtaData, slotOrder } from "./ota-data.ts";

export interface Booted {
  slot: Slot;
  source: string;
  digest: string;
}

export interface NoImage {
  /** Why each slot that was tried cannot run. */
  faults: { slot: Slot; fault: ImageFault }[];
}

export function chooseImage(flash: NorFlash, partitions: readonly Partition[]): Booted | NoImage {
  const faults: NoImage["faults"] = [];
  for (const slot of slotOrder(readOtaData(flash, partitions))) {
    const image = readSlot(flash, partitions, slot);
    if (!("fault" in image)) return { slot, ...image };
    faults.push({ slot, fault: image.fault });
  }
  return { faults };
}
