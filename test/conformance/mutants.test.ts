/** What must hold of the mutants at every moment; `npm run mutants` is what tries them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import type { Mutant } from "./mutant.ts";
import { allMutants, inapplicable } from "./mutant-registry.ts";
import { outcomes } from "./run-tests.ts";
import { projectRoot } from "./shadow.ts";
import { missingTest } from "./titles.ts";

const mutants = await allMutants();

test("every mutant's guard is there exactly once", (t) => {
  const reasons = mutants.map((mutant) => {
    const reason = inapplicable(readFileSync(join(projectRoot, mutant.file), "utf8"), mutant);
    return reason && `${mutant.area}/${mutant.id}: ${reason}`;
  });
  t.deepEqual(reasons.filter(Boolean), []);
});

test("every mutant's test is there, and every mutant has a name of its own", (t) => {
  const missing = mutants.map(({ area, id, killedBy }) => {
    const reason = missingTest(killedBy);
    return reason && `${area}/${id}: ${reason}`;
  });
  t.deepEqual(missing.filter(Boolean), []);
  const ids = mutants.map(({ id }) => id);
  t.deepEqual(
    ids.filter((id, index) => ids.indexOf(id) !== index),
    [],
  );
});

test("control: a guard that is gone, or there twice, and a test that is gone are noticed", (t) => {
  const mutant: Mutant = {
    ...{ id: "x", provisions: [], file: "x.ts", guard: "if (no) return;", broken: "" },
    killedBy: { file: "test/rooms.test.ts", title: "storage: no such case" },
  };
  t.regex(inapplicable("", mutant) ?? "", /0 times/);
  t.regex(inapplicable("if (no) return;if (no) return;", mutant) ?? "", /2 times/);
  t.is(inapplicable("if (no) return;", mutant), undefined);
  t.truthy(missingTest(mutant.killedBy));
  t.truthy(missingTest({ file: "test/conformance/mutants.test.ts", title: "no such test" }));
  t.truthy(missingTest({ file: "test/no-such.test.ts", title: "anything" }));
});

test("what a test run prints is read as it was meant", (t) => {
  const tap =
    "TAP version 13\nok 1 - a title\nnot ok 2 - another - with # in it\n  ---\nok 3 - later # SKIP\n";
  t.deepEqual(outcomes(tap), [
    { title: "a title", outcome: "passed" },
    { title: "another - with # in it", outcome: "failed" },
    { title: "later", outcome: "skipped" },
  ]);
});
