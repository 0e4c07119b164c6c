/**
 * The image of a unit's `factory` partition, written by the device's own record store: there is no
 * second description of the format that could differ from what the device reads.
 */
import type { Flash } from "../device/platform/platform.ts";
import { type Identity, readIdentity, writeIdentity } from "../device/storage/identity.ts";
import { openKeyValue } from "../device/storage/key-value.ts";

const blockLength = 4096;
/** The size of `factory` in device/platform/boards/partitions.csv. */
export const factoryPartitionBytes = 0x4000;

/** 16 KiB, to be flashed at the offset of `factory`. Holds the private key: as secret as the unit. */
export function buildFactoryImage(identity: Identity): Uint8Array {
  const image = new Uint8Array(factoryPartitionBytes).fill(0xff);
  writeIdentity(openKeyValue(flashOver(image)), identity);
  return image;
}

/** What the device would find in `image`. */
export function readFactoryImage(image: Uint8Array): ReturnType<typeof readIdentity> {
  return readIdentity(openKeyValue(flashOver(image), "r"));
}

/** NOR flash in memory: writing only clears bits. */
function flashOver(image: Uint8Array): Flash {
  return {
    status: () => ({ size: image.length, blockLength, blocks: image.length / blockLength }),
    // A copy by hand: a Buffer's own `slice` is a view of a shared pool.
    read: (length, offset) => new Uint8Array(image.subarray(offset, offset + length)).buffer,
    write(buffer, offset) {
      new Uint8Array(buffer).forEach((byte, index) => {
        image[offset + index]! &= byte;
      });
    },
    eraseBlock(start, end = start + 1) {
      image.fill(0xff, start * blockLength, end * blockLength);
    },
    close() {},
  };
}
