/**
 * Power cuts through a whole update, on both engines, and guards taken out to see the sweep notice. A
 * few of the cuts: `npm run sweep` makes all of them.
 */
import test from "ava";
import { blockLength } from "../../host-sim/board/nor-flash.ts";
import type { Engine } from "../../host-sim/engine/engine.ts";
import { nodeEngine } from "../../host-sim/engine/node-engine.ts";
import { xsAvailable, xsEngine } from "../../host-sim/engine/xs-engine.ts";
import { type BrokenFirmware, broken } from "../../host-sim/runtime/variants.ts";
import { inspect } from "../../host-sim/sweep/inspect.ts";
import { issueOneUnit } from "../../host-sim/sweep/scenarios.ts";
import { type SweepOptions, sweep } from "../../host-sim/sweep/sweep-run.ts";
import {
  type Sabotage,
  type UpdateStory,
  updateScenario,
} from "../../host-sim/sweep/update-scenarios.ts";
import {
  type WholeSabotage,
  type WholeStory,
  wholeScenario,
  wholeStories,
} from "../../host-sim/sweep/whole-scenarios.ts";

const identityImage = issueOneUnit().then((unit) => unit.identityImage);
const quick = { doubleCuts: 0, seed: 1 };

async function swept(
  engine: Engine,
  story: UpdateStory,
  options: Partial<SweepOptions> = {},
  sabotage: Sabotage = {},
) {
  const scenario = await updateScenario(
    { engine, identityImage: await identityImage },
    story,
    sabotage,
  );
  return sweep(scenario, { ...quick, ...options });
}

const available = xsAvailable();
const engines: Engine[] = available.ok ? [nodeEngine, xsEngine] : [nodeEngine];
if (!available.ok) test.skip(`sweeps on XS: ${available.reason}`, () => {});

/** A whole update with the device's real client; `npm run sweep` cuts it everywhere. */
async function sweptWhole(
  engine: Engine,
  story: WholeStory,
  options: Partial<SweepOptions>,
  sabotage: WholeSabotage = {},
) {
  const world = { engine, identityImage: await identityImage };
  return sweep(await wholeScenario(world, story, sabotage), { ...quick, ...options });
}

for (const engine of engines) {
  const every = engine.name === "xs" ? 250 : 60;

  for (const story of engine.name === "xs" ? wholeStories.slice(0, 2) : wholeStories)
    test(`${engine.name}: bricked by power loss (mcuboot 1588, 1966): ${story}, survives every cut that was tried`, async (t) => {
      const figures = await sweptWhole(engine, story, { every, jobs: 2 });
      t.deepEqual(figures.violations, []);
      t.true(figures.operations > 150);
      t.is(figures.cutPoints, 3 * Math.ceil(figures.operations / every));
    });

  test(`${engine.name}: the steps that decide, from the last block to the confirmation, are cut one by one`, async (t) => {
    const last = engine.name === "xs" ? 1 : 6;
    const { violations } = await swept(engine, "install into the first slot", { last, jobs: 2 });
    t.deepEqual(violations, []);
  });
}

for (const story of Object.keys(broken) as BrokenFirmware[])
  test(`an image that ${story} is given up, and nothing is lost`, async (t) => {
    const world = { engine: nodeEngine, identityImage: await identityImage };
    const scenario = await updateScenario(world, story);
    const flash = scenario.flash.clone();
    t.is(await scenario.live(flash), "done");
    t.deepEqual(scenario.faults(flash, true), []);
    t.is(inspect(flash).slots.floor, 0);
  });

test("negative control: a client that forgets the new root is found", async (t) => {
  const forgetful: WholeSabotage = {
    first: {
      "device/update/update.ts": [
        "onTrusted: (next) => system.write(stateKey, encodeState(next)),",
        "onTrusted: () => {},",
      ],
    },
  };
  const story = "whole image, root rotated";
  const { violations } = await sweptWhole(nodeEngine, story, { last: 1 }, forgetful);
  t.regex(violations.map(({ what }) => what).join(), /root 1 is trusted, not 3/);
});

