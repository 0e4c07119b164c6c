/**
 * The plug is pulled at every flash operation of set-up, at a whole desk.
 *
 * During and after each one; with eight ways for each torn write, and before each one as well:
 * `npx ava test/set-up-cuts.long.test.ts --timeout=20m -- --sweep=full`
 */
import test from "ava";
import type { Cut, CutPhase } from "../host-sim/board/nor-flash.ts";
import { type Desk, openDesk } from "../host-sim/desk/desk.ts";
import { nodeEngine } from "../host-sim/engine/node-engine.ts";
import {
  claim,
  deskWith,
  flashOf,
  heard,
  hold,
  sabotaged,
  TimeLapse,
  tapMs,
} from "./desk-fixture.ts";

const clock = new TimeLapse();
let desk: Desk;
/** Flash of the unit that has never had an owner. */
let fresh: Uint8Array;

test.before(async () => {
  desk = await openDesk({ engine: nodeEngine, clock });
  await desk.unit.plug();
  fresh = desk.unit.flash.image();
  await claim(desk, clock);
  desk.unit.unplug();
  await desk.connectOwner();
});

test.after.always(async () => {
  await desk?.close();
  clock.stop();
});

interface Outcome {
  readonly operations: number;
  readonly violations: readonly string[];
  readonly became: "claimed" | "unclaimed" | undefined;
}

/** One set-up with the power cut at the given flash operation, counted from the press of the button. */
async function setUpWithCut(cut: Cut | undefined, firmware?: string): Promise<Outcome> {
  const violations: string[] = [];
  const at = deskWith(desk, flashOf(fresh), firmware === undefined ? {} : { firmware });
  const { unit } = at;
  unit.on("death", ({ death, detail }) => {
    if (death !== "power-cut") violations.push(`died: ${death} ${detail.split("\n")[0]}`);
  });
  try {
    await unit.plug();
    const before = unit.flash.operations;
    unit.flash.cutAt(cut && { ...cut, operation: before + cut.operation });
    const promised = await setUpOrCut(at);
    const operations = unit.flash.operations - before;
    if (cut && unit.state !== "off")
      return { operations, violations: ["not cut"], became: undefined };
    if (!cut) return { operations, violations, became: undefined };
    const became = await wake(at, violations);
    if (promised && became !== "claimed") violations.push("the owner was told that it is done");
    return { operations, violations, became };
  } catch (error) {
    violations.push((error as Error).message);
    return { operations: 0, violations, became: undefined };
  } finally {
    unit.unplug();
  }
}

/** Whether the owner's app was told that set-up is done. */
async function setUpOrCut(at: Desk): Promise<boolean> {
  const { unit } = at;
  const off = () => unit.state === "off";
  await hold(at, tapMs);
  await clock.until(() => off() || unit.listening().length > 0, "the set-up window opens");
  const promised = await at.setUp().then(
    () => true,
    (error) => {
      if (!off()) throw error;
      return false;
    },
  );
  await clock.until(() => off() || unit.listening().length === 0, "the set-up window closes");
  return promised;
}

/** Power is back: whose is it? Whichever it is, its owner must be able to use it. */
async function wake(at: Desk, violations: string[]): Promise<"claimed" | "unclaimed" | undefined> {
  const { unit } = at;
  let dials = 0;
  unit.on("dial", () => dials++);
  const online = heard(at, "connected");
  await unit.plug();
  if (unit.state !== "running") violations.push(`after the cut it is ${unit.state}`);
  await hold(at, tapMs);
  const open = () => unit.listening().length > 0;
  const answered = () => open() || unit.lamp;
  await clock.until(answered, "the button is answered", 5_000);
  const became = open() ? "unclaimed" : "claimed";
  if (open() && (unit.lamp || dials > 0)) violations.push("it is both claimed and unclaimed");
  if (open()) await at.setUp();
  await clock.until(online, `${became}, it reaches its broker`);
  const lamp = !unit.lamp;
  await desk.owner.command(desk.papers.id, "after-the-cut", { lamp });
  await clock.until(() => unit.lamp === lamp, "it obeys its owner");
  return became;
}

test.serial(
  "power cut at every flash operation of set-up: claimed or not, never between",
  async (t) => {
    const { operations } = await setUpWithCut(undefined);
    const full = process.argv.includes("--sweep=full");
    const phases: readonly CutPhase[] = full ? ["before", "during", "after"] : ["during", "after"];
    const found: string[] = [];
    const counts = { claimed: 0, unclaimed: 0 };
    let cuts = 0;
    for (let operation = 1; operation <= operations; operation++)
      for (const phase of phases)
        for (let seed = 0; seed < (full && phase === "during" ? 8 : 1); seed++) {
          const outcome = await setUpWithCut({ operation, phase, seed });
          const where = `${phase} operation ${operation}, seed ${seed}`;
          found.push(...outcome.violations.map((what) => `${where}: ${what}`));
          if (outcome.became) counts[outcome.became]++;
          cuts++;
        }
    t.log(`${operations} flash operations, ${cuts} cuts: ${JSON.stringify(counts)}`);
    t.log(`${found.length} violations`);
    t.deepEqual(found, []);
    t.true(counts.claimed > 0 && counts.unclaimed > 0, "cuts on both sides of the commitment");
  },
);

test.serial(
  "control: power cuts find a unit that counts as owned before its claim is stored",
  async (t) => {
    const firmware = await sabotaged({
      "device/unit.ts": [
        'gesture === "tap" && !this.claim',
        'gesture === "tap" && !this.parts.areas.owner()',
      ],
    });
    const { operations } = await setUpWithCut(undefined, firmware);
    const found: string[] = [];
    for (let operation = operations; operation > 0 && found.length === 0; operation--)
      found.push(...(await setUpWithCut({ operation, phase: "during" }, firmware)).violations);
    t.log(found.join("; "));
    t.true(found.length > 0);
  },
);
