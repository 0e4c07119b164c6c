/**
 * Power cut at every flash operation of a scenario: a first run counts them, then the scenario is
 * run again for each operation and phase, and goes on after the cut until it is complete. Whatever
 * the flash then holds is judged after each cut and at the end.
 */

import { pick, seededEntropy } from "../board/entropy.ts";
import type { Cut, CutPhase, NorFlash } from "../board/nor-flash.ts";

/** done: the scenario is complete · cut: power went · stuck: neither, for as long as it may take. */
export type Ending = "done" | "cut" | "stuck";

export interface Scenario {
  readonly name: string;
  /** A chip as it is before the scenario. Each life gets a clone. */
  readonly flash: NorFlash;
  /**
   * One plug of the unit, until its scenario is complete or power goes. Gives power back first, and
   * takes it away in the end.
   */
  live(flash: NorFlash): Promise<Ending>;
  /** What is wrong with a chip without power, in words; `done` when its scenario is complete. */
  faults(flash: NorFlash, done: boolean): string[];
}

export interface Violation {
  readonly scenario: string;
  readonly cuts: readonly Cut[];
  readonly what: string;
}

export interface SweepFigures {
  readonly scenario: string;
  /** Flash operations of one whole run. */
  readonly operations: number;
  /** Single cuts: operations times phases. */
  readonly cutPoints: number;
  readonly doubleCuts: number;
  readonly seconds: number;
  readonly cutPointsPerSecond: number;
  readonly violations: readonly Violation[];
}

export interface SweepOptions {
  /** Random pairs of cuts. */
  readonly doubleCuts: number;
  readonly seed: number;
  /** Every so many operations only, for a quick look; 1 is all. */
  readonly every?: number;
  /** The last so many operations only; all when absent. */
  readonly last?: number;
  /** Runs at the same time. */
  readonly jobs?: number;
  readonly onProgress?: (done: number, all: number) => void;
}

const phases: readonly CutPhase[] = ["before", "during", "after"];
/** Lives of one run that are not cut by us; more means that it does not get anywhere. */
const mostLives = 4;

export async function sweep(scenario: Scenario, options: SweepOptions): Promise<SweepFigures> {
  const started = performance.now();
  const { operations, violations } = await countOperations(scenario);
  const singles = operations === 0 ? [] : singleCuts(operations, options);
  const doubles = operations === 0 ? [] : doubleCuts(operations, options);
  const all: Cut[][] = [...singles, ...doubles];
  let done = 0;
  const next = all.values();
  const worker = async () => {
    for (const cuts of next) {
      for (const what of await runWith(scenario, cuts))
        violations.push({ scenario: scenario.name, cuts, what });
      options.onProgress?.(++done, all.length);
    }
  };
  await Promise.all(Array.from({ length: options.jobs ?? 1 }, worker));
  const seconds = (performance.now() - started) / 1000;
  return {
    scenario: scenario.name,
    operations,
    cutPoints: singles.length,
    doubleCuts: doubles.length,
    seconds: Math.round(seconds * 10) / 10,
    cutPointsPerSecond: Math.round((all.length / seconds) * 10) / 10,
    violations,
  };
}

async function countOperations(scenario: Scenario) {
  const flash = scenario.flash.clone();
  const faults = await toTheEnd(scenario, flash);
  const violations: Violation[] = faults.map((what) => ({
    scenario: scenario.name,
    cuts: [],
    what,
  }));
  return { operations: violations.length > 0 ? 0 : flash.operations, violations };
}

function singleCuts(operations: number, options: SweepOptions): Cut[][] {
  const { seed, every = 1, last = operations } = options;
  const cuts: Cut[][] = [];
  for (
    let operation = Math.max(1, operations - last + 1);
    operation <= operations;
    operation += every
  )
    for (const phase of phases) cuts.push([{ operation, phase, seed }]);
  return cuts;
}

/** The second cut counts from the first. Half of them come soon after it, where recovery is at work. */
function doubleCuts(operations: number, options: SweepOptions): Cut[][] {
  const random = seededEntropy(`pairs/${options.seed}`);
  const phase = () => phases[pick(random, phases.length)]!;
  return Array.from({ length: options.doubleCuts }, (_, index) => [
    { operation: 1 + pick(random, operations), phase: phase(), seed: index },
    {
      operation: 1 + pick(random, index % 2 === 0 ? 24 : operations),
      phase: phase(),
      seed: index + 1,
    },
  ]);
}

/** One run: cut as told, judged after each cut, then left in peace until it is complete. */
async function runWith(scenario: Scenario, cuts: readonly Cut[]): Promise<string[]> {
  const flash = scenario.flash.clone();
  for (const cut of cuts) {
    flash.cutAt({ ...cut, operation: flash.operations + cut.operation });
    const ending = await scenario.live(flash);
    flash.cutAt(undefined);
    if (ending === "stuck") return ["stuck before the cut"];
    const faults = scenario.faults(flash, ending === "done");
    if (faults.length > 0) return faults;
    // A second cut that comes too late for a scenario that recovered quickly.
    if (ending === "done") return [];
  }
  return toTheEnd(scenario, flash);
}

async function toTheEnd(scenario: Scenario, flash: NorFlash): Promise<string[]> {
  for (let life = 0; life < mostLives; life++) {
    const ending = await scenario.live(flash);
    if (ending === "stuck") return ["never completed"];
    const faults = scenario.faults(flash, ending === "done");
    if (faults.length > 0 || ending === "done") return faults;
  }
  return ["never completed"];
}