test("negative control: a delta whose note is lost is found", async (t) => {
  const lost: WholeSabotage = {
    first: {
      "device/update/delta.ts": [
        "    if (note.length !== noteLength) return false;",
        "    if (note.length >= 0) return false;",
      ],
    },
  };
  // After the first checkpoint; the host has no whole image to fall back on.
  const { violations } = await sweptWhole(
    nodeEngine,
    "delta, root rotated",
    { every: 90, last: 100 },
    lost,
  );
  t.regex(violations.map(({ what }) => what).join(), /never completed/);
});

test("a rollback that is cut short is finished at the next start", async (t) => {
  const { violations } = await swept(nodeEngine, "has a broken sensor", { last: 10 });
  t.deepEqual(violations, []);
});

test("an update really replaces the bundle that runs: the new version says so itself", async (t) => {
  const scenario = await updateScenario(
    { engine: nodeEngine, identityImage: await identityImage },
    "install",
  );
  const flash = scenario.flash.clone();
  const before = inspect(flash);
  t.is(await scenario.live(flash), "done");
  const after = inspect(flash);
  t.not(after.boots, before.boots);
  t.is(after.slots.floor, 2);
  const journal = [...after.system].filter(([key]) => key.startsWith("journal"));
  const entries = journal.map(([, hex]) => Buffer.from(hex, "hex").toString());
  t.true(entries.some((entry) => entry.includes("update-confirmed") && entry.includes("1.2.0")));
});

test("negative control: a sweep of an image that confirms itself too early is red", async (t) => {
  const hasty: Sabotage = {
    next: {
      "device/update/self-check.ts": [
        '  if (!health.storage) return "storage";',
        '  if (livedMs >= 0) return "confirm";',
      ],
    },
  };
  const { violations } = await swept(nodeEngine, "has a broken sensor", { every: 4 }, hasty);
  t.regex(
    violations.map(({ what }) => what).join(),
    /a bad image raised the floor|never completed/,
  );
});

test("negative control: a floor that is raised before the image is kept is found", async (t) => {
  const early: Sabotage = {
    next: {
      "device/update/slots.ts": [
        "    this.board.slots.confirm();\n    this.save(confirmed(this.record));",
        "    this.save(confirmed(this.record));\n    this.board.slots.confirm();",
      ],
    },
  };
  const { violations } = await swept(nodeEngine, "install", { last: 12 }, early);
  t.regex(
    violations.map(({ what }) => what).join(),
    /the floor is 2 and 1\.1\.0 is what is confirmed/,
  );
});

test("negative control: a floor that is never raised is found", async (t) => {
  const never: Sabotage = {
    next: { "device/update/boot.ts": ["Math.max(floor, trial?.counter ?? 0)", "floor"] },
  };
  const { violations } = await swept(nodeEngine, "install", { last: 3 }, never);
  t.true(violations.length > 0);
});

test("negative control: firmware that opens the slot it runs from gets nowhere, and harms nothing", async (t) => {
  const reckless: Sabotage = {
    first: {
      "device/update/slots.ts": ["const { spare } = slots;", "const spare = slots.running;"],
    },
  };
  const world = { engine: nodeEngine, identityImage: await identityImage };
  const scenario = await updateScenario(world, "install", reckless);
  const flash = scenario.flash.clone();
  const writes: number[] = [];
  flash.observe(({ offset }) => writes.push(offset));
  t.is(await scenario.live(flash), "stuck");
  t.true(
    writes.every((offset) => offset < 0x20000),
    `${writes.length} writes below the slots`,
  );
  t.is(inspect(flash).boots, inspect(scenario.flash).boots);
  t.is(flash.size % blockLength, 0);
});

test("negative control: without a journal of progress a cut costs the whole download", async (t) => {
  const operationsAfterCut = async (sabotage: Sabotage) => {
    const world = { engine: nodeEngine, identityImage: await identityImage };
    const scenario = await updateScenario(world, "install", sabotage);
    const flash = scenario.flash.clone();
    flash.cutAt({ operation: 90, phase: "during", seed: 2 });
    t.is(await scenario.live(flash), "cut");
    const before = flash.operations;
    t.is(await scenario.live(flash), "done");
    return flash.operations - before;
  };
  const resumed = await operationsAfterCut({});
  const anew = await operationsAfterCut({
    first: {
      "device/update/spare-writer.ts": [
        "    const left = this.readProgress();",
        "    const left = undefined as ReturnType<typeof this.readProgress>;",
      ],
    },
  });
  t.true(resumed + 40 <= anew, `${resumed} operations after resuming, ${anew} from the start`);
});
