/**
 * Runs the line of one station: whatever is furthest along is finished first, so that no more secrets
 * lie sealed than one gang's, and a run that was interrupted goes on where it was.
 */
import type { UnitRow, UnitState } from "../ledger/schema.ts";
import type { Station } from "./station.ts";
import {
  flashStep,
  gangs,
  issueStep,
  type LabelOptions,
  labelStep,
  type StepResult,
  type Turned,
  verifyStep,
} from "./steps.ts";
import type { Target } from "./target.ts";

export interface LineOptions extends LabelOptions {
  readonly order: string;
  readonly target: Target;
  /** New units to issue at most; those already begun are finished in any case. */
  readonly most?: number;
  /** Verification starts each unit, where the target can. */
  readonly boot?: boolean;
  readonly onStep?: (state: UnitState, count: number) => void;
}

export interface LineResult {
  readonly labelled: number;
  /** The order has nothing left to issue. */
  readonly isFinished: boolean;
  /** Units that stay where they are until somebody looks at them. */
  readonly turned: readonly Turned[];
}

export async function runLine(station: Station, options: LineOptions): Promise<LineResult> {
  const { target, onStep = () => {}, boot = false } = options;
  const turned = new Map<string, Turned>();
  let left = options.most ?? Number.POSITIVE_INFINITY;
  let labelled = 0;
  let isFinished = false;
  const waiting = async (state: UnitState, gang: number): Promise<UnitRow[]> => {
    const rows = await station.ledger.atStation(station.station, state, gang + turned.size);
    return rows.filter(({ serial }) => !turned.has(serial)).slice(0, gang);
  };
  const settle = (state: UnitState, { done, turned: sentBack }: StepResult) => {
    for (const one of sentBack) turned.set(one.serial, one);
    if (done.length > 0) onStep(state, done.length);
    return done.length;
  };
  for (;;) {
    const verified = await waiting("verified", gangs.label);
    if (verified.length > 0) {
      labelled += settle("labelled", await labelStep(station, verified, options));
      continue;
    }
    const flashed = await waiting("flashed", gangs.verify);
    if (flashed.length > 0) {
      settle("verified", await verifyStep(station, target, flashed, { boot }));
      continue;
    }
    const issued = await waiting("issued", gangs.flash);
    if (issued.length > 0) {
      settle("flashed", await flashStep(station, target, issued));
      continue;
    }
    const count = Math.min(left, gangs.issue);
    const made = count > 0 ? await issueStep(station, options.order, count) : 0;
    isFinished = count > 0 && made === 0;
    if (made === 0) break;
    left -= made;
    onStep("issued", made);
  }
  await station.endShift();
  await station.ledger.checkpoint(station, new Date());
  return { labelled, isFinished, turned: [...turned.values()] };
}
