import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { FlashFileDamaged, flashFile } from "../../host-sim/board/flash-file.ts";
import {
  blockLength,
  type FlashOperation,
  IllegalWrite,
  NorFlash,
} from "../../host-sim/board/nor-flash.ts";

const bytes = (...values: number[]) => new Uint8Array(values);

test("a new flash is erased, and costs nothing until it is written", (t) => {
  const before = process.memoryUsage().arrayBuffers;
  const chips = Array.from({ length: 200 }, () => new NorFlash());
  t.true(process.memoryUsage().arrayBuffers - before < 4 * 1024 * 1024);
  t.true(chips[199]!.read(0, 64).every((byte) => byte === 0xff));
  t.is(chips[0]!.image().length, 4 * 1024 * 1024);
});

test("a write clears bits; a write that would set one is refused and changes nothing", (t) => {
  const flash = new NorFlash();
  flash.write(10, bytes(0b1010_1010));
  flash.write(10, bytes(0b1000_1010));
  t.throws(() => flash.write(9, bytes(0x00, 0b1000_1011)), {
    instanceOf: IllegalWrite,
    message: /illegal write at 0xa: 0x8a cannot become 0x8b/,
  });
  t.deepEqual(flash.read(9, 3), bytes(0xff, 0b1000_1010, 0xff));
  t.is(flash.operations, 2, "a refused write is no operation");
});

test("old bytes stay until their block is erased, and only that block is", (t) => {
  const flash = new NorFlash();
  flash.write(blockLength - 2, bytes(1, 2, 3, 4));
  flash.eraseBlock(1);
  t.deepEqual(flash.read(blockLength - 2, 4), bytes(1, 2, 0xff, 0xff));
  flash.eraseBlock(0);
  t.deepEqual(flash.read(blockLength - 2, 4), bytes(0xff, 0xff, 0xff, 0xff));
});

test("nothing reaches behind the end", (t) => {
  const flash = new NorFlash({ size: 2 * blockLength });
  t.throws(() => flash.read(2 * blockLength - 1, 2), { instanceOf: RangeError });
  t.throws(() => flash.write(2 * blockLength, bytes(0)), { instanceOf: RangeError });
  t.throws(() => flash.eraseBlock(2), { instanceOf: RangeError });
  t.throws(() => flash.read(-1, 1), { instanceOf: RangeError });
  t.throws(() => flash.read(0.5, 1), { instanceOf: RangeError });
  t.throws(() => new NorFlash({ size: 5000 }), { instanceOf: RangeError });
});

test("an observer sees each operation, numbered, until it stops", (t) => {
  const flash = new NorFlash();
  const seen: FlashOperation[] = [];
  const stop = flash.observe((operation) => seen.push(operation));
  flash.write(5, bytes(0, 0));
  flash.eraseBlock(3);
  stop();
  flash.write(9, bytes(0));
  t.deepEqual(seen, [
    { operation: 1, kind: "write", offset: 5, length: 2 },
    { operation: 2, kind: "erase", offset: 3 * blockLength, length: blockLength },
  ]);
});

function inFolder(run: (path: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "flash-"));
  try {
    run(join(folder, "unit.flash"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("a flash file survives the simulator, written through at once and readable as a raw image", (t) =>
  inFolder((path) => {
    const flash = new NorFlash({ store: flashFile(path) });
    flash.write(blockLength - 1, bytes(1, 2));
    flash.write(7 * blockLength, bytes(3));
    flash.eraseBlock(7);
    // Not closed: as after a killed simulator.
    const again = new NorFlash({ store: flashFile(path) });
    // Buffers are compared as wholes: a deep comparison of 4 MiB takes a minute.
    t.true(Buffer.from(again.image()).equals(flash.image()));
    t.true(readFileSync(path).subarray(0, again.size).equals(flash.image()));
    flash.close();
    again.close();
  }));

test("a simulator killed between checksum and block leaves a file that still opens", (t) =>
  inFolder((path) => {
    const flash = new NorFlash({ store: flashFile(path) });
    flash.write(0, bytes(1));
    const before = readFileSync(path);
    flash.write(1, bytes(2));
    flash.close();
    const after = readFileSync(path);
    // The new checksum is there, the new block is not.
    before.copy(after, 0, 0, blockLength);
    writeFileSync(path, after);
    t.deepEqual(new NorFlash({ store: flashFile(path) }).read(0, 2), bytes(1, 0xff));
  }));

const damages: Record<string, (path: string) => void> = {
  "is short": (path) => truncateSync(path, 1_000_000),
  "is empty": (path) => truncateSync(path, 0),
  "is long": (path) => appendFileSync(path, "x"),
  "has a changed byte": (path) => {
    const whole = readFileSync(path);
    whole[12_345]! ^= 0x10;
    writeFileSync(path, whole);
  },
  "has another end": (path) => {
    const whole = readFileSync(path);
    whole[whole.length - 1]! ^= 1;
    writeFileSync(path, whole);
  },
};

for (const [name, damage] of Object.entries(damages)) {
  test(`a flash file that ${name} is one clear error and is left alone`, (t) =>
    inFolder((path) => {
      const flash = new NorFlash({ store: flashFile(path) });
      flash.write(12_340, new Uint8Array(10));
      flash.close();
      t.notThrows(() => new NorFlash({ store: flashFile(path) }).close(), "sound before");
      damage(path);
      copyFileSync(path, `${path}.before`);
      const error = t.throws(() => new NorFlash({ store: flashFile(path) }), {
        instanceOf: FlashFileDamaged,
        message: /is damaged .*nothing was changed: restore it from a copy, or move it away/,
      });
      t.false(error.message.includes("\n"));
      t.true(readFileSync(path).equals(readFileSync(`${path}.before`)));
    }));
}
