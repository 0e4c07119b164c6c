import test from "ava";
import { flashCells } from "../../host-sim/panel/client/flash-cells.ts";
import { operationInWords, sizeInWords, standing } from "../../host-sim/panel/client/words.ts";
import { guidelines } from "../../host-sim/panel/guidelines.ts";
import { applyEvent, greyLights, kept } from "../../host-sim/panel/reduce.ts";
import type { DeskEvent, DeskView, FlashOperation } from "../../host-sim/panel/view.ts";
import { openViewStore } from "../../host-sim/panel/view-store.ts";
import { fakeDesk } from "./fake-desk.ts";

const fresh = (): DeskView => fakeDesk().view();

/** An argument that is changed in place throws. */
function frozen<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null) {
    Object.values(value).forEach(frozen);
    Object.freeze(value);
  }
  return value;
}

const entry = (id: number) =>
  ({ id, atMs: id, part: "device", text: `entry ${id}`, tone: "plain" }) as const;

test("thirteen grey lights, in order, each with a promise", (t) => {
  const lights = greyLights();
  t.deepEqual(
    lights.map(({ guideline }) => guideline),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13],
  );
  t.true(lights.every(({ state }) => state === "grey"));
  t.true(guidelines.every(({ promise }) => /^[A-Z].*\.$/.test(promise)));
});

test("every event leaves the view before it unchanged", (t) => {
  const view = frozen(fresh());
  const events: DeskEvent[] = [
    { type: "view", view },
    { type: "set", parts: { label: { covered: true } } },
    { type: "light", light: { ...view.lights[0]!, state: "green" } },
    { type: "attack", attack: { ...view.attacks[0]!, running: true } },
    { type: "timeline", entry: entry(1) },
    { type: "timeline-cleared" },
    {
      type: "report",
      report: { atMs: 1, climate: { temperature: 21, humidity: 40 }, lamp: false },
    },
    { type: "flash", operation: { atMs: 1, kind: "erase", offset: 0, length: 4096 } },
  ];
  for (const event of events) t.notThrows(() => applyEvent(view, frozen(event)), event.type);
});

test("a light replaces its own guideline only", (t) => {
  const view = fresh();
  const light = { ...view.lights[4]!, state: "red" as const };
  const { lights } = applyEvent(view, { type: "light", light });
  t.deepEqual(
    lights.filter(({ state }) => state !== "grey").map(({ guideline }) => guideline),
    [5],
  );
  t.is(lights.length, 13);
});

test("entries come newest first, once each, and only so many", (t) => {
  let view = fresh();
  for (let id = 1; id <= kept.timeline + 20; id++)
    view = applyEvent(view, { type: "timeline", entry: entry(id) });
  view = applyEvent(view, { type: "timeline", entry: entry(kept.timeline) });
  t.is(view.timeline.length, kept.timeline);
  t.is(view.timeline[0]?.id, kept.timeline + 20);
  t.is(new Set(view.timeline.map(({ id }) => id)).size, kept.timeline);
});

test("a covered label leaves no picture or password in the view", (t) => {
  const view = applyEvent(fresh(), { type: "set", parts: { label: { covered: true } } });
  t.deepEqual(view.label, { covered: true });
});

test("the store folds before it tells, and stops telling when asked", (t) => {
  const store = openViewStore(fresh());
  const seen: number[] = [];
  const stop = store.subscribe(() => seen.push(store.view().timeline.length));
  store.emit({ type: "timeline", entry: entry(1) });
  stop();
  store.emit({ type: "timeline", entry: entry(2) });
  t.deepEqual(seen, [1]);
  t.is(store.view().timeline.length, 2);
});

const touchedCells = (operation: Omit<FlashOperation, "atMs">) => {
  const { flash } = fresh();
  const operations = [{ ...operation, atMs: 1 }];
  return flashCells({ ...flash, operations }).flatMap(({ name, cells }) =>
    cells.flatMap((cell, index) => (cell.touched === 0 ? [`${name} ${index}`] : [])),
  );
};

test("a write lights the blocks it lies in and no others", (t) => {
  t.deepEqual(touchedCells({ kind: "write", offset: 0x14000, length: 1 }), ["system 0"]);
  t.deepEqual(touchedCells({ kind: "write", offset: 0x14fff, length: 1 }), ["system 0"]);
  t.deepEqual(touchedCells({ kind: "write", offset: 0x14fff, length: 2 }), [
    "system 0",
    "system 1",
  ]);
  t.deepEqual(touchedCells({ kind: "erase", offset: 0x19000, length: 0x2000 }), [
    "system 5",
    "owner 0",
  ]);
  t.deepEqual(touchedCells({ kind: "write", offset: 0x1000, length: 64 }), []);
});

test("a large partition is drawn in few cells that cover all of it", (t) => {
  const slot = flashCells(fresh().flash).find(({ name }) => name === "slot1")!;
  t.true(slot.cells.length <= 62);
  const last = slot.cells.at(-1)!;
  t.true(last.offset + last.size >= slot.offset + slot.size);
});

test("sizes and operations in words", (t) => {
  t.deepEqual([1, 96, 1024, 1536, 24_576, 0x1f0000, 0x400000].map(sizeInWords), [
    "1 byte",
    "96 bytes",
    "1 kB",
    "1.5 kB",
    "24 kB",
    "1.9 MB",
    "4 MB",
  ]);
  const { partitions } = fresh().flash;
  const write = { atMs: 1, kind: "write", offset: 0x15020, length: 96 } as const;
  t.is(operationInWords(write, partitions), "Wrote 96 bytes to system at 0x015020");
  t.is(
    operationInWords({ ...write, cut: "during" }, partitions),
    "Wrote 96 bytes to system at 0x015020; power was cut during it",
  );
});

test("there is always a next step to read", (t) => {
  const { unit, owner } = fresh();
  const powered = { ...unit, powered: true };
  t.regex(standing(unit, owner).next, /Plug it in/);
  t.regex(standing(powered, owner).next, /Press its button/);
  t.regex(standing({ ...powered, life: "set-up" }, owner).next, /password/);
  const claimed = { ...powered, life: "claimed" } as const;
  t.regex(standing({ ...claimed, connected: true }, owner).now, /Connected/);
  t.regex(standing({ ...claimed, cable: false }, owner).next, /cable/);
});
