/** The trial in small, on a SQLite file that stations take turns on; `npm run line-trial` is the whole. */
import test from "ava";
import { runTrial, trialFault } from "../../host-sim/line/trial.ts";

test("two stations, one killed: every unit once, each opened by its own label", async (t) => {
  const report = await runTrial({ units: 4, stations: 2, kills: 1 });
  t.is(trialFault(report), undefined);
  t.is(report.kills, 1);
  // The controls: a trial that came out otherwise says so.
  t.regex(trialFault({ ...report, opened: 3 }) ?? "", /3 of 4 units are opened/);
  t.regex(trialFault({ ...report, steppedOnce: 3 }) ?? "", /taken through each step once/);
  t.regex(trialFault({ ...report, sealed: 1 }) ?? "", /still in the ledger/);
  t.is(trialFault({ ...report, chainWhole: false }), "the audit chain is broken");
});
