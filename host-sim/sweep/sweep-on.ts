/** A scenario swept on one engine: its parts one after the other, or at once in processes of their own. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type EngineName, engineNamed } from "../engine/engines.ts";
import { partsOf, type ScenarioName, scenariosOf } from "./scenarios.ts";
import { type SweepFigures, sweep } from "./sweep-run.ts";

export interface Plan {
  readonly scenario: ScenarioName;
  readonly part: string | undefined;
  readonly engine: EngineName;
  readonly every: number;
  readonly doubleCuts: number;
  readonly seed: number;
  /** At the same time: processes on Node, lives on XS. */
  readonly jobs: number;
  readonly onPart: (figures: SweepFigures) => void;
}

export interface Totals {
  /** Flash operations of whole runs without a cut. */
  readonly operations: number;
  readonly cutPoints: number;
  /** Lives begun after a single cut: cuts that left the same flash are one. */
  readonly starts: number;
  readonly doubleCuts: number;
  readonly seconds: number;
  readonly cutPointsPerSecond: number;
  readonly violations: number;
}

export interface EngineFigures extends Totals {
  readonly engine: EngineName;
  readonly every: number;
  readonly parts: readonly SweepFigures[];
}

export async function sweepOn(plan: Plan): Promise<EngineFigures> {
  const { engine, every, scenario, part, jobs } = plan;
  const started = performance.now();
  const apart = engine === "node" && jobs > 1 && part === undefined && partsOf(scenario).length > 1;
  const parts = apart ? await inProcesses(plan) : await here(plan);
  const seconds = (performance.now() - started) / 1000;
  return { engine, every, ...sums(parts, seconds), parts };
}

/** Of all engines together. */
export function totals(engines: readonly EngineFigures[]): Totals {
  const seconds = engines.reduce((sum, one) => sum + one.seconds, 0);
  return sums(
    engines.flatMap(({ parts }) => parts),
    seconds,
  );
}

function sums(parts: readonly SweepFigures[], seconds: number): Totals {
  const sum = (of: (part: SweepFigures) => number) =>
    parts.reduce((total, part) => total + of(part), 0);
  const cutPoints = sum((part) => part.cutPoints);
  const doubleCuts = sum((part) => part.doubleCuts);
  return {
    operations: sum(({ operations }) => operations),
    cutPoints,
    starts: sum(({ starts }) => starts),
    doubleCuts,
    seconds: tenths(seconds),
    cutPointsPerSecond: tenths((cutPoints + doubleCuts) / seconds),
    violations: sum(({ violations }) => violations.length),
  };
}

const tenths = (value: number) => Math.round(value * 10) / 10;

async function here(plan: Plan): Promise<SweepFigures[]> {
  const { scenario, engine, part, jobs, onPart, ...options } = plan;
  const { scenarios, close } = await scenariosOf(scenario, engineNamed(engine), part);
  // Only an engine with machines of its own gains by several lives at once, and only without sockets.
  const atOnce = engine === "xs" && scenario === "update" ? jobs : 1;
  const parts: SweepFigures[] = [];
  try {
    for (const one of scenarios) {
      const onProgress = progress(one.name);
      parts.push(await sweep(one, { ...options, jobs: atOnce, onProgress }));
      onPart(parts.at(-1)!);
    }
  } finally {
    await close();
  }
  return parts;
}

/** Each part by this same command in a process of its own, `jobs` at a time; in the parts' order. */
async function inProcesses(plan: Plan): Promise<SweepFigures[]> {
  const names = partsOf(plan.scenario);
  const results: SweepFigures[] = [];
  const next = names.entries();
  const worker = async () => {
    for (const [index, name] of next) {
      results[index] = await inProcess(plan, name);
      plan.onPart(results[index]);
    }
  };
  await Promise.all(Array.from({ length: plan.jobs }, worker));
  return results;
}

function inProcess({ onPart: _, ...plan }: Plan, part: string): Promise<SweepFigures> {
  const child = fileURLToPath(new URL("./sweep-part.ts", import.meta.url));
  const args = [...process.execArgv, child, JSON.stringify({ ...plan, part, jobs: 1 })];
  return new Promise((resolve, reject) => {
    const running = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    running.stdout.on("data", (data) => {
      text += data;
    });
    running.on("error", reject);
    running.on("close", (code) =>
      code === 0
        ? resolve(JSON.parse(text))
        : reject(new Error(`the sweep of "${part}" ended with ${code}`)),
    );
  });
}

/** On a terminal only. */
function progress(name: string): (done: number, all: number) => void {
  if (!process.stderr.isTTY) return () => {};
  return (done, all) => {
    process.stderr.write(`\r${name}: ${done} of ${all}${done === all ? "\n" : ""}`);
  };
}
