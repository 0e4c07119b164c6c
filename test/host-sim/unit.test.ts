import test from "ava";
import { VirtualClock } from "../../host-sim/board/clock.ts";
import { NorFlash } from "../../host-sim/board/nor-flash.ts";
import { defaultHeapLimit, type Engine } from "../../host-sim/engine/engine.ts";
import { nodeEngine } from "../../host-sim/engine/node-engine.ts";
import { xsAvailable, xsEngine } from "../../host-sim/engine/xs-engine.ts";
import { bootDelayMs, longestBootDelayMs, soundLifeMs } from "../../host-sim/unit.ts";
import type { ObedientOrder } from "./firmware/obedient.ts";
import { next, subject } from "./unit-fixture.ts";

const available = xsAvailable();
const engines: Engine[] = available.ok ? [nodeEngine, xsEngine] : [nodeEngine];
if (!available.ok)
  test("the unit on XS: skipped", (t) => {
    t.log(available.reason);
    t.pass();
  });

for (const engine of engines) lifeOn(engine);

/** The same life on each engine. */
function lifeOn(engine: Engine): void {
  const on = (title: string) => `${engine.name}: ${title}`;
  const obedient = (order: ObedientOrder, options: Parameters<typeof subject>[2] = {}) =>
    subject("obedient", order, { engine, ...options });

  test(
    on("plugged it boots and lights its lamp; unplugged it is dark, and nothing runs"),
    async (t) => {
      const clock = new VirtualClock();
      const { unit, said, deaths } = await obedient({ onPress: "tick" }, { clock });
      const lamp: boolean[] = [];
      unit.on("lamp", (lit) => lamp.push(lit));
      t.is(unit.state, "off");
      await unit.plug();
      t.is(unit.state, "running");
      t.true(unit.lamp);
      t.deepEqual(said[0], {
        room: "test",
        event: "started",
        detail: { reason: "power-on", clean: true },
      });
      unit.press();
      await clock.advance(1500);
      unit.unplug();
      const heard = said.length;
      await clock.advance(60_000);
      t.is(said.length, heard);
      t.is(unit.state, "off");
      t.deepEqual(lamp, [true, false]);
      t.deepEqual(deaths, []);
    },
  );

  test(on("the button is seen when it changes, the lamp when it is written"), async (t) => {
    const clock = new VirtualClock();
    const { unit, said } = await obedient({ onPress: "report" }, { clock });
    await unit.plug();
    unit.climate.set({ temperature: 19.5, humidity: 0.4 });
    unit.press();
    unit.press();
    await clock.settle();
    t.true(unit.buttonDown);
    t.false(unit.lamp);
    unit.release();
    await clock.settle();
    const reports = said.filter(({ event }) => event === "report");
    t.is(reports.length, 1);
    const { partitions, ...figures } = reports[0]!.detail!;
    t.deepEqual(figures, {
      temperature: 19.5,
      humidity: 0.4,
      wall: Date.UTC(2026, 0, 1) / 1000,
      ticks: 0,
      random: 4,
    });
    t.regex(String(partitions), /factory system owner slot0 slot1/);
    unit.unplug();
  });

  test(on("the wall clock can be wrong or missing, ticks start anew with each life"), async (t) => {
    const clock = new VirtualClock();
    const { unit, said } = await obedient({ onPress: "report" }, { clock });
    await clock.advance(5_000);
    unit.wallOffsetMs = -86_400_000;
    await unit.plug();
    await clock.advance(7_000);
    unit.press();
    await clock.settle();
    unit.release();
    unit.wallOffsetMs = undefined;
    unit.press();
    await clock.settle();
    const reports = said.filter(({ event }) => event === "report").map(({ detail }) => detail!);
    t.is(reports[0]!.wall, (Date.UTC(2026, 0, 1) - 86_400_000 + 12_000) / 1000);
    t.is(reports[0]!.ticks, 7_000);
    t.is(reports[1]!.wall, "none");
    unit.unplug();
  });

  const deaths: [ObedientOrder["onPress"], reason: string, death: RegExp][] = [
    ["restart", "restart", /^restart /],
    ["throw", "exception", /^exception Error: ordered to/],
    ["throw in a timer", "exception", /^exception Error: late/],
    ["overflow", "stack-overflow", /^stack-overflow /],
    ["loop", "watchdog", /^watchdog /],
  ];

  for (const [onPress, reason, death] of deaths)
    test(on(`after "${onPress}" it boots again by itself and knows why: ${reason}`), async (t) => {
      const clock = new VirtualClock();
      const { unit, said, deaths } = await obedient(
        { onPress },
        { clock, watchdogMs: onPress === "loop" ? 100 : 10_000 },
      );
      await unit.plug();
      unit.press();
      await clock.advance(20);
      t.is(unit.state, "waiting");
      t.false(said.some(({ event }) => event === "done" && onPress !== "throw in a timer"));
      unit.release();
      await clock.advance(bootDelayMs);
      t.is(unit.state, "running");
      t.deepEqual(said.at(-1)?.detail, { reason, clean: true });
      t.is(deaths.length, 1);
      t.regex(deaths[0]!, death);
      unit.unplug();
    });

  test(on("a sagging supply is a brown-out"), async (t) => {
    const clock = new VirtualClock();
    const { unit, said } = await obedient({ onPress: "tick" }, { clock });
    await unit.plug();
    unit.brownOut();
    await clock.advance(bootDelayMs);
    t.deepEqual(said.at(-1)?.detail, { reason: "brown-out", clean: true });
    unit.unplug();
    unit.brownOut();
    t.is(unit.state, "off");
  });

  test(
    on("a reset is real: globals, prototypes and timers of the last life are gone"),
    async (t) => {
      const clock = new VirtualClock();
      const { unit, said } = await obedient({ onPress: "poison" }, { clock });
      await unit.plug();
      unit.press();
      await clock.advance(10_000);
      t.deepEqual(
        said.map(({ event, detail }) => [event, detail?.clean]),
        [
          ["started", true],
          ["started", true],
        ],
      );
      unit.unplug();
    },
  );

  test(
    on("a device that dies at every start waits longer each time, up to a ceiling"),
    async (t) => {
      const clock = new VirtualClock();
      const { unit, said } = await obedient({ onPress: "throw", atBoot: true }, { clock });
      const boots: number[] = [];
      unit.on("boot", () => boots.push(clock.now()));
      await unit.plug();
      await clock.advance(600_000);
      const waits = boots.slice(1).map((at, index) => at - boots[index]!);
      t.deepEqual(waits.slice(0, 4), [250, 500, 1000, 2000]);
      t.is(Math.max(...waits), longestBootDelayMs);
      t.true(boots.length < 20, `${boots.length} boots in ten minutes`);
      t.is(said.filter(({ event }) => event === "started").length, boots.length);
      unit.unplug();
    },
  );

  test(on("a death after a sound life is the first again"), async (t) => {
    const clock = new VirtualClock();
    const { unit } = await obedient({ onPress: "restart" }, { clock });
    await unit.plug();
    for (let death = 0; death < 5; death++) {
      await clock.advance(soundLifeMs);
      unit.press();
      unit.release();
      unit.press();
      await clock.settle();
      const state = next(unit, "boot");
      await clock.advance(bootDelayMs);
      await state;
      unit.release();
    }
    t.is(unit.state, "running");
    unit.unplug();
  });

  test(
    on("power cut at a flash operation: off at that byte, and the next plug boots"),
    async (t) => {
      const clock = new VirtualClock();
      for (const phase of ["before", "during", "after"] as const) {
        const { unit, flash, said, deaths } = await obedient({ onPress: "write" }, { clock });
        await unit.plug();
        flash.cutAt({ operation: flash.operations + 2, phase, seed: 3 });
        const cuts: unknown[] = [];
        unit.on("flash", ({ cut }) => cuts.push(cut));
        unit.press();
        await clock.settle();
        t.is(unit.state, "off");
        t.deepEqual(cuts, [undefined, phase]);
        t.regex(deaths[0]!, new RegExp(`^power-cut power cut ${phase} write`));
        t.false(said.some(({ event }) => event === "written" || event === "done"));
        unit.release();
        await clock.advance(100_000);
        t.is(unit.state, "off", "nobody plugged it in");
        await unit.plug();
        t.deepEqual(said.at(-1)?.detail, { reason: "power-on", clean: true });
        unit.press();
        await clock.settle();
        t.true(said.some(({ event }) => event === "written"));
        unit.unplug();
      }
    },
  );

  test(on("unplugged inside its own flash write, it does not finish the next one"), async (t) => {
    const clock = new VirtualClock();
    const { unit, flash, said } = await obedient({ onPress: "write" }, { clock });
    await unit.plug();
    const before = flash.operations;
    unit.once("flash", () => unit.unplug());
    unit.press();
    await clock.settle();
    t.is(flash.operations, before + 1);
    t.false(said.some(({ event }) => event === "written"));
  });

  test(on("plug, unplug, plug in one breath: one life, and only one"), async (t) => {
    const clock = new VirtualClock();
    const { unit, said } = await obedient({ onPress: "report" }, { clock });
    const plugged = unit.plug();
    unit.unplug();
    const again = unit.plug();
    await Promise.all([plugged, again]);
    t.is(unit.state, "running");
    t.is(said.length, 1);
    unit.unplug();
  });

  test(on("without a valid image it stays dark and says so"), async (t) => {
    const clock = new VirtualClock();
    const { unit, flash, said } = await obedient({ onPress: "report" }, { clock });
    flash.eraseBlock(0x20000 / 4096);
    await unit.plug();
    t.is(unit.state, "no-image");
    await clock.advance(60_000);
    t.is(unit.state, "no-image");
    t.deepEqual(said, []);
    unit.unplug();
    t.is(unit.state, "off");
  });

  test(
    on("a bundle that cannot be loaded is a boot loop that is bounded and visible"),
    async (t) => {
      const clock = new VirtualClock();
      const flash = new NorFlash();
      const { unit, deaths } = await obedient({ onPress: "report" }, { clock, flash });
      const { writeSlot } = await import("../../host-sim/bootloader/image.ts");
      const { boardPartitions } = await import("../../host-sim/board/partitions.ts");
      writeSlot(flash, boardPartitions(), 0, "throw new Error('built wrong')");
      await unit.plug();
      await clock.advance(10_000);
      t.true(deaths.length > 3 && deaths.length < 10);
      t.regex(deaths[0]!, /built wrong/);
      unit.unplug();
    },
  );
}

