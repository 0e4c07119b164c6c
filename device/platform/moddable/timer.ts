/** `Timer` over the SDK's, whose handles are objects and whose callbacks get an argument. */
import SdkTimer from "timer";
import type { Timer } from "../platform.ts";

export function openTimer(): Timer {
  const running = new Map<number, object>();
  let last = 0;
  return {
    set(callback, delayMs) {
      const id = ++last;
      running.set(
        id,
        SdkTimer.set(() => {
          running.delete(id);
          callback();
        }, delayMs),
      );
      return id;
    },
    clear(id) {
      const handle = running.get(id);
      running.delete(id);
      if (handle) SdkTimer.clear(handle);
    },
  };
}
