/** Watches an image on trial until it is confirmed or given up. */
import type { Platform } from "../platform/platform.ts";
import type { GivenUp } from "./boot.ts";
import { type Health, judgeHealth, soakMs } from "./self-check.ts";
import type { Slots } from "./slots.ts";

/** Once a second while it could be confirmed any moment, then as somebody who waits. */
const lookEveryMs = (livedMs: number) => (livedMs < 2 * soakMs ? 1_000 : 5_000);

export interface TrialOptions extends Pick<Platform, "timer" | "clock"> {
  readonly slots: Slots;
  health(): Health;
  /** Brings the product to rest, before the restart into the image before. */
  makeSafe(): void;
  onConfirmed(): void;
  /** Only when there was nothing to go back to: otherwise the image before reports it. */
  onKept(reason: GivenUp): void;
}

/** Does nothing when no image is on trial. */
export function watchTrial(options: TrialOptions): void {
  const { slots, timer, clock } = options;
  if (slots.start.next !== "self-check") return;
  const look = () => {
    const livedMs = clock.ticks();
    const verdict = judgeHealth(options.health(), livedMs);
    if (verdict === "watch") timer.set(look, lookEveryMs(livedMs));
    else if (verdict === "confirm") {
      slots.confirm();
      options.onConfirmed();
    } else {
      options.makeSafe();
      slots.goBack(verdict);
      options.onKept(verdict);
    }
  };
  look();
}
