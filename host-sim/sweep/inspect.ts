/** What a chip without power holds, read by the device's own code from a copy. */

import { toHex } from "../../device/platform/encoding.ts";
import { readClaim } from "../../device/setup/claim.ts";
import { readIdentity } from "../../device/storage/identity.ts";
import { decodeRecord, type SlotRecord } from "../../device/update/boot.ts";
import type { NorFlash } from "../board/nor-flash.ts";
import { boardPartitions } from "../board/partitions.ts";
import { boot } from "../bootloader/bootloader.ts";
import { activePlace, readOtaData, slotOf } from "../bootloader/ota-data.ts";
import { areasOn } from "../fleet/claimed.ts";

export interface Holdings {
  /** SHA-256 of the image that the next start runs; undefined when none would. */
  readonly boots: string | undefined;
  /** Of the image that the bootloader holds confirmed, newest first. */
  readonly confirmedSlot: 0 | 1 | undefined;
  readonly identity: string;
  /** The owner's values as text; undefined when nobody owns the unit. */
  readonly claim: string | undefined;
  readonly slots: SlotRecord;
  /** Values of the system area by name, as hex. */
  readonly system: ReadonlyMap<string, string>;
}

export function inspect(chip: NorFlash): Holdings {
  const flash = chip.clone();
  const data = readOtaData(flash, boardPartitions());
  const place = activePlace(data);
  const active = place === undefined ? undefined : data[place];
  const started = boot(flash, boardPartitions());
  const areas = areasOn(flash);
  const names = areas.system.keys();
  return {
    boots: "faults" in started ? undefined : started.digest,
    confirmedSlot: active?.state === "valid" ? slotOf(active) : undefined,
    identity: JSON.stringify(readIdentity(areas.factory)),
    claim: readClaim(areas.owner()) && JSON.stringify(readClaim(areas.owner())),
    slots: decodeRecord(areas.system.read("update.slots")),
    system: new Map(names.map((name) => [name, toHex(areas.system.read(name)!)])),
  };
}
