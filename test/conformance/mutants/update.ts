/** Guards of updates beyond the verifier's, which `test/update/guards.test.ts` takes out one by one. */
import type { Mutant } from "../mutant.ts";

const room = (title: string) => ({ file: "test/rooms.test.ts", title });

export const mutants: readonly Mutant[] = [
  {
    id: "quiet-hours-that-never-come",
    provisions: ["5.3-6"],
    file: "device/update/quiet-hours.ts",
    guard: "isMinute(from) && isMinute(to) && from !== to ?",
    broken: "isMinute(from) && isMinute(to) ?",
    killedBy: room("update/quiet-hours: hours that are none, or would never come"),
  },
  {
    id: "restarts-though-the-lamp-was-lit-meanwhile",
    provisions: ["5.3-12"],
    file: "device/update/update.ts",
    guard: "if (!this.offer || !this.parts.atRest()) {",
    broken: "if (!this.offer) {",
    killedBy: room("update/moments: somebody switches the lamp on in the last two seconds"),
  },
  {
    id: "asks-one-mirror-for-ever",
    provisions: ["5.3-5", "5.3-8"],
    file: "device/update/update.ts",
    guard: "    this.mirror++;\n",
    broken: "",
    killedBy: room("update/moments: a mirror that is away: the next is asked at once"),
  },
];
