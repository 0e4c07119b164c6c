/**
 * Virtual days of mixed faults (EN 303 645 5.9-1, 5.9-2): one to three at a time, then a quiet in which
 * the unit must come back into service by itself. The same seed brings the same faults.
 */

import { linkLimits } from "../../device/link/link-limits.ts";
import { loopLength, soundMs, stayMs } from "../../device/storage/restart-loop.ts";
import { anomalyRules } from "../../device/telemetry/anomaly.ts";
import { pick } from "../board/entropy.ts";
import type { Engine } from "../engine/engine.ts";
import { inspect } from "../sweep/inspect.ts";
import {
  type Cost,
  type Fault,
  faults,
  heapPressure,
  longestFaultMs,
  shortestFaultMs,
  someTime,
  watchMode,
} from "./faults.ts";
import { Invariants } from "./invariants.ts";
import { openWorld, spreadS, type World } from "./world.ts";

export interface RunOptions {
  readonly engine: Engine;
  readonly days: number;
  readonly seed: number;
  readonly firmware?: string;
  /** Only faults whose names contain this, or one of these, divided by commas. */
  readonly only?: string;
  readonly onDay?: (day: number) => void;
}

export interface RunFigures {
  readonly engine: Engine["name"];
  readonly days: number;
  readonly seed: number;
  readonly only: string | undefined;
  readonly seconds: number;
  /** How often each fault was brought about. */
  readonly faults: Readonly<Record<string, number>>;
  readonly episodes: number;
  readonly boots: number;
  readonly deaths: number;
  readonly safeModes: number;
  /** Messages that the broker took. */
  readonly messages: number;
  readonly mostBurstBytes: number;
  readonly mostErasesOfABlock: number;
  /** From the end of an episode until the unit was back in service, s. */
  readonly longestReturnS: number;
  readonly violations: readonly string[];
}

const dayMs = 86_400_000;
const stepMs = 1_000;
/** Dial, Wi-Fi and its retries, the longest wait, the spread, and a margin for a dial that failed meanwhile. */
const usualReturnMs =
  2 * linkLimits.connectMs + 60_000 + 2 * linkLimits.backoff.capMs + spreadS * 1_000;

/** After nonsense the unit lets its broker be for so long (`telemetry/anomaly.ts`). */
const heldOffMs =
  2 * Math.max(...anomalyRules.map((rule) => (rule.response === "hang-up" ? rule.lastsMs : 0)));
/** By how long they may take. */
const costs: readonly Cost[] = ["none", "odd", "refused", "loop"];

export async function run(options: RunOptions): Promise<RunFigures> {
  const started = performance.now();
  const world = await openWorld(options);
  const { clock, unit } = world;
  const known = options.engine.name === "xs" ? [...faults, heapPressure] : faults;
  const list = known.filter(({ name }) => isWanted(name, options.only));
  const counts: Record<string, number> = {};
  const invariants = new Invariants(world);
  watchMode(world);
  let episodes = 0;
  let longestReturnMs = 0;
  try {
    await unit.plug();
    longestReturnMs = await backInService(world, invariants, "none");
    let day = 0;
    while (clock.now() < options.days * dayMs && invariants.violations.length === 0) {
      episodes++;
      const cost = await episode(world, invariants, list, counts);
      longestReturnMs = Math.max(longestReturnMs, await backInService(world, invariants, cost));
      invariants.checkFlash();
      invariants.checkWear(clock.now() / dayMs);
      await pass(world, invariants, someTime(world, 60_000, 4 * 3_600_000));
      if (Math.floor(clock.now() / dayMs) > day) options.onDay?.(++day);
    }
  } finally {
    world.close();
  }
  const { figures, mostErases, violations } = invariants;
  return {
    engine: options.engine.name,
    days: options.days,
    seed: options.seed,
    only: options.only,
    seconds: Math.round((performance.now() - started) / 100) / 10,
    faults: counts,
    episodes,
    ...figures,
    mostErasesOfABlock: mostErases,
    longestReturnS: Math.round(longestReturnMs / 1_000),
    violations: violations.map(({ atMs, what }) => `${clockTime(atMs)} ${what}`),
  };
}

const isWanted = (name: string, only = "") => only.split(",").some((part) => name.includes(part));

