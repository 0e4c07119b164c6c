/** Guards of the rooms that every product has. */
import type { Mutant } from "../mutant.ts";

const room = (title: string) => ({ file: "test/rooms.test.ts", title });

export const mutants: readonly Mutant[] = [
  {
    id: "guesses-without-waiting",
    provisions: ["5.1-5"],
    file: "device/access/lock-out.ts",
    guard: "if (now < state.notBefore) {",
    broken: "if (now < 0) {",
    killedBy: room("access/lock-out: a month of guessing, with and without power cuts"),
  },
  {
    id: "damaged-lock-out-counts-as-none",
    provisions: ["5.1-5"],
    file: "device/access/lock-out.ts",
    guard: "return intact ? attempts : CEILING;",
    broken: "return intact ? attempts : 0;",
    killedBy: room("access/lock-out: damaged or forged bytes count as the ceiling"),
  },
];
