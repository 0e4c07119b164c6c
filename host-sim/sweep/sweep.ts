/** `npm run sweep`: power cut at every flash operation of a scenario, figures on standard output. */
import { parseArgs } from "node:util";
import { Fault } from "../../provisioning/fault.ts";
import { oneOf, runCommandLine, wholeNumber } from "../command-line.ts";
import { engineNames } from "../engine/engines.ts";
import { xsAvailable } from "../engine/xs-engine.ts";
import { partsOf, scenarioNames } from "./scenarios.ts";
import { type EngineFigures, type Plan, sweepOn, totals } from "./sweep-on.ts";
import type { SweepFigures } from "./sweep-run.ts";

const usage = `usage: npm run sweep -- [--scenario update|claim|wipe] [--engine both|node|xs] [--part name]
                        [--double-cuts n] [--every n] [--xs-every n] [--seed n] [--jobs n] [--json]

  --scenario     what is swept: update (default), claim or wipe
  --engine       what runs the firmware: both (default), node or xs (the chip's engine, with its
                 heap limit)
  --part         one part of the scenario only: update has
                 ${partsOf("update").join("; ")}
  --double-cuts  random pairs of cuts for each part of the scenario (default 100; on xs a tenth of it)
  --every        cut at every n-th operation only (default 1: at all)
  --xs-every     the same on xs, whose lives take longer (default 16; --every with --engine
                 xs, and for claim and wipe)
  --seed         of what a cut leaves behind, and of the pairs (default 1)
  --jobs         runs at the same time (default 2)
  --json         the figures as JSON on standard output`;

await runCommandLine(usage, async () => {
  const { values } = parseArgs({
    options: {
      scenario: { type: "string", default: "update" },
      engine: { type: "string" },
      part: { type: "string" },
      "double-cuts": { type: "string", default: "100" },
      every: { type: "string", default: "1" },
      "xs-every": { type: "string" },
      seed: { type: "string", default: "1" },
      jobs: { type: "string", default: "2" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const scenario = oneOf("--scenario", values.scenario, scenarioNames);
  const engine = oneOf("--engine", values.engine ?? "both", ["both", ...engineNames] as const);
  if (values.part !== undefined) oneOf("--part", values.part, partsOf(scenario));
  const every = wholeNumber("--every", values.every, 1, 1_000_000);
  const xsEvery = values["xs-every"]
    ? wholeNumber("--xs-every", values["xs-every"], 1, 1_000_000)
    : engine === "xs" || scenario !== "update"
      ? every
      : 16 * every;
  const doubleCuts = wholeNumber("--double-cuts", values["double-cuts"], 0, 100_000);
  const plan: Omit<Plan, "engine" | "every" | "doubleCuts"> = {
    scenario,
    part: values.part,
    seed: wholeNumber("--seed", values.seed, 0, 1_000_000_000),
    jobs: wholeNumber("--jobs", values.jobs, 1, 64),
    onPart: (part) => values.json || console.log(line(part)),
  };
  const xs = xsAvailable();
  if (engine === "xs" && !xs.ok) throw new Fault(xs.reason);
  const engines: EngineFigures[] = [];
  if (engine !== "xs") engines.push(await sweepOn({ ...plan, engine: "node", every, doubleCuts }));
  if (engine !== "node" && xs.ok)
    engines.push(
      await sweepOn({
        ...plan,
        engine: "xs",
        every: xsEvery,
        doubleCuts: engine === "xs" ? doubleCuts : Math.ceil(doubleCuts / 10),
      }),
    );

  const violations = engines.flatMap(({ parts }) => parts.flatMap((part) => part.violations));
  const figures = {
    scenario,
    seed: plan.seed,
    ...totals(engines),
    engines: engines.map(({ parts, ...rest }) => ({
      ...rest,
      parts: parts.map((part) => ({ ...part, violations: part.violations.length })),
    })),
    ...(xs.ok || engine === "node" ? {} : { skipped: xs.reason }),
    firstViolations: violations.slice(0, 20),
  };
  if (values.json) console.log(JSON.stringify(figures, null, 2));
  else {
    for (const { scenario: part, cuts, what } of violations.slice(0, 20))
      console.log(
        `${part}: ${what}, after ${cuts.map(({ phase, operation }) => `${phase} ${operation}`).join(", then ") || "no cut"}`,
      );
    for (const one of engines) console.log(inWords(one));
    if (figures.skipped) console.log(`skipped: ${figures.skipped}`);
  }
  if (violations.length > 0) process.exitCode = 1;
});

function inWords({ engine, every, ...figures }: EngineFigures): string {
  const { operations, cutPoints, starts, doubleCuts, seconds, violations } = figures;
  const which = every === 1 ? "each" : `every ${every}th`;
  return (
    `${engine}: ${cutPoints} cut points (${which} of ${operations} operations, before, during and after; ${starts} ` +
    `different flashes) and ${doubleCuts} double cuts in ${seconds} s (${figures.cutPointsPerSecond} a second): ${violations} violations`
  );
}

function line({ scenario, operations, cutPoints, starts, ...figures }: SweepFigures) {
  const { doubleCuts, seconds, violations } = figures;
  return (
    `${scenario.padEnd(34)} ${operations} operations, ${cutPoints} + ${doubleCuts} cuts, ${starts} flashes, ` +
    `${seconds} s, ${violations.length} violations`
  );
}
