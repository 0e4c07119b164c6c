/**
 * What runs in place of the product in safe mode, when the product may be what kills the unit: nothing.
 * The actuator is off, a restart disturbs nobody, and no new firmware is kept on its word.
 */
import type { RunningProduct } from "./capabilities.ts";

export const resting: RunningProduct<unknown> = {
  apply() {},
  tap() {},
  healthy: () => false,
  atRest: () => true,
  makeSafe() {},
};
