/** One file says what memory JavaScript has on the chip: the boards and the simulator must agree with it. */
import { readFileSync } from "node:fs";
import test from "ava";
import { creation, creationApart, heapBytes } from "../../device/platform/memory.ts";
import { defaultHeapLimit, stackSlots } from "../../host-sim/engine/engine.ts";

function manifestOf(board: string): { creation: object } {
  const url = new URL(`../../device/platform/boards/${board}/manifest.json`, import.meta.url);
  return JSON.parse(readFileSync(url, "utf8"));
}

for (const board of ["esp32c3", "esp32c3-emulated"])
  test(`${board}: the manifest asks for what the budget says`, (t) => {
    t.deepEqual(manifestOf(board).creation, creation);
  });

test("esp32: the manifest asks for what the budget says", (t) => {
  t.deepEqual(manifestOf("esp32").creation, creationApart);
});

test("slots and chunks have the block but for the stack", (t) => {
  t.is(heapBytes, 141_312);
});

test("the simulator's stack and limit are the chip's", (t) => {
  t.is(stackSlots, creation.stack);
  t.is(defaultHeapLimit, heapBytes);
});