/** The command that brings the same faults again. */
export function replay({ engine, days, seed, only }: RunFigures): string {
  const part = only === undefined ? "" : ` --only "${only}"`;
  return `npm run faults -- --days ${Math.ceil(days)} --seed ${seed} --engine ${engine}${part}`;
}

/** One to three faults that begin and end as they like. */
async function episode(
  world: World,
  invariants: Invariants,
  list: readonly Fault[],
  counts: Record<string, number>,
): Promise<Cost> {
  const { random, unit, clock } = world;
  const open: { readonly fault: Fault; readonly end: () => void | Promise<void> }[] = [];
  let cost: Cost = "none";
  for (let count = 1 + pick(random, 3); count > 0; count--) {
    const fault = list[pick(random, list.length)] as Fault;
    if (fault.rare && list.length > 1 && pick(random, 8) > 0) continue;
    // One of a kind at a time: two that set the same thing would undo each other.
    if (open.some((other) => other.fault.kind === fault.kind)) continue;
    counts[fault.name] = (counts[fault.name] ?? 0) + 1;
    if (costs.indexOf(fault.cost) > costs.indexOf(cost)) cost = fault.cost;
    if (fault.cost === "odd" || fault.cost === "loop") invariants.attacked();
    if (fault.kind === "power" || fault.kind === "memory") invariants.expected.deaths = true;
    open.push({ fault, end: await fault.begin(world) });
    await pass(world, invariants, someTime(world, shortestFaultMs, longestFaultMs / 4));
    if (pick(random, 3) === 0) await tryButton(world, invariants);
  }
  for (const { end } of open) {
    await pass(world, invariants, someTime(world, shortestFaultMs, longestFaultMs / 4));
    await end();
  }
  if (unit.state === "off") await unit.plug();
  await clock.settle();
  return cost;
}

/** Lets time pass; in between, what must always hold is looked at. */
async function pass(world: World, invariants: Invariants, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 600_000) {
    await world.clock.advance(Math.min(left, 600_000));
    invariants.checkQuiet();
  }
}

/** Local function: the button moves the lamp, whatever the network does (5.9-2). */
async function tryButton(world: World, invariants: Invariants): Promise<void> {
  const { unit, clock } = world;
  if (unit.state !== "running" || unit.buttonDown || inSafeMode(world)) return;
  const boots = invariants.figures.boots;
  const before = unit.lamp;
  unit.press();
  await clock.advance(150);
  unit.release();
  await clock.advance(50);
  if (invariants.figures.boots === boots && unit.state === "running" && unit.lamp === before)
    invariants.fail("the button did not move the lamp");
}

const badLives = ({ flash }: World) =>
  Number.parseInt(inspect(flash).system.get("restart-loop") ?? "0", 16);

const inSafeMode = (world: World) => badLives(world) >= loopLength;

/** Waits until the unit obeys its owner again; how long that took, ms. */
async function backInService(world: World, invariants: Invariants, cost: Cost): Promise<number> {
  const { clock, unit } = world;
  const since = clock.now();
  const lives = badLives(world);
  const loopMs = cost === "loop" || lives > 0 ? stayMs(lives) + soundMs : 0;
  const refusedMs =
    cost === "none" ? 0 : cost === "odd" ? heldOffMs : linkLimits.refusedBackoff.capMs;
  const boundMs = usualReturnMs + loopMs + refusedMs;
  while (clock.now() - since < boundMs) {
    await clock.advance(stepMs);
    if (await obeys(world)) {
      invariants.expected.deaths = false;
      invariants.checkQuiet();
      return clock.now() - since;
    }
  }
  invariants.fail(
    `not back in service after ${Math.round(boundMs / 1_000)} s; it is ${unit.state}`,
  );
  return boundMs;
}

/** A command of the owner's moves the lamp. */
async function obeys({ broker, unit, clock }: World): Promise<boolean> {
  if (!broker.online) return false;
  const lamp = !unit.lamp;
  const text = JSON.stringify({ v: 1, id: `c${clock.now()}`, set: { lamp } });
  broker.command(Buffer.from(text));
  await clock.advance(200);
  return unit.lamp === lamp;
}

function clockTime(atMs: number): string {
  const minutes = Math.floor(atMs / 60_000);
  const two = (value: number) => String(value).padStart(2, "0");
  return `day ${Math.floor(minutes / 1_440)} ${two(Math.floor(minutes / 60) % 24)}:${two(minutes % 60)}`;
}
