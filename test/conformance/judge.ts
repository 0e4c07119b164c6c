/**
 * From what is claimed and what ran to verdicts. Pure. The words are those of ETSI TS 103 701: PASS,
 * FAIL, INCONCLUSIVE; N/A only for a condition that does not hold.
 *
 * No claim is believed: a functional PASS needs a test that passed in this run and a mutant that this
 * run killed.
 */
import type { Claim } from "./claim.ts";
import type { MutantResult } from "./mutant-run.ts";
import type { Provision } from "./standard.ts";
import type { NamedTest } from "./titles.ts";

export type Verdict = "PASS" | "FAIL" | "INCONCLUSIVE" | "N/A";
/** What ran it. Nothing here is ever "hardware": no board has run it yet. */
export type Where = "simulated" | "simulated, on the chip's engine" | "document" | "emulated chip";

/** What one test did in this run. */
export interface RanTest extends NamedTest {
  readonly outcome: "passed" | "failed" | "skipped";
  readonly where: Where;
  /** Its file's output, from the record's folder. */
  readonly evidence: string;
}

export interface CaseResult {
  readonly verdict: Verdict;
  readonly reason: string;
}

export interface Row {
  readonly provision: string;
  readonly title: string;
  readonly guideline: number;
  readonly level: string;
  readonly status: string;
  readonly requirement: string;
  readonly verdict: Verdict;
  readonly conceptual: CaseResult & {
    readonly design: string;
    readonly reads: readonly string[];
    readonly ixit: readonly string[];
  };
  readonly functional: CaseResult & {
    readonly tests: readonly RanTest[];
    readonly mutants: readonly { readonly id: string; readonly verdict: string }[];
    readonly where: readonly Where[];
  };
}

export interface Seen {
  /** Every test of this run that matches a reference; several where it is the start of titles. */
  find(test: NamedTest): readonly RanTest[];
  readonly mutants: readonly MutantResult[];
  exists(path: string): boolean;
  /** How many rows an IXIT table has, and why none; undefined for a table that was not made. */
  ixit(table: string): { readonly rows: number; readonly whyNone: string | undefined } | undefined;
}

export function judge(provision: Provision, claim: Claim | undefined, seen: Seen): Row {
  const { id, title, guideline, level, status, requirement } = provision;
  const mutants = seen.mutants.filter(({ provisions }) => provisions.includes(id));
  const named = [...(claim?.tests ?? []), ...mutants.map(({ killedBy }) => killedBy)];
  const conceptual = judgeDesign(provision, claim, seen);
  const functional = judgeTests(named, mutants, claim, seen);
  return {
    ...{ provision: id, title, guideline, level, status, requirement },
    verdict: overall(conceptual.verdict, functional.verdict),
    conceptual: {
      ...conceptual,
      design: claim?.design ?? "",
      reads: claim?.reads ?? [],
      ixit: provision.ixit,
    },
    functional,
  };
}

function judgeDesign(provision: Provision, claim: Claim | undefined, seen: Seen): CaseResult {
  if (!claim?.design) return { verdict: "FAIL", reason: "no design is stated" };
  if (claim.notApplicable) return notApplicable(claim.notApplicable);
  const gone = claim.reads.filter((path) => !seen.exists(path));
  if (gone.length > 0) return { verdict: "FAIL", reason: `missing: ${gone.join(", ")}` };
  if (claim.reads.length === 0) return { verdict: "FAIL", reason: "nothing to read is named" };
  for (const table of provision.ixit.filter((name) => name !== "ICS")) {
    const made = seen.ixit(table);
    if (!made) return { verdict: "FAIL", reason: `IXIT ${table} was not made` };
    if (made.rows === 0 && !made.whyNone)
      return { verdict: "FAIL", reason: `IXIT ${table} is empty without a reason` };
  }
  if (claim.needs) return { verdict: "INCONCLUSIVE", reason: needs(claim.needs) };
  return { verdict: "PASS", reason: "the design says how, and the files it names are there" };
}

function judgeTests(
  named: readonly NamedTest[],
  mutants: readonly MutantResult[],
  claim: Claim | undefined,
  seen: Seen,
): Row["functional"] {
  const absent = named.filter((one) => seen.find(one).length === 0);
  const ran = [...new Map(named.flatMap(seen.find).map((one) => [key(one), one])).values()];
  const with_ = (result: CaseResult) => ({
    ...result,
    tests: ran,
    mutants: mutants.map(({ id, verdict }) => ({ id, verdict })),
    where: [...new Set(ran.map(({ where }) => where))],
  });
  const fail = (reason: string) => with_({ verdict: "FAIL", reason });

  const red = ran.filter(({ outcome }) => outcome === "failed");
  if (red.length > 0) return fail(`red: ${red.map(({ title }) => title).join("; ")}`);
  const alive = mutants.filter(({ verdict }) => verdict !== "killed");
  if (alive.length > 0) return fail(`not killed: ${alive.map(({ id }) => id).join(", ")}`);
  if (claim?.notApplicable) return with_(notApplicable(claim.notApplicable));
  if (claim?.needs) return with_({ verdict: "INCONCLUSIVE", reason: needs(claim.needs) });
  if (absent.length > 0)
    return fail(`did not run: ${absent.map(({ file, title }) => `${file}: ${title}`).join("; ")}`);
  const passed = ran.filter(({ outcome }) => outcome === "passed").length;
  if (passed === 0) return fail("no test showed it in this run");
  if (mutants.length === 0) return fail("no mutant: its tests have not been seen to fail");
  return with_({
    verdict: "PASS",
    reason: `${count(passed, "test")} passed, ${count(mutants.length, "mutant")} killed`,
  });
}

const key = ({ file, title }: NamedTest) => `${file}\n${title}`;
const count = (n: number, what: string) => `${n} ${what}${n === 1 ? "" : "s"}`;

const notApplicable = ({ condition, reason }: NonNullable<Claim["notApplicable"]>): CaseResult => ({
  verdict: "N/A",
  reason: `${condition}: ${reason}`,
});

const needs = ({ what, why }: NonNullable<Claim["needs"]>) =>
  `${what === "hardware" ? "needs hardware" : "needs an organisation"}: ${why}`;

/** The worse of two: a FAIL anywhere is a FAIL. */
function overall(...verdicts: readonly Verdict[]): Verdict {
  const worst: readonly Verdict[] = ["FAIL", "INCONCLUSIVE", "N/A", "PASS"];
  return worst.find((one) => verdicts.includes(one)) ?? "FAIL";
}
