/**
 * What is claimed of one provision, and what shows it. Claims are data, a file for each guideline in
 * `claims/`; a claim says nothing about a verdict, which comes from what ran (`judge.ts`).
 */
import type { NamedTest } from "./titles.ts";

export interface Claim {
  /** EN 303 645 V2.1.1 numbering, or the name of a row the Code of Practice adds. */
  readonly provision: string;
  /** How the design meets it: what an assessor reads first. */
  readonly design: string;
  /** Files that say so, from the project's root. */
  readonly reads: readonly string[];
  /** The tests that show it; those that kill its mutants are added by themselves. */
  readonly tests: readonly NamedTest[];
  /** Why this repository alone cannot decide it: the verdict is INCONCLUSIVE at best. */
  readonly needs?: { readonly what: "organisation" | "hardware"; readonly why: string };
  /** The condition of the provision that does not hold for this product, and why. */
  readonly notApplicable?: { readonly condition: string; readonly reason: string };
}

/** Tests of one file. */
export function tests(file: string, ...titles: string[]): NamedTest[] {
  return titles.map((title) => ({ file: `test/${file}.test.ts`, title }));
}

/** Cases of the room suites, which run on Node and on the chip's engine. */
export function rooms(...titles: string[]): NamedTest[] {
  return [...tests("rooms", ...titles), ...tests("rooms-xs", ...titles.map((one) => `xs: ${one}`))];
}
