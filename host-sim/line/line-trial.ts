/** `npm run line-trial`: several stations on one ledger, killed at random; nothing lost, nothing twice. */
import { parseArgs } from "node:util";
import { Fault } from "../../provisioning/fault.ts";
import { showProgress } from "../../provisioning/line/progress.ts";
import { runCommandLine, wholeNumber } from "../command-line.ts";
import { startPostgres } from "./private-postgres.ts";
import { runTrial, trialFault } from "./trial.ts";

const usage = `usage: npm run line-trial -- [--units N] [--stations N] [--kills N] [--database URL|private|sqlite] [--json]

  --units      how many (1000); each leaves a flash file of 4 MB until the trial is over
  --stations   processes side by side (4)
  --kills      how often one of them is killed (40)
  --database   a PostgreSQL database that is empty; "private" starts a cluster for the trial (private);
               "sqlite" is a file, on which stations take turns
  --json       the report as JSON on standard output`;

await runCommandLine(usage, async () => {
  const { values } = parseArgs({
    options: {
      units: { type: "string", default: "1000" },
      stations: { type: "string", default: "4" },
      kills: { type: "string", default: "40" },
      database: { type: "string", default: "private" },
      json: { type: "boolean", default: false },
    },
  });
  const units = wholeNumber("--units", values.units, 1, 100_000);
  const stations = wholeNumber("--stations", values.stations, 1, 32);
  const kills = wholeNumber("--kills", values.kills, 0, 10_000);
  const cluster = values.database === "private" ? await startPostgres() : undefined;
  const database = cluster?.url ?? (values.database === "sqlite" ? undefined : values.database);
  try {
    const progress = showProgress(process.stderr, units);
    let shown = 0;
    const report = await runTrial({
      units,
      stations,
      kills,
      ...(database !== undefined && { database }),
      onProgress(labelled) {
        progress.advance(labelled - shown);
        shown = labelled;
      },
    });
    progress.close();
    const fault = trialFault(report);
    console.log(
      values.json ? JSON.stringify({ ok: !fault, ...report }, null, 2) : describe(report),
    );
    if (fault) throw new Fault(`NOT OK: ${fault}`);
  } finally {
    await cluster?.close();
  }
});

function describe(report: Awaited<ReturnType<typeof runTrial>>): string {
  return `${report.labelled} of ${report.units} units labelled by ${report.stations} stations in ${report.seconds.toFixed(0)} s, ${report.kills} kills
each opened by its own label: ${report.opened}; each step once: ${report.steppedOnce}
${report.records} audit records, ${report.checkpoints} signed checkpoints, chain ${report.chainWhole ? "whole" : "BROKEN"}
tampered with: ${report.tampering.changed}; ${report.tampering.removed}`;
}
