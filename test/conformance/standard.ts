/** The provisions as data: 68 of V2.1.1, four that only V3.1.3 has, eleven that the Code adds. */
import standard from "./standard/provisions.json" with { type: "json" };

export interface Provision {
  readonly id: string;
  readonly title: string;
  readonly guideline: number;
  /** M, R, or "V3-only", or "Code" for what only the Code of Practice asks. */
  readonly level: string;
  /** With the numbers of its conditions, e.g. "M C(5)". */
  readonly status: string;
  readonly requirement: string;
  readonly ixit: readonly string[];
  readonly conceptualCheck: string;
  readonly functionalCheck: string;
  readonly v3: readonly string[];
}

const numbered: Provision[] = standard.provisions.map((one) => ({
  id: one.id,
  title: one.title,
  guideline: one.guideline,
  level: one.level,
  status: one.status,
  requirement: one.requirement,
  ixit: one.ixit,
  conceptualCheck: one.conceptual_check,
  functionalCheck: one.test_idea,
  v3: one.v3_ids,
}));

const extras: Provision[] = standard.code_of_practice_extras.map((one) => ({
  id: one.id,
  title: one.requirement.split(/[;,.]/)[0] ?? one.id,
  guideline: one.guideline,
  level: "Code",
  status: "Code of Practice",
  requirement: one.requirement,
  ixit: [],
  conceptualCheck: one.requirement,
  functionalCheck: one.test_idea,
  v3: [],
}));

export const provisions: readonly Provision[] = [...numbered, ...extras];

export const conditions: Readonly<Record<string, string>> = standard.conditions.v2_1_1;

export const guidelines: readonly { readonly n: number; readonly title: string }[] = [
  { n: 0, title: "Across all guidelines" },
  ...standard.code_of_practice.map(({ n, title }) => ({ n, title })),
];
