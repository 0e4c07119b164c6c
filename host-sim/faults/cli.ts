/** `npm run faults`: a unit through days of mixed faults, by seed. */
import { parseArgs } from "node:util";
import { Fault } from "../../provisioning/fault.ts";
import { runCommandLine, wholeNumber } from "../command-line.ts";
import { engineNamed } from "../engine/engines.ts";
import { type RunFigures, replay, run } from "./run.ts";

const usage = `usage: npm run faults -- [--days N] [--seed N] [--seeds N] [--engine node|xs] [--only TEXT] [--json]

  --days     virtual days (1 to 365; default 30)
  --seed     which faults, and when (default 1)
  --seeds    so many runs, with this seed and those after it (default 1)
  --engine   what runs the firmware: node (default) or xs (slower; memory pressure is real there)
  --only     faults whose names hold this text
  --json     the figures as JSON on standard output

  Network, power, clock, broker, full flash, memory and people. The firmware, engine, flash and bootloader are the
  desk's own; the broker is in memory and without TLS.`;

await runCommandLine(usage, async () => {
  const { values } = parseArgs({
    options: {
      days: { type: "string", default: "30" },
      seed: { type: "string", default: "1" },
      seeds: { type: "string", default: "1" },
      engine: { type: "string", default: "node" },
      only: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const days = wholeNumber("--days", values.days, 1, 365);
  const first = wholeNumber("--seed", values.seed, 0, 1_000_000_000);
  const seeds = wholeNumber("--seeds", values.seeds, 1, 1_000);
  const engine = engineNamed(values.engine);
  const { only } = values;
  const runs: RunFigures[] = [];
  for (let seed = first; seed < first + seeds; seed++) {
    const onDay = process.stderr.isTTY
      ? (day: number) => process.stderr.write(`\rday ${day}`)
      : undefined;
    const figures = await run({
      engine,
      days,
      seed,
      ...(only === undefined ? {} : { only }),
      ...(onDay ? { onDay } : {}),
    });
    runs.push(figures);
    if (!values.json) console.log(line(figures));
  }
  if (values.json) console.log(JSON.stringify(runs.length === 1 ? runs[0] : runs, null, 2));
  const failed = runs.filter(({ violations }) => violations.length > 0);
  if (failed.length > 0)
    throw new Fault(
      failed
        .map((figures) => `${figures.violations.join("; ")}. Again: ${replay(figures)}`)
        .join("\n"),
    );
});

function line(figures: RunFigures): string {
  const { days, seed, seconds, episodes, faults, boots, safeModes, messages, violations } = figures;
  const kinds = Object.keys(faults).length;
  return (
    `seed ${seed}: ${days} days in ${seconds} s, ${episodes} episodes of ${kinds} kinds of fault, ${boots} boots, ` +
    `${safeModes} times in safe mode, ${messages} messages; longest way back ${figures.longestReturnS} s, ` +
    `worst block erased ${figures.mostErasesOfABlock} times: ${violations.length} violations`
  );
}
