/**
 * Lives that end before they are sound (EN 303 645 5.9-1, 5.9-2): a supply that sags whenever the lamp
 * goes on, a firmware that dies of what it is told, a heap that is too small. A unit that keeps dying
 * comes up in safe mode: set-up and updates only. If it dies even there, it leaves its broker out too,
 * in case that is what kills it. After a while in safe mode it tries the whole firmware again.
 *
 * The count is in flash, because RAM is what such a unit keeps losing. The flash is spared: a unit that
 * goes on dying writes no more once the count is full.
 */
import type { ResetReason } from "../platform/platform.ts";
import type { KeyValue } from "./key-value.ts";

/** whole: everything runs · safe: no product, no commands but updates · bare: no broker either. */
export type Mode = "whole" | "safe" | "bare";

/** So many lives in a row that ended badly and soon are a loop. */
export const loopLength = 5;
/** Deaths in safe mode before the broker is left out. */
const safeTries = 2;
/** A life that lasted so long was a sound one. */
export const soundMs = 5 * 60_000;
/** First stay in safe mode; each further one doubles it. */
const firstStayMs = 10 * 60_000;
const longestStayMs = 6 * 3_600_000;
const mostCounted = 20;

const badEnds: readonly ResetReason[] = [
  "watchdog",
  "memory-full",
  "stack-overflow",
  "exception",
  "brown-out",
];

/**
 * What this start means. Only a bad end leads to safe mode: whoever pulls the plug, and a unit that
 * restarts itself out of safe mode, gets a whole try, and the next bad end counts on.
 */
export function judgeRestart(
  badLives: number,
  reason: ResetReason,
): { readonly badLives: number; readonly mode: Mode } {
  if (!badEnds.includes(reason)) return { badLives, mode: "whole" };
  const counted = Math.min(badLives + 1, mostCounted);
  if (counted < loopLength) return { badLives: counted, mode: "whole" };
  return { badLives: counted, mode: counted < loopLength + safeTries ? "safe" : "bare" };
}

/** How long safe mode lasts before the whole firmware is tried again, ms. */
export function stayMs(badLives: number): number {
  return Math.min(longestStayMs, firstStayMs * 2 ** Math.max(0, badLives - loopLength));
}

const key = "restart-loop";

export interface Starts {
  readonly mode: Mode;
  readonly badLives: number;
  /** False when this start is one more of a loop that has been told of often enough. */
  readonly news: boolean;
  /** This life is a sound one: whatever was counted is over. */
  sound(): void;
}

/**
 * Counts this start. The first one takes the count's room, and nothing gives it back: a store that others
 * filled later does not cost a unit its safe mode. Where it was full before, it costs that, not its life.
 */
export function countStart(system: KeyValue, reason: ResetReason): Starts {
  const before = system.read(key)?.[0];
  const { badLives, mode } = judgeRestart(before ?? 0, reason);
  if (badLives !== before) keep(() => system.write(key, new Uint8Array([badLives])));
  return {
    mode,
    badLives,
    news: !(badLives === mostCounted && badLives === before && mode !== "whole"),
    sound() {
      if (badLives > 0) keep(() => system.write(key, new Uint8Array([0])));
    },
  };
}

function keep(write: () => void): void {
  try {
    write();
  } catch {
    // The store is full; that is said where somebody can do something about it.
  }
}
