/** `npm run fuzz`: hostile bytes for as long as you like; the bounded run is in `npm test`. */
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { oneOf, runCommandLine, UsageError, wholeNumber } from "../../host-sim/command-line.ts";
import { Fault } from "../../provisioning/fault.ts";
import { target as commands } from "./command.ts";
import { target as setUp } from "./command-frames.ts";
import { type LongRun, longRun, replayCommand, type Target } from "./long-run.ts";
import { target as mqtt } from "./mqtt.ts";

const targets: Readonly<Record<string, Target>> = { mqtt, commands, "set-up": setUp };
const names = Object.keys(targets);

const usage = `usage: npm run fuzz -- [--seconds N | --executions N] [--seed S] [--target ${names.join("|")}] [--json]

  --seconds      how long, all targets together (1 to 604800; default 60)
  --executions   in its place: how many for each target (1 to 1000000000)
  --seed         where to begin (0 to 4294967295; random); the same seed is the same run
  --target       one target only
  --json         the figures as JSON on standard output`;

await runCommandLine(usage, async () => {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string" },
      executions: { type: "string" },
      seed: { type: "string" },
      target: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  if (values.seconds !== undefined && values.executions !== undefined)
    throw new UsageError("--seconds and --executions: give one of them");
  const run = longRun({
    targets: values.target === undefined ? targets : only(oneOf("--target", values.target, names)),
    seed:
      values.seed === undefined
        ? randomInt(2 ** 32)
        : wholeNumber("--seed", values.seed, 0, 2 ** 32 - 1),
    ...(values.executions === undefined
      ? { seconds: wholeNumber("--seconds", values.seconds ?? "60", 1, 604_800) }
      : { executions: wholeNumber("--executions", values.executions, 1, 1_000_000_000) }),
    onSlice: progress(),
  });
  console.log(values.json ? JSON.stringify(run, null, 2) : describe(run));
  if (run.failure)
    throw new Fault(
      `${run.failure.target}: ${run.failure.message}; again: ${replayCommand(run.failure)}`,
    );
});

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
