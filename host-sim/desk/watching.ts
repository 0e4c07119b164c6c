/**
 * The watcher at the desk: what it flags goes on the timeline and lights guideline 10, which is about
 * examining telemetry and not about having it.
 */
import { type Flag, observedOf, Watcher } from "../watch/watcher.ts";
import type { Desk } from "./desk.ts";
import type { Judge } from "./judge.ts";
import type { Narrator } from "./narrator.ts";

/** Starts to watch; the result stops it. */
export function watchFleet(
  { broker, clock }: Desk,
  narrator: Narrator,
  judge: Judge,
  onFlag: (flag: Flag) => void,
): () => void {
  const watcher = new Watcher();
  return broker.watch((event) => {
    const seen = observedOf(event, clock.wall());
    if (seen === undefined) return;
    for (const flag of watcher.observe(seen)) {
      const { signal, about, events, words } = flag;
      onFlag(flag);
      const many = events === 1 ? "one event" : `${events} events`;
      narrator.note({
        part: "watch",
        text: `The maker's watcher noticed: ${words}`,
        detail: `After ${many}, about ${about}. It counts names of security events and connections, and looks at no report.`,
        reason: signal,
        tone: "refused",
      });
      judge.light(10, true, `After ${many} the watcher noticed: ${words}`, heldBy);
    }
  });
}

const heldBy = "test/watch.test.ts: silent over a clean week of fifty homes";
