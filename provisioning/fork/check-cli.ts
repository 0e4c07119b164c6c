/** `npm run release:check`: may this be shipped? A list of what is left, else nothing and 0. */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isDay } from "../documents/product.ts";
import { releaseFindings } from "./release-check.ts";

const usage = `usage: npm run release:check -- [--json] [--date YYYY-MM-DD]

  --json   the findings as JSON on standard output
  --date   judge as of that day (default: today)

Ends with 1 while anything of the sample, of development or past its date is left.`;

try {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      date: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) console.log(usage);
  else {
    const date = values.date ?? new Date().toISOString().slice(0, 10);
    if (!isDay(date)) throw new Error(`--date ${date}: give a day as YYYY-MM-DD`);
    const findings = releaseFindings(fileURLToPath(new URL("../..", import.meta.url)), date);
    if (values.json)
      console.log(JSON.stringify({ ready: findings.length === 0, findings }, null, 2));
    else {
      for (const { area, where, what, todo } of findings)
        console.log(`${area.padEnd(9)} ${where}\n          ${what}\n          → ${todo}`);
      const none =
        "Nothing of the sample or of development is left. Whether the product may be sold is yours to decide.";
      console.log(
        findings.length === 0
          ? none
          : `\n${findings.length} things are left to do before this may be shipped.`,
      );
    }
    process.exitCode = findings.length === 0 ? 0 : 1;
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message.split(". ")[0]}; see --help\n`);
  process.exitCode = 2;
}
