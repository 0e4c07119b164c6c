/** Every attack of the desk, by guideline. */
import { forgers } from "./forgers.ts";
import { impostors } from "./impostors.ts";
import { intruders } from "./intruders.ts";
import type { Attack } from "./scenario.ts";
import { updateAttacks } from "./updates.ts";

const all = [...intruders, ...updateAttacks, ...impostors, ...forgers];

export const attacks: readonly Attack[] = all.sort((a, b) => a.guideline - b.guideline);
