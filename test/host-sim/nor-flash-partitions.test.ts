import test from "ava";
import { flashCalls } from "../../host-sim/board/flash-calls.ts";
import { blockLength, NorFlash } from "../../host-sim/board/nor-flash.ts";
import {
  boardPartitions,
  parsePartitions,
  partition,
  programPartition,
} from "../../host-sim/board/partitions.ts";

test("the shipped table has the three areas and two equal slots", (t) => {
  const table = boardPartitions();
  const sizeOf = (name: string) => partition(table, name).size;
  t.deepEqual(
    ["factory", "system", "owner"].map((name) => sizeOf(name)),
    [0x4000, 0x6000, 0x6000],
  );
  t.is(sizeOf("slot0"), sizeOf("slot1"));
  t.throws(() => partition(table, "nothing"), { message: /no "nothing"/ });
});

test("sizes may be decimal, hexadecimal or with a unit", (t) => {
  const [a, b, c] = parsePartitions(
    "a,data,1,4096,4K\nb,data,1,0x2000,8192\n\nc,app,1,1M,0x1000 # c",
  );
  t.deepEqual([a?.size, b?.size, c?.offset], [4096, 8192, 1024 * 1024]);
});

const bad: Record<string, [csv: string, message: RegExp]> = {
  overlap: ["a,data,1,0,8K\nb,data,1,4K,4K", /line 2: "b" overlaps "a"/],
  twice: ["a,data,1,0,4K\na,data,1,4K,4K", /line 2: "a" appears twice/],
  misaligned: ["a,data,1,0x10,4K", /line 1: offset is not aligned/],
  "without a size": ["a,data,1,0", /size is not aligned/],
  "behind the flash": ["a,data,1,3M,2M", /ends behind the flash/],
  "of an unknown type": ["a,code,1,0,4K", /neither data nor app/],
};

for (const [name, [csv, message]] of Object.entries(bad))
  test(`a table ${name} is refused with its line`, (t) =>
    void t.throws(() => parsePartitions(csv), { message }));

function board(inFactory = false) {
  const flash = new NorFlash();
  const partitions = boardPartitions();
  return { flash, calls: flashCalls({ flash, partitions, inFactory, running: "slot0" }) };
}

test("ECMA-419 flash: a partition is read, written and erased by its own offsets and blocks", (t) => {
  const { flash, calls } = board();
  t.deepEqual(calls["flash.open"]({ id: 1, path: "owner", mode: "r+" }, undefined), {
    size: 0x6000,
    blockLength,
    blocks: 6,
  });
  calls["flash.write"]({ id: 1, offset: 4100 }, new Uint8Array([7]));
  t.is(flash.read(0x1a000 + 4100, 1)[0], 7);
  t.deepEqual(
    calls["flash.read"]({ id: 1, length: 2, offset: 4100 }, undefined),
    new Uint8Array([7, 0xff]),
  );
  calls["flash.erase"]({ id: 1, start: 1, end: 2 }, undefined);
  t.is(flash.read(0x1a000 + 4100, 1)[0], 0xff);
});

test("a partition's end is the end, for reading, writing and erasing", (t) => {
  const { flash, calls } = board();
  calls["flash.open"]({ id: 1, path: "system", mode: "r+" }, undefined);
  const over = { message: /ends behind the partition/ };
  t.throws(() => calls["flash.read"]({ id: 1, length: 2, offset: 0x5fff }, undefined), over);
  t.throws(() => calls["flash.write"]({ id: 1, offset: 0x6000 }, new Uint8Array(1)), over);
  t.throws(() => calls["flash.erase"]({ id: 1, start: 5, end: 7 }, undefined), over);
  t.throws(() => calls["flash.read"]({ id: 1, length: 1, offset: -1 }, undefined));
  t.is(flash.operations, 0);
});

test("the factory partition cannot be written in the field, in the factory it can", (t) => {
  const field = board().calls;
  t.throws(() => field["flash.open"]({ id: 1, path: "factory", mode: "r+" }, undefined), {
    message: /read-only outside the factory/,
  });
  field["flash.open"]({ id: 2, path: "factory", mode: "r" }, undefined);
  t.throws(() => field["flash.write"]({ id: 2, offset: 0 }, new Uint8Array(1)), {
    message: /open for reading only/,
  });
  t.throws(() => field["flash.erase"]({ id: 2, start: 0, end: 1 }, undefined), {
    message: /open for reading only/,
  });
  const station = board(true).calls;
  t.notThrows(() => station["flash.open"]({ id: 1, path: "factory", mode: "r+" }, undefined));
});

test("a closed partition is closed", (t) => {
  const { calls } = board();
  calls["flash.open"]({ id: 1, path: "owner", mode: "r" }, undefined);
  calls["flash.close"]({ id: 1 }, undefined);
  t.throws(() => calls["flash.read"]({ id: 1, length: 1, offset: 0 }, undefined), {
    message: /is closed/,
  });
});

test("programming replaces a partition and leaves its neighbours", (t) => {
  const flash = new NorFlash();
  const { offset, size, ...rest } = partition(boardPartitions(), "system");
  flash.write(offset - 1, new Uint8Array([1]));
  flash.write(offset + size, new Uint8Array([2]));
  flash.write(offset + size - 1, new Uint8Array([3]));
  programPartition(flash, { ...rest, offset, size }, new Uint8Array(5000).fill(9));
  t.deepEqual(flash.read(offset, 5000), new Uint8Array(5000).fill(9));
  t.is(flash.read(offset + size - 1, 1)[0], 0xff);
  t.is(flash.read(offset - 1, 1)[0], 1);
  t.is(flash.read(offset + size, 1)[0], 2);
  t.throws(() => programPartition(flash, { ...rest, offset, size: 4096 }, new Uint8Array(4097)));
});

test("no firmware writes over itself: the running slot opens for reading only", (t) => {
  const { calls } = board();
  t.throws(() => calls["flash.open"]({ id: 1, path: "slot0", mode: "r+" }, undefined), {
    message: /holds the running image/,
  });
  t.notThrows(() => calls["flash.open"]({ id: 2, path: "slot0", mode: "r" }, undefined));
  t.notThrows(() => calls["flash.open"]({ id: 3, path: "slot1", mode: "r+" }, undefined));
});