if (available.ok)
  test("xs: memory that is full is a reset, and the heap says how much there is", async (t) => {
    const clock = new VirtualClock();
    const { unit, said, deaths } = await subject(
      "obedient",
      { onPress: "hoard" } satisfies ObedientOrder,
      { engine: xsEngine, clock },
    );
    t.is((await unit.heap()).limit, 0, "no power, no heap");
    await unit.plug();
    const heap = await unit.heap();
    t.is(heap.limit, defaultHeapLimit);
    t.true(heap.slotsPeak > 0 && heap.slotsPeak + heap.chunksPeak < heap.limit);
    unit.press();
    await clock.settle();
    t.regex(deaths[0] ?? "", /^memory-full /);
    unit.release();
    await clock.advance(bootDelayMs);
    t.deepEqual(said.at(-1)?.detail, { reason: "memory-full", clean: true });
    unit.unplug();
  });

// Serial, because it takes the process's handlers away for a moment.
test.serial("a listener of the desk that throws is the desk's bug, not the device's", async (t) => {
  const clock = new VirtualClock();
  const { unit, deaths } = await subject(
    "obedient",
    { onPress: "report" } satisfies ObedientOrder,
    { clock },
  );
  await unit.plug();
  const thrown = new Promise((resolve) => process.once("uncaughtException", resolve));
  const others = process.listeners("uncaughtException").slice(0, -1);
  for (const other of others) process.off("uncaughtException", other);
  unit.once("lamp", () => {
    throw new Error("the page has a bug");
  });
  unit.press();
  await clock.settle();
  t.is(((await thrown) as Error).message, "the page has a bug");
  for (const other of others) process.on("uncaughtException", other);
  t.deepEqual(deaths, []);
  t.is(unit.state, "running");
  unit.unplug();
});
