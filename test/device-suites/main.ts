/**
 * The root of the suites on the SDK's engine: the bench names a room, the unit runs it case by case, one a
 * turn of the event loop, so that the watchdog is fed between them, and says what came of each.
 */
import Modules from "modules";
import Timer from "timer";
import { check, type Suite } from "../suite.ts";
// Resolved by the build to the line of the target.
import { openLine } from "./line.ts";

const lookEveryMs = 5;

const line = openLine();
const say = (fields: object) => line.say(`${JSON.stringify(fields)}\n`);

function fault(run: () => void): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return String((error as Error).message ?? error).slice(0, 300);
  }
}

interface Named {
  readonly suite: string;
  readonly name: string;
  readonly run: () => void;
}

function casesOf(room: string): Named[] {
  const { suites } = Modules.importNow(`suite-${room}`) as { suites: readonly Suite[] };
  return suites.flatMap(({ room: suite, cases }) =>
    Object.keys(cases).map((name) => ({ suite, name, run: () => cases[name]?.(check) })),
  );
}

function runAll(cases: readonly Named[], index: number): void {
  const next = cases[index];
  if (!next) {
    say({ message: "end", cases: cases.length });
    return;
  }
  const { suite, name } = next;
  say({ message: "begin", suite, name });
  say({ message: "case", suite, name, fault: fault(next.run) });
  Timer.set(() => runAll(cases, index + 1), 1);
}

function begin(room: string): void {
  let cases: Named[] = [];
  const failed = fault(() => {
    cases = casesOf(room);
  });
  if (failed === undefined) runAll(cases, 0);
  else say({ message: "unfit", room, fault: failed });
}

// The engine's last call before it resets.
globalThis.abort = (reason) => say({ message: "abort", reason });
say({ message: "boot" });
let begun = false;
Timer.repeat(() => {
  const heard = line.hear();
  if (heard === undefined || begun || !heard.startsWith("room ")) return;
  begun = true;
  begin(heard.slice("room ".length).trim());
}, lookEveryMs);
