/** A unit's three areas, between the desk's flash and the file that a program or an emulator runs on. */
import { blockLength, type NorFlash } from "../board/nor-flash.ts";
import { boardPartitions, type Partition } from "../board/partitions.ts";

const own = (names: readonly string[]): readonly Partition[] =>
  boardPartitions().filter(({ name }) => names.includes(name));

/** The image with this unit's areas in it. */
export function withAreas(image: Uint8Array, flash: NorFlash): Uint8Array {
  const whole = image.slice();
  const held = flash.image();
  for (const { offset, size } of own(["factory", "system", "owner"]))
    whole.set(held.subarray(offset, offset + size), offset);
  return whole;
}

/** Takes over what the unit wrote, and leaves the flash without power. */
export function keepAreas(flash: NorFlash, image: Uint8Array): void {
  flash.powerOn();
  for (const { offset, size } of own(["system", "owner"]))
    for (let at = offset; at < offset + size; at += blockLength) {
      const block = image.subarray(at, at + blockLength);
      if (Buffer.compare(flash.read(at, blockLength), block) === 0) continue;
      flash.eraseBlock(at / blockLength);
      flash.write(at, block);
    }
  flash.powerOff();
}
