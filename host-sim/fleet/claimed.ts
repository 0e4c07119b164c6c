/** A unit that is claimed before it first starts, as after a set-up by its owner. */
import { crypto } from "../../device/crypto/noble.ts";
import type { Flash } from "../../device/platform/platform.ts";
import { type Claim, writeClaim } from "../../device/setup/claim.ts";
import { type Areas, openAreas } from "../../device/storage/areas.ts";
import { realEntropy } from "../board/entropy.ts";
import { blockLength, type NorFlash } from "../board/nor-flash.ts";
import { boardPartitions, type Partition, partition } from "../board/partitions.ts";

/**
 * Writes `claim` with the device's own storage code, sealed under a key of the unit's own. The
 * identity must be there already. Hundreds of units are claimed so in the time of one pairing.
 */
export function writeClaimInto(flash: NorFlash, claim: Claim): void {
  writeClaim(areasOn(flash).beginOwner(), claim);
}

/** The areas of a unit, opened from outside by the device's own code. May write, as a start may. */
export function areasOn(flash: NorFlash): Areas {
  const partitions = boardPartitions();
  return openAreas({
    flash: {
      open: ({ path }) => partitionFlash(flash, partition(partitions, path)),
      [Symbol.iterator]: () => partitions.map(({ name }) => name)[Symbol.iterator](),
    },
    crypto,
    random: realEntropy,
  });
}

/** ECMA-419 flash over one partition. */
function partitionFlash(flash: NorFlash, { offset, size }: Partition): Flash {
  return {
    status: () => ({ size, blockLength, blocks: size / blockLength }),
    read: (length, at) => flash.read(offset + at, length).slice().buffer,
    write: (bytes, at) => flash.write(offset + at, new Uint8Array(bytes)),
    eraseBlock(start, end = start + 1) {
      for (let block = start; block < end; block++) flash.eraseBlock(offset / blockLength + block);
    },
    close() {},
  };
}
