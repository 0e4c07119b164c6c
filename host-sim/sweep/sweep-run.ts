/**
 * Power cut at every flash operation of a scenario: a first run counts them, then the scenario is
 * cut at each operation and phase, and goes on after the cut until it is complete. Whatever the flash
 * then holds is judged after each cut and at the end.
 *
 * Where a life depends on the flash alone, nothing is lived twice: what a cut leaves is taken from the
 * first run (`recording.ts`), and cuts that leave the same bytes are one start.
 */
import { pick, seededEntropy } from "../board/entropy.ts";
import type { Cut, CutPhase, NorFlash } from "../board/nor-flash.ts";
import { Recording } from "./recording.ts";

/** done: the scenario is complete · cut: power went · stuck: neither, for as long as it may take. */
export type Ending = "done" | "cut" | "stuck";

export interface Scenario {
  readonly name: string;
  /** A chip as it is before the scenario. Each life gets a clone. */
  readonly flash: NorFlash;
  /** A life is the same whenever the flash is: no desk, no socket, no clock has a part in it. */
  readonly alone?: boolean;
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
  /** Lives begun after a single cut: fewer than cut points where several left the same flash. */
  readonly starts: number;
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
/** Of so many cut points one is made in a life of its own and compared: no multiple of three, so that each phase has its turn. */
const comparedEvery = 61;

export async function sweep(scenario: Scenario, options: SweepOptions): Promise<SweepFigures> {
  const started = performance.now();
  const run = await Recording.of(scenario);
  const { operations } = run;
  const violations: Violation[] = [];
  const report = (cuts: readonly Cut[], faults: readonly string[]) => {
    for (const what of faults) violations.push({ scenario: scenario.name, cuts, what });
  };
  report([], judgeEnd(scenario, run.flash, run.ending));
  const works = violations.length === 0;
  const singles = works ? singleCuts(operations, options) : [];
  const doubles = works ? doubleCuts(operations, options) : [];
  const recording = scenario.alone ? run : undefined;
  const starts = recording ? byFlash(recording, singles) : singles.map((cut) => [cut]);
  const tasks = [
    ...starts.map((alike) => async () => {
      const faults = await runWith(scenario, [alike[0]!], recording);
      for (const cut of alike) report([cut], faults);
    }),
    ...doubles.map((cuts) => async () => report(cuts, await runWith(scenario, cuts, recording))),
    ...singles
      .filter((_, index) => recording && index % comparedEvery === 2)
      .map((cut) => async () => report([cut], await compare(scenario, recording!, cut))),
  ];
  await inTurn(tasks, options);
  const seconds = (performance.now() - started) / 1000;
  const points = singles.length + doubles.length;
  return {
    scenario: scenario.name,
    operations,
    cutPoints: singles.length,
    starts: starts.length,
    doubleCuts: doubles.length,
    seconds: Math.round(seconds * 10) / 10,
    cutPointsPerSecond: Math.round((points / seconds) * 10) / 10,
    violations,
  };
}

async function inTurn(tasks: readonly (() => Promise<void>)[], options: SweepOptions) {
  const next = tasks.values();
  let done = 0;
  const worker = async () => {
    for (const task of next) {
      await task();
      options.onProgress?.(++done, tasks.length);
    }
  };
  await Promise.all(Array.from({ length: options.jobs ?? 1 }, worker));
}

/** Cuts that leave the same flash, together. */
function byFlash(recording: Recording, cuts: readonly Cut[]): Cut[][] {
  const starts = new Map<string, Cut[]>();
  for (const cut of cuts) {
    const flash = recording.cutBy(cut).fingerprint();
    const alike = starts.get(flash);
    if (alike) alike.push(cut);
    else starts.set(flash, [cut]);
  }
  return [...starts.values()];
}

/** The recording is worth nothing unless a life that is really cut there leaves the same. */
async function compare(scenario: Scenario, recording: Recording, cut: Cut): Promise<string[]> {
  const flash = scenario.flash.clone();
  flash.cutAt(cut);
  const ending = await scenario.live(flash);
  const same = flash.fingerprint() === recording.cutBy(cut).fingerprint();
  return ending === "cut" && same ? [] : ["a life that is cut here leaves another flash"];
}

function singleCuts(operations: number, options: SweepOptions): Cut[] {
  const { seed, every = 1, last = operations } = options;
  const cuts: Cut[] = [];
  for (
    let operation = Math.max(1, operations - last + 1);
    operation <= operations;
    operation += every
  )
    for (const phase of phases) cuts.push({ operation, phase, seed });
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
async function runWith(
  scenario: Scenario,
  cuts: readonly Cut[],
  recording?: Recording,
): Promise<string[]> {
  const [first, ...others] = cuts;
  const flash = recording && first ? recording.cutBy(first) : scenario.flash.clone();
  if (recording) {
    const faults = scenario.faults(flash, false);
    if (faults.length > 0) return faults;
  }
  for (const cut of recording ? others : cuts) {
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
    const faults = judgeEnd(scenario, flash, ending);
    if (faults.length > 0 || ending === "done") return faults;
  }
  return ["never completed"];
}

function judgeEnd(scenario: Scenario, flash: NorFlash, ending: Ending): string[] {
  return ending === "stuck" ? ["never completed"] : scenario.faults(flash, ending === "done");
}
