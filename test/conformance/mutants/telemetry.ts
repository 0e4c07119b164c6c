/** Guards of guideline 10: what is recorded, what is noticed, and who is told. */
import type { Mutant } from "../mutant.ts";

const room = (title: string) => ({ file: "test/rooms.test.ts", title });

export const mutants: readonly Mutant[] = [
  {
    id: "a-storm-wears-the-flash",
    provisions: ["5.10-1"],
    file: "device/telemetry/journal.ts",
    guard: "if (last && ticks() - last.atTicks < quietMs) {",
    broken: "if (last && ticks() - last.atTicks < 0) {",
    killedBy: room("telemetry: a storm of one event is counted, not written"),
  },
];
