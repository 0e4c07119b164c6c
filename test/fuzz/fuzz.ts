/** `npm run fuzz`: hostile bytes for as long as you like; the bounded run is in `npm test`. */
import { randomInt } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { oneOf, runCommandLine, UsageError, wholeNumber } from "../../host-sim/command-line.ts";
import { Fault } from "../../provisioning/fault.ts";
import { target as commands } from "./command.ts";
import { target as setUp } from "./command-frames.ts";
import { Coverage, type FileCoverage } from "./coverage.ts";
import { guided } from "./guided.ts";
import { type LongRun, longRun, replayCommand, type Target } from "./long-run.ts";
import { target as mqtt } from "./mqtt.ts";
import { keptCorpus, parsers } from "./parsers.ts";

const coverage = new Coverage();
const byParser = parsers.map((options) => {
  const seeds = [...options.seeds, ...keptCorpus(options.name)];
  const target = guided({ ...options, seeds }, () => coverage.grew());
  return [options.name.replaceAll(" ", "-"), target] as const;
});
const targets: Readonly<Record<string, Target>> = {
  ...{ mqtt, commands, "set-up": setUp },
  ...Object.fromEntries(byParser),
};
const names = Object.keys(targets);

const usage = `usage: npm run fuzz -- [--seconds N | --executions N | --total N] [--seed S] [--target ${names.join("|")}] [--json]

  --seconds      how long, all targets together (1 to 604800; default 60)
  --executions   in its place: how many for each target (1 to 1000000000)
  --total        in their place: how many for all together (1 to 10000000000)
  --keep-corpus  writes what was found worth keeping to test/fuzz/corpus, a few inputs a target
  --seed         where to begin (0 to 4294967295; random); the same seed is the same run
  --target       one target only
  --json         the figures as JSON on standard output`;

await runCommandLine(usage, async () => {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string" },
      executions: { type: "string" },
      total: { type: "string" },
      "keep-corpus": { type: "boolean", default: false },
      seed: { type: "string" },
      target: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  if ([values.seconds, values.executions, values.total].filter(Boolean).length > 1)
    throw new UsageError("--seconds, --executions and --total: give one of them");
  const run = longRun({
    targets: values.target === undefined ? targets : only(oneOf("--target", values.target, names)),
    seed:
      values.seed === undefined
        ? randomInt(2 ** 32)
        : wholeNumber("--seed", values.seed, 0, 2 ** 32 - 1),
    ...(values.total !== undefined
      ? { total: wholeNumber("--total", values.total, 1, 10_000_000_000) }
      : values.executions === undefined
        ? { seconds: wholeNumber("--seconds", values.seconds ?? "60", 1, 604_800) }
        : { executions: wholeNumber("--executions", values.executions, 1, 1_000_000_000) }),
    onSlice: progress(),
  });
  coverage.grew();
  const covered = coverage.files();
  const [reached, blocks] = [sum(covered, "reached"), sum(covered, "blocks")];
  if (values["keep-corpus"]) for (const [name, { corpus }] of byParser) keep(name, corpus);
  const executed = Object.values(run.figures).reduce((all, { executions }) => all + executions, 0);
  if (values.json)
    console.log(
      JSON.stringify({ ...run, executed, coverage: { blocks, reached, files: covered } }, null, 2),
    );
  else {
    console.log(describe(run));
    for (const { file, blocks: all, reached: some } of covered.filter((one) => one.reached > 5))
      console.log(
        `${String(Math.round((100 * some) / all)).padStart(4)} % of ${String(all).padStart(4)} blocks  ${file}`,
      );
    console.log(
      `${executed} executions; ${reached} of ${blocks} blocks of the device's code in play reached`,
    );
  }
  if (run.failure)
    throw new Fault(
      `${run.failure.target}: ${run.failure.message}; again: ${replayCommand(run.failure)}`,
    );
});

function sum(files: readonly FileCoverage[], what: "blocks" | "reached"): number {
  return files.reduce((all, file) => all + file[what], 0);
}

/** The shortest of what was kept, so that a corpus stays small enough to read. */
function keep(name: string, corpus: readonly Uint8Array[]): void {
  const few = [...corpus].sort((a, b) => a.length - b.length).slice(0, 24);
  const folder = new URL("./corpus/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  const lines = few.map((one) => JSON.stringify(Buffer.from(one).toString("base64")));
  writeFileSync(new URL(`${name}.json`, folder), `[\n  ${lines.join(",\n  ")}\n]\n`);
}

function only(name: string): Record<string, Target> {
  return { [name]: targets[name]! };
}

/** A line every five seconds. */
function progress(): (executions: number, seconds: number) => void {
  let next = 5;
  return (executions, seconds) => {
    if (seconds < next) return;
    next = seconds + 5;
    process.stderr.write(`${executions} executions in ${Math.round(seconds)} s\n`);
  };
}

function describe({ seed, figures }: LongRun): string {
  const lines = Object.entries(figures).map(
    ([name, { executions, executionsPerSecond, refusals }]) => {
      const byCount = Object.entries(refusals).sort(([, a], [, b]) => b - a);
      const reasons = byCount.map(([reason, count]) => `  ${String(count).padStart(9)} ${reason}`);
      return `${name}: ${executions} executions, ${executionsPerSecond} a second\n${reasons.join("\n")}`;
    },
  );
  return [`seed ${seed}`, ...lines].join("\n");
}
