import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { fingerprint, seal } from "./chain.ts";
import { type ConformanceRecord, note, type RecordBody, type RecordRow } from "./record.ts";
import { reportHtml } from "./report.ts";
import { age, faults } from "./verify-record.ts";

const output = "ok 1 - guesses wait\n";
const body: RecordBody = {
  ...{
    format: "thirteen-conformance-record/1",
    note,
    seconds: 60,
    partial: undefined,
    shownByTest: 1,
  },
  product: { name: "Lamp <1>", model: "L-1", sample: true },
  firmware: { version: "0.1.0", sha256: "ab" },
  tool: { commit: "c", modified: false, node: "v20" },
  started: "2026-11-25T10:00:00.000Z",
  ended: "2026-11-25T10:01:00.000Z",
  counts: { PASS: 1, FAIL: 0, INCONCLUSIVE: 0, "N/A": 0 },
  mutants: { killed: 1, survived: 0, other: 0 },
} as const;
const rows: RecordRow[] = [
  {
    kind: "provision",
    of: {
      ...{ provision: "5.1-5", title: "Brute force", guideline: 1, level: "M", status: "M" },
      ...{ requirement: "slow", verdict: "PASS" },
      conceptual: { verdict: "PASS", reason: "r", design: "d", reads: [], ixit: ["1-AuthMech"] },
      functional: {
        ...{ verdict: "PASS", reason: "1 test passed", where: ["simulated"] },
        tests: [
          {
            file: "a",
            title: "guesses wait",
            outcome: "passed",
            where: "simulated",
            evidence: "evidence/a.tap.txt",
          },
        ],
        mutants: [{ id: "m", verdict: "killed" }],
      },
    },
  },
  {
    kind: "mutant",
    of: {
      ...{
        id: "m",
        area: "x",
        provisions: ["5.1-5"],
        verdict: "killed",
        detail: "red",
        seconds: 1,
      },
      ...{
        file: "a.ts",
        guard: "if (a < b)",
        broken: "if (true)",
        killedBy: { file: "a", title: "g" },
      },
    },
  },
  {
    kind: "evidence",
    of: {
      ...{ file: "a", path: "evidence/a.tap.txt", passed: 1, failed: 0, seconds: 1 },
      sha256: createHash("sha256").update(output).digest("hex"),
    },
  },
];

function recordFolder(t: { teardown(run: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), "thirteen-record-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "evidence"));
  writeFileSync(join(folder, "evidence", "a.tap.txt"), output);
  return folder;
}
const journey = (record: unknown) => JSON.parse(JSON.stringify(record)) as ConformanceRecord;

test("a record is checked offline: seal, counts, evidence, and whose key it was", (t) => {
  const folder = recordFolder(t);
  const record = journey(seal(body, rows));
  t.deepEqual(faults(record, folder), []);
  t.deepEqual(faults(record, folder, fingerprint(record.seal)), []);
  t.regex(faults(record, folder, "0000000000000000").join(), /not by 0000/);
  writeFileSync(join(folder, "evidence", "a.tap.txt"), "ok 1 - something else\n");
  t.regex(faults(record, folder).join(), /evidence\/a\.tap\.txt was changed/);
  rmSync(join(folder, "evidence", "a.tap.txt"));
  t.regex(faults(record, folder).join(), /missing/);
  t.truthy(faults({} as never, folder)[0]);
});

test("a record that is signed well and adds up badly is found", (t) => {
  const folder = recordFolder(t);
  const more = { ...body, counts: { ...body.counts, PASS: 2 } };
  t.regex(faults(journey(seal(more, rows)), folder).join(), /counts/);
  t.regex(
    faults(journey(seal(body, [rows[0], rows[2]])), folder).join(),
    /without a killed mutant/,
  );
});

test("a record that is too old is flagged", (t) => {
  const record = journey(seal(body, rows));
  t.is(age(record, new Date("2026-12-01T00:00:00Z")), undefined);
  t.regex(age(record, new Date("2027-06-01T00:00:00Z")) ?? "", /187 days old/);
});

test("the page: no script, nothing from elsewhere, tags that close, texts that are quoted", (t) => {
  const html = reportHtml(journey(seal(body, rows)));
  t.false(/<script|https?:\/\//.test(html));
  t.true(html.includes("Lamp &#60;1&#62;"));
  t.true(html.includes("if (a &#60; b)"));
  t.regex(html, /href="evidence\/a\.tap\.txt"/);
  const open: string[] = [];
  for (const [, close, name] of html
    .replace(/<style>[\s\S]*<\/style>|<!doctype html>/g, "")
    .matchAll(/<(\/?)([a-z0-9]+)[^>]*>/g)) {
    if (/^(meta|input|br|link)$/.test(name!)) continue;
    if (close) t.is(open.pop(), name, `</${name}> closes what was opened last`);
    else open.push(name!);
  }
  t.deepEqual(open, []);
  const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  t.is(new Set(ids).size, ids.length, "no id is there twice");
});
