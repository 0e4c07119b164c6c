/** `npm run mutants`: takes out one guard at a time and expects the guard's test to go red. */
import { parseArgs } from "node:util";
import { runCommandLine, UsageError, wholeNumber } from "../../host-sim/command-line.ts";
import { Fault } from "../../provisioning/fault.ts";
import { allMutants } from "./mutant-registry.ts";
import { runControls, runKillers } from "./mutant-run.ts";
import { Shadow } from "./shadow.ts";

const usage = `usage: npm run mutants -- [--only ID|AREA|PROVISION,…] [--parallel N] [--list] [--json]

  --only       some of them: a mutant's id, an area (a file of test/conformance/mutants), a provision
  --parallel   how many at a time (1 to 16; default 2)
  --list       says which there are, and tries none
  --json       the results as JSON on standard output

Ends with 1 when a mutant survived or could not be tried.`;

await runCommandLine(usage, async () => {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      parallel: { type: "string" },
      list: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  const parallel = wholeNumber("--parallel", values.parallel ?? "2", 1, 16);
  const mutants = await chosen(values.only);
  if (values.list) {
    if (values.json) console.log(JSON.stringify(mutants, null, 2));
    else for (const { area, id, provisions } of mutants) console.log(area, id, ...provisions);
    return;
  }
  const shadows = Array.from({ length: Math.min(parallel, mutants.length) }, () => new Shadow());
  const progress = values.json ? process.stderr : process.stdout;
  try {
    const baseline = await runKillers(mutants, shadows);
    const run = await runControls(
      mutants,
      shadows,
      baseline,
      ({ verdict, area, id, detail, seconds }) => {
        progress.write(`${verdict.padEnd(14)} ${area}/${id}  ${detail}  (${seconds} s)\n`);
      },
    );
    const count = (verdict: string) =>
      run.results.filter((result) => result.verdict === verdict).length;
    const [killed, survived, not] = ["killed", "survived", "not-applicable"].map(count);
    const sum = { killed, survived, "not-applicable": not, seconds: run.seconds };
    if (values.json) console.log(JSON.stringify({ ...sum, results: run.results }, null, 2));
    else console.log(`${killed} killed, ${survived} survived, ${not} not applicable`);
    if (killed !== mutants.length)
      throw new Fault("not every mutant was killed: see the lines above");
  } finally {
    for (const shadow of shadows) shadow.remove();
  }
});

async function chosen(only: string | undefined) {
  const all = await allMutants();
  if (only === undefined) return all;
  const words = only.split(",");
  const some = all.filter(({ id, area, provisions }) =>
    words.some((word) => id === word || area === word || provisions.includes(word)),
  );
  if (some.length === 0)
    throw new UsageError(`--only ${only}: no mutant, area or provision of that name; try --list`);
  return some;
}
