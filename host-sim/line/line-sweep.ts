/** `npm run line-sweep`: a station killed at every file operation of a unit's life, and started again. */
import { parseArgs } from "node:util";
import { Fault } from "../../provisioning/fault.ts";
import { runCommandLine, wholeNumber } from "../command-line.ts";
import { sweepKills } from "./kill-sweep.ts";

const usage = `usage: npm run line-sweep -- [--every N] [--copies] [--json]

  --every   only each Nth place (1: all of them)
  --copies  kill nothing: one process leaves a copy of its files at each place, as a kill would, and a
            station goes on from each; a third of the time
  --json    the report as JSON on standard output`;

await runCommandLine(usage, async () => {
  const { values } = parseArgs({
    options: {
      every: { type: "string", default: "1" },
      copies: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  const report = await sweepKills({
    every: wholeNumber("--every", values.every, 1, 10_000),
    copies: values.copies,
    onPoint: (done, of) => {
      if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${of}`);
    },
  });
  const { operations, points, killed, seconds, faults } = report;
  console.log(
    values.json
      ? JSON.stringify({ ok: faults.length === 0, ...report }, null, 2)
      : `${operations} file operations in the life of two units; killed at ${killed} of ${points} places in ${seconds.toFixed(0)} s; ${faults.length} ended otherwise`,
  );
  const [first] = faults;
  if (first)
    throw new Fault(
      `NOT OK: killed ${first.isHalf ? "in" : "before"} operation ${first.operation} (${first.kind}): ${first.fault}`,
    );
});
