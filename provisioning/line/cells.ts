/**
 * A unit's secrets are only ever in the memory of a cell: a process that takes one lot through the
 * line and ends. The supervisor, which may run for a shift, sees serials and counts. When a cell ends
 * the operating system takes its memory back and gives it to nobody unwiped, which no discipline with
 * strings could promise. A cell that dies is followed by another that goes on where it was.
 */
import { fork } from "node:child_process";
import { Fault } from "../fault.ts";
import type { UnitState } from "../ledger/schema.ts";
import type { LineResult } from "./line.ts";
import type { Turned } from "./steps.ts";

/** Cell to supervisor. */
export type CellMessage =
  | { readonly step: UnitState; readonly count: number }
  | { readonly ended: LineResult }
  | { readonly fault: string };

export interface CellOptions {
  /** The program, and what to run it with. */
  readonly entry: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly onStep: (state: UnitState, count: number) => void;
}

/** As often in a row may a cell die without having labelled anything. */
const patience = 3;

/** Runs cells until one finds nothing left to do. */
export async function runCells(options: CellOptions): Promise<{
  labelled: number;
  turned: Turned[];
  cells: number;
  died: number;
}> {
  const turned = new Map<string, Turned>();
  let labelled = 0;
  let cells = 0;
  let died = 0;
  let diedInARow = 0;
  for (;;) {
    cells++;
    const end = await runCell(options);
    labelled += end.labelled;
    if (end.kind === "fault") throw new Fault(end.fault);
    if (end.kind === "died") {
      died++;
      diedInARow = end.labelled > 0 ? 1 : diedInARow + 1;
      if (diedInARow >= patience)
        throw new Fault(
          `the line's process died ${patience} times (${end.how}); nothing is lost: look at its message, then run this again`,
        );
      continue;
    }
    diedInARow = 0;
    for (const one of end.turned) turned.set(one.serial, one);
    if (end.isFinished) return { labelled, turned: [...turned.values()], cells, died };
  }
}

type CellEnd =
  | {
      readonly kind: "ended";
      readonly labelled: number;
      readonly isFinished: boolean;
      readonly turned: readonly Turned[];
    }
  | { readonly kind: "fault"; readonly labelled: number; readonly fault: string }
  | { readonly kind: "died"; readonly labelled: number; readonly how: string };

function runCell({ entry, args, environment, onStep }: CellOptions): Promise<CellEnd> {
  return new Promise((resolve, reject) => {
    const child = fork(entry, [...args], {
      env: environment,
      // Standard output is the supervisor's: it may be JSON.
      stdio: ["inherit", "ignore", "inherit", "ipc"],
    });
    let labelled = 0;
    let end: CellEnd | undefined;
    child.on("message", (message: CellMessage) => {
      if ("step" in message) {
        if (message.step === "labelled") labelled += message.count;
        onStep(message.step, message.count);
      } else if ("fault" in message) end = { kind: "fault", labelled, fault: message.fault };
      else end = { kind: "ended", ...message.ended };
    });
    child.on("error", reject);
    child.on("exit", (status, signal) =>
      resolve(end ?? { kind: "died", labelled, how: signal ?? `exit ${status}` }),
    );
  });
}
