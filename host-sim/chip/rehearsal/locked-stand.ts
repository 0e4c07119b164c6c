/** A stand for a chip that locks itself at its first start, and enciphers its flash with a key that nobody else has. */
import { readFileSync, writeFileSync } from "node:fs";
import { messageIn, type Running, type Stand } from "../bench-unit.ts";

/** The chip enciphers both slots and the areas before it starts our firmware, and restarts in between. */
const startMs = 240_000;

/**
 * @param locking where the chip locks itself: until our firmware speaks for the first time
 * @param stand where it lives after that; its chip finds the whole flash, factory data too, as it was when the
 *   power went
 */
export function lockedStand(locking: Stand, stand: Stand): Stand {
  let left: Uint8Array | undefined;
  return {
    ...stand,
    startMs,
    start(flashFile, onLine, onEnd) {
      if (left) writeFileSync(flashFile, left);
      const live = () => stand.start(flashFile, onLine, onEnd);
      let running: Running;
      if (left) running = live();
      else
        running = locking.start(
          flashFile,
          (line) => {
            if (messageIn<{ message: string }>(line)?.message !== "boot") return;
            running.kill();
            running = live();
          },
          onEnd,
        );
      return {
        write: (line) => running.write(line),
        kill() {
          running.kill();
          left = new Uint8Array(readFileSync(flashFile));
        },
      };
    },
  };
}
