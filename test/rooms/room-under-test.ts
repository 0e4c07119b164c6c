/** Stands for one room's suites until a bundle puts them here (`test/rooms-xs.test.ts`). */
import type { Suite } from "../suite.ts";

export const suites: readonly Suite[] = [];
