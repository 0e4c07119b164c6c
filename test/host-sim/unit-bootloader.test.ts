import test from "ava";
import { blockLength, NorFlash } from "../../host-sim/board/nor-flash.ts";
import { boardPartitions, partition } from "../../host-sim/board/partitions.ts";
import { chooseImage } from "../../host-sim/bootloader/bootloader.ts";
import { encodeImage, readSlot, writeSlot } from "../../host-sim/bootloader/image.ts";
import {
  decodeEntry,
  encodeEntry,
  type OtaEntry,
  slotOrder,
} from "../../host-sim/bootloader/ota-data.ts";

const table = boardPartitions();
const slotAt = (slot: 0 | 1) => partition(table, `slot${slot}`).offset;

function board(slots: Partial<Record<0 | 1, string>>, entries: OtaEntry[] = []): NorFlash {
  const flash = new NorFlash();
  for (const slot of [0, 1] as const)
    if (slots[slot] !== undefined) writeSlot(flash, table, slot, slots[slot]);
  for (const [index, entry] of entries.entries())
    flash.write(partition(table, "otadata").offset + index * blockLength, encodeEntry(entry));
  return flash;
}

/** The source that boots, or the faults as "slot fault". */
function boots(flash: NorFlash): string | string[] {
  const chosen = chooseImage(flash, table);
  return "faults" in chosen
    ? chosen.faults.map(({ slot, fault }) => `${slot} ${fault}`)
    : chosen.source;
}

test("what is written into a slot is what boots, whatever its text", (t) => {
  const source = "\ufeffvar x = '\u2028é💡';\n".repeat(5000);
  const flash = board({ 0: source });
  const image = readSlot(flash, table, 0);
  t.true(!("fault" in image) && image.source === source);
  t.regex("digest" in image ? image.digest : "", /^[0-9a-f]{64}$/);
});

test("a shorter image over a longer one is whole", (t) => {
  const flash = board({ 0: "a".repeat(50_000) });
  writeSlot(flash, table, 0, "b");
  t.is(boots(flash), "b");
});

test("an image that does not fit is refused before anything is erased", (t) => {
  const flash = board({ 0: "sound" });
  const { size } = partition(table, "slot0");
  const before = flash.operations;
  t.throws(() => writeSlot(flash, table, 0, "x".repeat(size - 63)), { message: /does not fit/ });
  t.is(flash.operations, before);
  t.is(boots(flash), "sound");
  writeSlot(flash, table, 0, "x".repeat(size - 64));
  t.is((boots(flash) as string).length, size - 64);
});

test("every single flipped bit of header, digest and bundle is found", (t) => {
  const image = encodeImage("tiny");
  for (let bit = 0; bit < image.length * 8; bit++) {
    const damaged = image.slice();
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    const flash = new NorFlash();
    flash.write(slotAt(0), damaged);
    t.true("fault" in readSlot(flash, table, 0), `bit ${bit}`);
  }
  const sound = new NorFlash();
  sound.write(slotAt(0), image);
  t.false("fault" in readSlot(sound, table, 0), "negative control");
});

test("a length behind the slot's end is refused without reading there", (t) => {
  const flash = new NorFlash();
  const image = encodeImage("x");
  new DataView(image.buffer).setUint32(4, 0xfffffff0, true);
  flash.write(slotAt(1), image);
  t.deepEqual(readSlot(flash, table, 1), { fault: "bad-length" });
});

test("no image anywhere is said for each slot", (t) => {
  t.deepEqual(boots(board({})), ["0 empty", "1 empty"]);
});

test("the newest slot that was not given up is first", (t) => {
  const entry = (sequence: number, state: OtaEntry["state"] = "valid") => ({ sequence, state });
  t.deepEqual(slotOrder([]), [0, 1]);
  t.deepEqual(slotOrder([entry(1)]), [0, 1]);
  t.deepEqual(slotOrder([entry(1), entry(2)]), [1, 0]);
  t.deepEqual(slotOrder([entry(3), entry(2)]), [0, 1]);
  t.deepEqual(slotOrder([entry(3, "aborted"), entry(2)]), [1]);
  t.deepEqual(slotOrder([entry(1), entry(2, "invalid")]), [0]);
  t.deepEqual(slotOrder([entry(2, "undefined")]), [1, 0]);
});

test("otadata chooses, and a damaged image falls back to the other slot", (t) => {
  const newest: OtaEntry[] = [
    { sequence: 1, state: "valid" },
    { sequence: 2, state: "new" },
  ];
  const flash = board({ 0: "old", 1: "new" }, newest);
  t.is(boots(flash), "new");
  flash.write(slotAt(1) + 64, new Uint8Array(1));
  t.is(boots(flash), "old");
  flash.write(slotAt(0) + 64, new Uint8Array(1));
  t.deepEqual(boots(flash), ["1 bad-digest", "0 bad-digest"]);
});

test("a torn or erased otadata entry does not count", (t) => {
  const entry = encodeEntry({ sequence: 7, state: "pending" });
  t.deepEqual(decodeEntry(entry), { sequence: 7, state: "pending" });
  t.is(decodeEntry(new Uint8Array(32).fill(0xff)), undefined);
  for (const index of [0, 1, 24, 28]) {
    const torn = entry.slice();
    torn[index]! ^= 0x40;
    t.is(decodeEntry(torn), undefined, `byte ${index}`);
  }
});

test("the CRC is that of ESP-IDF", (t) => {
  // esp_rom_crc32_le(UINT32_MAX, {1, 0, 0, 0}, 4), as every first OTA of a real board writes it.
  const entry = encodeEntry({ sequence: 1, state: "valid" });
  t.is(new DataView(entry.buffer).getUint32(28, true), 0x4743989a);
});
