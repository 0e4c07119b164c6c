/** A door sensor: the contact lies on the button's pin, the light shows that the door is open. */
import type { Product } from "./capabilities.ts";

/** A door sensor has nothing to set. */
export type Setting = never;

export const product: Product<Setting> = {
  name: "door sensor",
  names: [],
  parse: () => undefined,
  start({ lamp, publish, every }) {
    let open = false;
    const report = () => publish({ open });
    every(60 * 60_000, report);
    report();
    return {
      apply() {},
      tap() {
        open = !open;
        lamp.write(open ? 1 : 0);
        report();
      },
      healthy: () => true,
      // Nothing moves when it restarts.
      atRest: () => true,
      makeSafe: () => lamp.write(0),
    };
  },
};
