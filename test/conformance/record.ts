/** The shape of a conformance record: what is signed, and what the rows of its chain are. */
import type { Sealed } from "./chain.ts";
import type { EvidenceFile } from "./evidence.ts";
import type { Row, Verdict } from "./judge.ts";
import type { MutantResult } from "./mutant-run.ts";

export interface RecordBody {
  readonly format: "thirteen-conformance-record/1";
  readonly note: string;
  readonly product: { readonly name: string; readonly model: string; readonly sample: boolean };
  readonly firmware: { readonly version: string; readonly sha256: string };
  readonly tool: { readonly commit: string; readonly modified: boolean; readonly node: string };
  readonly started: string;
  readonly ended: string;
  readonly seconds: number;
  /** What was left out by `--only`; a whole record has none. */
  readonly partial: string | undefined;
  readonly counts: Readonly<Record<Verdict, number>>;
  readonly shownByTest: number;
  readonly mutants: { readonly killed: number; readonly survived: number; readonly other: number };
}

export interface MutantEntry extends MutantResult {
  readonly file: string;
  readonly guard: string;
  readonly broken: string;
}

export type RecordRow =
  | { readonly kind: "provision"; readonly of: Row }
  | { readonly kind: "mutant"; readonly of: MutantEntry }
  | { readonly kind: "evidence"; readonly of: EvidenceFile };

export type ConformanceRecord = Sealed<RecordBody>;

export const note =
  "A self-assessment that tests wrote, not a certification and not legal advice. " +
  "Statuses of provisions are to be checked against ETSI's text. " +
  "Results are of a simulator unless they say otherwise; none is of hardware.";

export function countVerdicts(rows: readonly Row[]): Record<Verdict, number> {
  const counts = { PASS: 0, FAIL: 0, INCONCLUSIVE: 0, "N/A": 0 };
  for (const { verdict } of rows) counts[verdict]++;
  return counts;
}

/** Rows whose functional case is a PASS: a test ran, and each of its mutants was killed. */
export const shownByTest = (rows: readonly Row[]) =>
  rows.filter(({ functional }) => functional.verdict === "PASS").length;

/** The rows of one kind, in the record's order. */
export function rowsOf<Kind extends RecordRow["kind"]>(
  record: ConformanceRecord,
  kind: Kind,
): Extract<RecordRow, { kind: Kind }>["of"][] {
  const rows = record.rows.map(({ row }) => row as RecordRow);
  return rows.filter((row) => row.kind === kind).map((row) => row.of as never);
}
