/**
 * The three areas with three lives (EN 303 645 5.4-1):
 * `factory` identity, written on the line, read only in the field;
 * `system`  counters, lock-out, journal, time floor: survives a wipe;
 * `owner`   everything personal, sealed under a key of its own, gone after a wipe.
 */
import type { Flash, Platform } from "../platform/platform.ts";
import { type OwnerRecords, ownerRecords } from "../privacy/owner-records.ts";
import { type KeyValue, openKeyValue, StorageFull } from "./key-value.ts";
import { sealed } from "./sealed.ts";

export interface Areas {
  readonly factory: KeyValue;
  readonly system: KeyValue;
  /** The owner's values, or undefined while nobody owns the unit. */
  owner(): OwnerRecords | undefined;
  /** An owner's settings were written, and no wipe has taken them away. */
  wasClaimed(): boolean;
  /** Remembers it, outside of what it is about; not while the flash is full. */
  markClaimed(): void;
  /** Starts a new owner's area under a new key. */
  beginOwner(): OwnerRecords;
  /**
   * Forgets the owner: first the key, so that everything is unreadable at one stroke, then the
   * flash itself. Cut short, it is finished at the next start.
   */
  endOwner(): void;
}

const ownerKey = "owner-key";
const claimedKey = "claimed";

export function openAreas({
  flash,
  crypto,
  random,
}: Pick<Platform, "flash" | "crypto" | "random">): Areas {
  const factory = openKeyValue(flash.open({ path: "factory", mode: "r" }), "r");
  const system = openKeyValue(flash.open({ path: "system", mode: "r+" }));
  const ownerFlash = flash.open({ path: "owner", mode: "r+" });
  let owner = openOwner();

  /** Without a key there is no owner, and then the area is blank. */
  function openOwner(): OwnerRecords | undefined {
    const key = system.read(ownerKey);
    if (key?.length === 32)
      return ownerRecords(sealed(openKeyValue(ownerFlash), key, crypto, random));
    eraseWritten(ownerFlash);
    return undefined;
  }

  return {
    factory,
    system,
    owner: () => owner,
    wasClaimed: () => system.read(claimedKey) !== undefined,
    markClaimed() {
      if (system.read(claimedKey) !== undefined) return;
      try {
        system.write(claimedKey, new Uint8Array([1]));
      } catch (error) {
        // Tried again at the next start. A unit that died of it would die at each one.
        if (!(error instanceof StorageFull)) throw error;
      }
    },
    beginOwner() {
      const key = random(32);
      system.write(ownerKey, key);
      owner = ownerRecords(sealed(openKeyValue(ownerFlash), key, crypto, random));
      return owner;
    },
    endOwner() {
      // First: a wipe that is cut short must not look like somebody's tampering.
      system.delete(claimedKey);
      system.purge(ownerKey);
      owner = openOwner();
    },
  };
}

function eraseWritten(flash: Flash): void {
  const { blocks, blockLength } = flash.status();
  for (let block = 0; block < blocks; block++) {
    const bytes = new Uint8Array(flash.read(blockLength, block * blockLength));
    if (bytes.some((byte) => byte !== 0xff)) flash.eraseBlock(block);
  }
}
