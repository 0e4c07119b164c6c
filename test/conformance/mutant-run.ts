/**
 * Negative controls: each mutant must turn its test red. A test that stays green has not shown
 * anything about the guard, so a survivor is a failure, and so is a mutant that cannot be tried.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { transform } from "esbuild";
import { inapplicable, mutate, type NamedMutant } from "./mutant-registry.ts";
import { runRoomCase } from "./room-mutant.ts";
import { type FileRun, runTests } from "./run-tests.ts";
import type { Shadow } from "./shadow.ts";

export interface MutantResult {
  readonly id: string;
  readonly area: string;
  readonly provisions: readonly string[];
  readonly verdict: "killed" | "survived" | "not-applicable";
  /** How it was noticed, or why it could not be tried. */
  readonly detail: string;
  readonly killedBy: { readonly file: string; readonly title: string };
  readonly seconds: number;
}

/** Tries one mutant whose killer is known to be green without it. */
export async function tryMutant(shadow: Shadow, mutant: NamedMutant): Promise<MutantResult> {
  const { id, area, provisions, killedBy } = mutant;
  const started = performance.now();
  const result = (verdict: MutantResult["verdict"], detail: string): MutantResult => ({
    ...{ id, area, provisions, verdict, detail, killedBy },
    seconds: round((performance.now() - started) / 1000),
  });
  const obstacle = await obstacleTo(shadow, mutant);
  if (obstacle !== undefined) return result("not-applicable", obstacle);
  const { file, title } = killedBy;
  const short = await shortWay(shadow, mutant);
  if (short) return result(...short);
  const run = await shadow.with(
    mutant.file,
    (source) => mutate(source, mutant),
    () => runTests({ root: shadow.folder, file, titles: [title], timeout: 90 }),
  );
  if (run.unloadable) return result("not-applicable", `nothing was tested: ${lastLine(run)}`);
  if (run.hung) return result("killed", "the test did not end within 90 s");
  const red = run.tests.find(({ outcome }) => outcome === "failed");
  if (red) return result("killed", `red: ${red.title}`);
  if (run.exitCode !== 0) return result("killed", `the tests' process ended: ${lastLine(run)}`);
  return result("survived", `still green: ${title}`);
}

/** Undefined where only a test run can tell, and wherever the short way is not green by itself. */
async function shortWay(
  shadow: Shadow,
  mutant: NamedMutant,
): Promise<[MutantResult["verdict"], string] | undefined> {
  const { killedBy } = mutant;
  try {
    const outcome = await runRoomCase(shadow, killedBy, mutant);
    if (!outcome || (await runRoomCase(shadow, killedBy))?.fault !== undefined) return undefined;
    if (outcome.fault === undefined) return ["survived", `still green: ${killedBy.title}`];
    return ["killed", `red: ${outcome.fault.slice(0, 160)}`];
  } catch {
    return undefined;
  }
}

/** A mutant must be code that runs: one that does not even parse would be noticed by anything. */
async function obstacleTo(shadow: Shadow, mutant: NamedMutant): Promise<string | undefined> {
  let source: string;
  try {
    source = readFileSync(join(shadow.folder, mutant.file), "utf8");
  } catch {
    return `${mutant.file} does not exist`;
  }
  const reason = inapplicable(source, mutant);
  if (reason !== undefined || !/\.tsx?$/.test(mutant.file)) return reason;
  const loader = mutant.file.endsWith("x") ? "tsx" : "ts";
  try {
    await transform(mutate(source, mutant), { loader, logLevel: "silent" });
    return undefined;
  } catch (error) {
    return `the broken text is not code: ${(error as Error).message.split("\n")[1] ?? ""}`;
  }
}

/** What a killer said without any mutant, or undefined when it is green. */
export function notGreen(run: FileRun, title: string): string | undefined {
  const matching = run.tests.filter((test) => test.title.startsWith(title));
  if (run.hung) return "does not end";
  if (matching.length === 0) return `no test of that title ran: ${lastLine(run)}`;
  const red = matching.find(({ outcome }) => outcome !== "passed");
  return red && `${red.outcome} without the mutant`;
}

const lastLine = ({ output }: FileRun) =>
  output.split("\n").filter((line) => /^not ok|Error|error/.test(line))[0] ?? "no reason given";

const round = (seconds: number) => Math.round(seconds * 10) / 10;

export interface ControlRun {
  readonly results: readonly MutantResult[];
  readonly seconds: number;
}

/** What ran without any mutant: a killer must be green there before its redness says anything. */
export type Baseline = (file: string) => FileRun | undefined;

/** Runs the killers without mutants, each file once. */
export async function runKillers(
  mutants: readonly NamedMutant[],
  shadows: readonly Shadow[],
): Promise<Baseline> {
  const runs = new Map<string, FileRun>();
  await share([...groupByFile(mutants)], shadows, async ([file, ofFile], shadow) => {
    const titles = [...new Set(ofFile.map(({ killedBy }) => killedBy.title))];
    runs.set(file, await runTests({ root: shadow.folder, file, titles }));
  });
  return (file) => runs.get(file);
}

/** Tries all mutants, one at a time in each of `shadows`. */
export async function runControls(
  mutants: readonly NamedMutant[],
  shadows: readonly Shadow[],
  baseline: Baseline,
  onResult: (result: MutantResult) => void = () => {},
): Promise<ControlRun> {
  const started = performance.now();
  const results: MutantResult[] = [];
  await share(mutants, shadows, async (mutant, shadow) => {
    const { id, area, provisions, killedBy } = mutant;
    const run = baseline(killedBy.file);
    const detail = run ? notGreen(run, killedBy.title) : "its test did not run";
    const result: MutantResult =
      detail === undefined
        ? await tryMutant(shadow, mutant)
        : { id, area, provisions, killedBy, verdict: "not-applicable", detail, seconds: 0 };
    results.push(result);
    onResult(result);
  });
  results.sort((a, b) => (a.id < b.id ? -1 : 1));
  return { results, seconds: round((performance.now() - started) / 1000) };
}

/** Each shadow takes the next piece of work as soon as it is free. */
export async function share<Work>(
  work: readonly Work[],
  shadows: readonly Shadow[],
  run: (one: Work, shadow: Shadow) => Promise<void>,
): Promise<void> {
  const queue = [...work];
  await Promise.all(
    shadows.map(async (shadow) => {
      for (let one = queue.shift(); one !== undefined; one = queue.shift()) await run(one, shadow);
    }),
  );
}

function groupByFile(mutants: readonly NamedMutant[]): Map<string, NamedMutant[]> {
  const files = new Map<string, NamedMutant[]>();
  for (const mutant of mutants) {
    const { file } = mutant.killedBy;
    files.set(file, [...(files.get(file) ?? []), mutant]);
  }
  return files;
}
