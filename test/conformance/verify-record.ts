/** Checks a record without network and without the project's tests: seal, counts, evidence. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { broken, canonical, fingerprint } from "./chain.ts";
import { type ConformanceRecord, countVerdicts, rowsOf, shownByTest } from "./record.ts";

/** All that is wrong with it; empty when nothing is. */
export function faults(record: ConformanceRecord, folder: string, key?: string): string[] {
  if (record?.body?.format !== "thirteen-conformance-record/1" || !Array.isArray(record.rows))
    return ["this is no conformance record"];
  const seal = broken(record);
  if (seal) return [seal];
  const found: string[] = [];
  const expected = fingerprint(record.seal);
  if (key !== undefined && key !== expected)
    found.push(`signed by the key ${expected}, not by ${key}`);
  const rows = rowsOf(record, "provision");
  if (canonical(countVerdicts(rows)) !== canonical(record.body.counts))
    found.push("the counts are not those of the rows");
  if (shownByTest(rows) !== record.body.shownByTest) found.push("shownByTest does not add up");
  const killed = new Set(
    rowsOf(record, "mutant")
      .filter(({ verdict }) => verdict === "killed")
      .map(({ id }) => id),
  );
  for (const { provision, functional } of rows) {
    if (functional.verdict !== "PASS") continue;
    const { tests, mutants } = functional;
    if (!tests.some(({ outcome }) => outcome === "passed"))
      found.push(`${provision}: a PASS without a test`);
    if (tests.some(({ outcome }) => outcome === "failed"))
      found.push(`${provision}: a PASS with a red test`);
    if (mutants.length === 0 || mutants.some(({ id }) => !killed.has(id)))
      found.push(`${provision}: a PASS without a killed mutant`);
  }
  for (const { path, sha256 } of rowsOf(record, "evidence")) {
    const file = join(folder, path);
    if (!existsSync(file)) found.push(`${path} is missing`);
    else if (createHash("sha256").update(readFileSync(file)).digest("hex") !== sha256)
      found.push(`${path} was changed`);
  }
  return found;
}

/** Days after which a record says nothing about today. */
export const freshDays = 90;

/** What to say of a record's age; undefined while it is fresh. */
export function age({ body }: ConformanceRecord, now: Date): string | undefined {
  const days = Math.floor((now.getTime() - Date.parse(body.ended)) / 86_400_000);
  return days > freshDays
    ? `it is ${days} days old: after ${freshDays} days make a new one (npm run conformance)`
    : undefined;
}
