import test from "ava";
import { blockLength, NorFlash } from "../../host-sim/board/nor-flash.ts";
import { boardPartitions, partition } from "../../host-sim/board/partitions.ts";
import { boot } from "../../host-sim/bootloader/bootloader.ts";
import { encodeImage, readSlot, writeSlot } from "../../host-sim/bootloader/image.ts";
import {
  activePlace,
  decodeEntry,
  encodeEntry,
  type OtaEntry,
  readOtaData,
} from "../../host-sim/bootloader/ota-data.ts";
import { SlotControl } from "../../host-sim/bootloader/slot-control.ts";
import { PowerCut } from "../../host-sim/engine/engine.ts";

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
  const chosen = boot(flash, table);
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

test("the newest entry that was not given up decides", (t) => {
  const entry = (sequence: number, state: OtaEntry["state"] = "valid") => ({ sequence, state });
  t.is(activePlace([undefined, undefined]), undefined);
  t.is(activePlace([entry(1), undefined]), 0);
  t.is(activePlace([entry(1), entry(2)]), 1);
  t.is(activePlace([entry(3), entry(2)]), 0);
  t.is(activePlace([entry(3, "aborted"), entry(2)]), 1);
  t.is(activePlace([entry(1), entry(2, "invalid")]), 0);
  t.is(activePlace([entry(1, "aborted"), entry(2, "invalid")]), undefined);
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
  t.deepEqual(boots(flash), ["0 bad-digest", "1 bad-digest"], "slot 1 was given up meanwhile");
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

const states = (flash: NorFlash) => readOtaData(flash, table).map((entry) => entry?.state);

test("the first start of a new board counts what the factory flashed as confirmed", (t) => {
  const flash = board({ 0: "old" });
  t.is(boots(flash), "old");
  t.deepEqual(states(flash), ["valid", undefined]);
  const other = board({ 1: "old" });
  t.is(boots(other), "old");
  t.deepEqual(readOtaData(other, table)[0], { sequence: 2, state: "valid" });
});

test("new, pending, valid: an image that is confirmed stays", (t) => {
  const flash = board({ 0: "old", 1: "new" });
  boots(flash);
  const old = new SlotControl(flash, table, 0);
  t.deepEqual(old.figures(), {
    running: "slot0",
    spare: "slot1",
    state: "valid",
    rolledBack: false,
  });
  old.select();
  t.deepEqual(states(flash), ["valid", "new"]);
  t.is(boots(flash), "new");
  const tried = new SlotControl(flash, table, 1);
  t.is(tried.figures().state, "pending");
  tried.confirm();
  t.deepEqual(states(flash), ["valid", "valid"]);
  for (let start = 0; start < 3; start++) t.is(boots(flash), "new");
  t.is(tried.figures().state, "valid");
});

test("new, pending, aborted: an image that is not confirmed runs once", (t) => {
  const flash = board({ 0: "old", 1: "new" });
  boots(flash);
  new SlotControl(flash, table, 0).select();
  t.is(boots(flash), "new");
  for (let start = 0; start < 3; start++) t.is(boots(flash), "old");
  t.deepEqual(states(flash), ["valid", "aborted"]);
  t.true(new SlotControl(flash, table, 0).figures().rolledBack);
  new SlotControl(flash, table, 0).select();
  t.is(boots(flash), "new", "it can be tried again");
});

test("new, pending, invalid: an image that gives itself up is not started again", (t) => {
  const flash = board({ 0: "old", 1: "new" });
  boots(flash);
  new SlotControl(flash, table, 0).select();
  boots(flash);
  new SlotControl(flash, table, 1).giveUp();
  t.deepEqual(states(flash), ["valid", "invalid"]);
  t.is(boots(flash), "old");
});

test("there is no way back to a slot that holds nothing", (t) => {
  const flash = board({ 0: "old", 1: "new" });
  boots(flash);
  new SlotControl(flash, table, 0).select();
  boots(flash);
  flash.eraseBlock(slotAt(0) / blockLength);
  t.false(new SlotControl(flash, table, 1).giveUp());
  t.deepEqual(states(flash), ["valid", "pending"]);
});

test("what does not check out is not chosen", (t) => {
  const flash = board({ 0: "old" });
  boots(flash);
  t.throws(() => new SlotControl(flash, table, 0).select(), { message: /holds no image: empty/ });
  t.deepEqual(states(flash), ["valid", undefined]);
});

test("an image damaged after it was chosen: the old one runs, and nothing may be chosen until the next start", (t) => {
  const flash = board({ 0: "old", 1: "new" });
  boots(flash);
  new SlotControl(flash, table, 0).select();
  flash.write(slotAt(1) + 64, new Uint8Array(1));
  t.is(boots(flash), "old");
  const old = new SlotControl(flash, table, 0);
  t.true(old.figures().rolledBack);
  writeSlot(flash, table, 1, "newer");
  t.throws(() => old.select(), { message: /not settled/ });
  t.is(boots(flash), "old");
  old.select();
  t.is(boots(flash), "newer");
});

/** Cuts power at each flash operation of `act`, in each phase, and asks `check` what is left. */
function cutEverywhere(
  make: () => NorFlash,
  act: (flash: NorFlash) => void,
  check: (flash: NorFlash) => void,
): number {
  let cuts = 0;
  const whole = make();
  const from = whole.operations;
  act(whole);
  const operations = whole.operations - from;
  for (let operation = 1; operation <= operations; operation++)
    for (const phase of ["before", "during", "after"] as const)
      for (let seed = 0; seed < (phase === "during" ? 60 : 1); seed++) {
        const flash = make();
        flash.cutAt({ operation: flash.operations + operation, phase, seed });
        try {
          act(flash);
        } catch (error) {
          if (!(error instanceof PowerCut)) throw error;
        }
        flash.powerOn();
        check(flash);
        cuts++;
      }
  return cuts;
}

test("power cut at every write of choosing, trying, confirming and giving up: something always boots", (t) => {
  const chosen = () => {
    const flash = board({ 0: "old", 1: "new" });
    boots(flash);
    return flash;
  };
  const selected = () => {
    const flash = chosen();
    new SlotControl(flash, table, 0).select();
    return flash;
  };
  const tried = () => {
    const flash = selected();
    boots(flash);
    return flash;
  };
  const sound = (flash: NorFlash) => {
    t.true(["old", "new"].includes(String(boots(flash))));
    // An image on trial is never there to stay by itself.
    if (states(flash).every((state) => state !== "valid")) t.fail("nothing is confirmed");
  };
  const cuts = [
    cutEverywhere(
      () => board({ 0: "old" }),
      (flash) => boots(flash),
      (flash) => t.is(boots(flash), "old"),
    ),
    cutEverywhere(chosen, (flash) => new SlotControl(flash, table, 0).select(), sound),
    cutEverywhere(selected, (flash) => boots(flash), sound),
    cutEverywhere(tried, (flash) => new SlotControl(flash, table, 1).confirm(), sound),
    cutEverywhere(
      tried,
      (flash) => new SlotControl(flash, table, 1).giveUp(),
      (flash) => t.is(boots(flash), "old"),
    ),
    cutEverywhere(
      tried,
      (flash) => boots(flash),
      (flash) => t.is(boots(flash), "old"),
    ),
  ];
  t.true(cuts.every((count) => count >= 124));
});
