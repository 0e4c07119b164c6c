/** The reasons of the support period and the plan for its components, typed. */
import data from "./data/support-reasons.json" with { type: "json" };

export interface Plan {
  readonly component: string;
  /** A day, or "no date". */
  readonly ends: string;
  readonly next: string;
}

export const reasons: readonly string[] = data.reasons;
export const plan: readonly Plan[] = data.plan;
