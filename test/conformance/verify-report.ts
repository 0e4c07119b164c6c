/** `npm run verify-report -- FILE`: is this record as it was made? Needs no network. */
import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { runCommandLine, UsageError } from "../../host-sim/command-line.ts";
import { Fault } from "../../provisioning/fault.ts";
import { fingerprint } from "./chain.ts";
import type { ConformanceRecord } from "./record.ts";
import { age, faults } from "./verify-record.ts";

const usage = `usage: npm run verify-report -- FILE [--key FINGERPRINT]

  FILE    a record.json, or the folder it lies in with its evidence
  --key   the key that must have signed it: 16 hex digits, as the record's maker told you

Checks the chain of rows, the signature, the counts, and that every piece of evidence is unchanged.`;

await runCommandLine(usage, async () => {
  const { values, positionals } = parseArgs({
    options: { key: { type: "string" } },
    allowPositionals: true,
  });
  const [given, ...more] = positionals;
  if (given === undefined || more.length > 0) throw new UsageError("give one record.json");
  const file = statSync(given, { throwIfNoEntry: false })?.isDirectory()
    ? join(given, "record.json")
    : given;
  const record = read(file);
  const found = faults(record, dirname(file), values.key);
  if (found.length > 0) throw new Fault(`${file}: ${found.join("; ")}`);
  const { body, seal } = record;
  const counts = Object.entries(body.counts).map(([verdict, count]) => `${count} ${verdict}`);
  console.log(`${file} is whole: ${counts.join(", ")}; ${body.mutants.killed} mutants killed`);
  console.log(`made ${body.ended} of ${body.tool.commit}, signed by the key ${fingerprint(seal)}`);
  const old = age(record, new Date());
  if (old) console.log(`Attention: ${old}`);
  if (values.key === undefined)
    console.log("Who made it is known only if that key is: ask its maker, and give it as --key.");
});

function read(file: string): ConformanceRecord {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as ConformanceRecord;
  } catch (error) {
    throw new Fault(`${file} cannot be read: ${(error as Error).message}`);
  }
}
