/**
 * Development builds only: holds the running unit to the budget of `platform/memory.ts`. What is alive with
 * nothing in hand may not grow, or the next signature finds no room for itself and the chip resets in the
 * field; better that it stops on a developer's bench, with the figures in the journal.
 */
import { atRest, type HeapShare } from "../platform/memory.ts";
import type { Platform } from "../platform/platform.ts";
import type { Journal } from "./journal.ts";

/** Between two looks: each is a whole collection, some 10 ms on the chip. */
export const lookMs = 30_000;

/** A pairing or a handshake in hand is no leak, so one look over the budget proves nothing. */
const looksOver = 3;

/** What is over, or undefined. */
export function overBudget(live: HeapShare, budget: HeapShare = atRest): string | undefined {
  if (live.slots > budget.slots) return `slots ${live.slots} of ${budget.slots}`;
  if (live.chunks > budget.chunks) return `chunks ${live.chunks} of ${budget.chunks}`;
  return undefined;
}

/** @throws on a timer's turn, when the budget has been passed for too long: the engine resets the unit. */
export function watchMemory(
  { timer, trace, development }: Pick<Platform, "timer" | "trace" | "development">,
  journal: Pick<Journal, "record">,
): void {
  if (!development) return;
  let over = 0;
  let most = 0;
  const look = () => {
    const live = development.live();
    const excess = overBudget(live);
    over = excess === undefined ? 0 : over + 1;
    if (live.slots + live.chunks > most) {
      most = live.slots + live.chunks;
      trace("memory", "most-alive", { slots: live.slots, chunks: live.chunks });
    }
    if (excess !== undefined && over >= looksOver) {
      journal.record("memory-over-budget", excess);
      throw new Error(`over the memory budget: ${excess}`);
    }
    timer.set(look, lookMs);
  };
  timer.set(look, lookMs);
}
