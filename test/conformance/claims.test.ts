import test from "ava";
import { claims } from "./claims.ts";
import { judge, type RanTest, type Seen } from "./judge.ts";
import type { MutantResult } from "./mutant-run.ts";
import standard from "./standard/provisions.json" with { type: "json" };
import { provisions } from "./standard.ts";
import { missingTest } from "./titles.ts";

test("every provision has a claim, and no claim is without its provision", (t) => {
  t.deepEqual(
    claims.map(({ provision }) => provision).sort(),
    provisions.map(({ id }) => id).sort(),
  );
  const counted = (level: string) => provisions.filter((one) => one.level === level).length;
  t.deepEqual([counted("M") + counted("R"), counted("V3-only"), counted("Code")], [68, 4, 11]);
});

test("every test a claim names is there", (t) => {
  t.deepEqual(claims.flatMap(({ tests }) => tests.map(missingTest)).filter(Boolean), []);
});

test("levels are those of the standard", (t) => {
  for (const { id, level, status } of standard.provisions)
    t.true(level === "V3-only" || status.startsWith(level), id);
});

const byPeople = ["5.2-2", "5.2-3", "5.3-8", "5.4-2", "5.5-8", "5.6-3", "5.6-8", "5.6-9"];

test("what needs an organisation or hardware is never claimed as shown", (t) => {
  const asked = claims.filter(({ needs }) => needs).map(({ provision }) => provision);
  t.deepEqual(asked.sort(), byPeople);
});

const provision = provisions.find(({ id }) => id === "5.1-5")!;
const claim = {
  provision: "5.1-5",
  design: "a lock-out",
  reads: ["a.ts"],
  tests: [{ file: "a", title: "guess" }],
};
const passed: RanTest = {
  file: "a",
  title: "guesses wait",
  outcome: "passed",
  where: "simulated",
  evidence: "e",
};
const killed: MutantResult = {
  ...{ id: "m", area: "x", provisions: ["5.1-5"], verdict: "killed", detail: "", seconds: 1 },
  killedBy: { file: "a", title: "guess" },
};
const seen: Seen = {
  find: ({ file, title }) =>
    passed.file === file && passed.title.startsWith(title) ? [passed] : [],
  mutants: [killed],
  exists: () => true,
  ixit: () => ({ rows: 1, whyNone: undefined }),
};

test("a PASS needs a test that passed in this run and a mutant that was killed in it", (t) => {
  const verdict = (changes: Partial<Seen>, other = claim) =>
    judge(provision, other, { ...seen, ...changes }).verdict;
  t.is(verdict({}), "PASS");
  t.is(verdict({ find: () => [] }), "FAIL", "no test ran");
  t.is(verdict({ find: () => [{ ...passed, outcome: "failed" }] }), "FAIL");
  t.is(verdict({ find: () => [{ ...passed, outcome: "skipped" }] }), "FAIL");
  t.is(verdict({ mutants: [] }), "FAIL", "no mutant");
  t.is(verdict({ mutants: [{ ...killed, verdict: "survived" }] }), "FAIL");
  t.is(verdict({ mutants: [{ ...killed, verdict: "not-applicable" }] }), "FAIL");
  t.is(verdict({ exists: () => false }), "FAIL", "a document is gone");
  t.is(verdict({ ixit: () => undefined }), "FAIL", "a table was not made");
  t.is(verdict({ ixit: () => ({ rows: 0, whyNone: undefined }) }), "FAIL");
  t.is(judge(provision, undefined, seen).verdict, "FAIL", "no claim");
});

test("INCONCLUSIVE and N/A are said with their reason, and a red test is a FAIL all the same", (t) => {
  const needs = { ...claim, needs: { what: "hardware", why: "a chip" } as const };
  const row = judge(provision, needs, seen);
  t.is(row.verdict, "INCONCLUSIVE");
  t.regex(row.functional.reason, /needs hardware: a chip/);
  t.is(
    judge(provision, needs, { ...seen, find: () => [{ ...passed, outcome: "failed" }] }).verdict,
    "FAIL",
  );
  const none = { ...claim, notApplicable: { condition: "C(3)", reason: "updateable" } };
  t.is(judge(provision, none, seen).verdict, "N/A");
});
