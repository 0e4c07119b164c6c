/** Every attack of the desk, by guideline. */
import { forgers } from "./forgers.ts";
import { impostors } from "./impostors.ts";
import { intruders } from "./intruders.ts";
import type { Attack } from "./scenario.ts";

export const attacks: readonly Attack[] = [...intruders, ...impostors, ...forgers].sort(
  (a, b) => a.guideline - b.guideline,
);
