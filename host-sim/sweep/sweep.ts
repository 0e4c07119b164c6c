/** `npm run sweep`: power cut at every flash operation of a scenario, figures on standard output. */
import { parseArgs } from "node:util";
import { oneOf, runCommandLine, wholeNumber } from "../command-line.ts";
import { engineNamed } from "../engine/engines.ts";
import { scenarioNames, scenariosOf } from "./scenarios.ts";
import { type SweepFigures, sweep } from "./sweep-run.ts";

const usage = `usage: npm run sweep -- [--scenario update|claim|wipe] [--engine node|xs]
                        [--double-cuts n] [--every n] [--seed n] [--jobs n] [--json]

  --scenario     what is swept: update (default), claim or wipe
  --engine       what runs the firmware: node (default) or xs (the chip's engine, with its heap limit)
  --double-cuts  random pairs of cuts for each part of the scenario (default 100)
  --every        cut at every n-th operation only, for a quick look (default 1: at all)
  --seed         of what a cut leaves behind, and of the pairs (default 1)
  --jobs         runs at the same time (default 1; 4 on xs)
  --json         the figures as JSON on standard output`;

await runCommandLine(usage, async () => {
  const { values } = parseArgs({
    options: {
      scenario: { type: "string", default: "update" },
      engine: { type: "string", default: "node" },
      "double-cuts": { type: "string", default: "100" },
      every: { type: "string", default: "1" },
      seed: { type: "string", default: "1" },
      jobs: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const scenario = oneOf("--scenario", values.scenario, scenarioNames);
  const engine = engineNamed(values.engine);
  const options = {
    doubleCuts: wholeNumber("--double-cuts", values["double-cuts"], 0, 100_000),
    every: wholeNumber("--every", values.every, 1, 1_000_000),
    seed: wholeNumber("--seed", values.seed, 0, 1_000_000_000),
    jobs: values.jobs
      ? wholeNumber("--jobs", values.jobs, 1, 64)
      : engine.name === "xs" && scenario === "update"
        ? 4
        : 1,
  };

  const started = performance.now();
  const parts: SweepFigures[] = [];
  const { scenarios, close } = await scenariosOf(scenario, engine);
  try {
    for (const part of scenarios) {
      const onProgress = progress(part.name);
      const figures = await sweep(part, { ...options, onProgress });
      parts.push(figures);
      if (!values.json) console.log(line(figures));
    }
  } finally {
    await close();
  }

  const cutPoints = sum(parts.map((part) => part.cutPoints));
  const doubleCuts = sum(parts.map((part) => part.doubleCuts));
  const seconds = (performance.now() - started) / 1000;
  const violations = parts.flatMap((part) => part.violations);
  const figures = {
    scenario,
    engine: engine.name,
    seed: options.seed,
    every: options.every,
    cutPoints,
    doubleCuts,
    seconds: Math.round(seconds * 10) / 10,
    cutPointsPerSecond: Math.round(((cutPoints + doubleCuts) / seconds) * 10) / 10,
    violations: violations.length,
    parts: parts.map((part) => ({ ...part, violations: part.violations.length })),
    firstViolations: violations.slice(0, 20),
  };
  if (values.json) console.log(JSON.stringify(figures, null, 2));
  else {
    for (const { scenario: part, cuts, what } of violations.slice(0, 20))
      console.log(
        `${part}: ${what}, after ${cuts.map(({ phase, operation }) => `${phase} ${operation}`).join(", then ") || "no cut"}`,
      );
    console.log(
      `${cutPoints} cut points and ${doubleCuts} double cuts in ${figures.seconds} s on ${engine.name} ` +
        `(${figures.cutPointsPerSecond} a second): ${violations.length} violations`,
    );
  }
  if (violations.length > 0) process.exitCode = 1;
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function line({ scenario, operations, cutPoints, doubleCuts, seconds, violations }: SweepFigures) {
  return (
    `${scenario.padEnd(34)} ${operations} operations, ${cutPoints} + ${doubleCuts} cuts, ` +
    `${seconds} s, ${violations.length} violations`
  );
}

/** On a terminal only. */
function progress(name: string): (done: number, all: number) => void {
  if (!process.stderr.isTTY) return () => {};
  return (done, all) => {
    process.stderr.write(`\r${name}: ${done} of ${all}${done === all ? "\n" : ""}`);
  };
}
