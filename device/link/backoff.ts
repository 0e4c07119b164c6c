/**
 * When to dial again: decorrelated jitter, as the AWS Architecture Blog named it in "Exponential
 * Backoff And Jitter" (2015): sleep = min(cap, random between base and three times the last
 * sleep). A fleet that lost its broker in one moment comes back spread out (EN 303 645 5.9-3).
 *
 * Two things are added for whole fleets. No window of the draw is shorter than the spread, so that
 * the first wait after a loss is already as wide as the fleet needs; and a start that nobody waits
 * for is drawn from the spread too, because a town gets its power back in one moment.
 */

export interface BackoffLimits {
  /** Shortest wait, ms. */
  readonly baseMs: number;
  /** Longest wait, ms; at least `baseMs`. */
  readonly capMs: number;
  /** The window that a wait is drawn from is at least this wide, ms; 0 when absent. */
  readonly spreadMs?: number;
}

/**
 * The next wait in ms, within `baseMs` and `capMs`.
 * @param previousMs the wait before; 0 after a connection that held.
 * @param uniform a random number in [0, 1).
 */
export function nextWait(limits: BackoffLimits, previousMs: number, uniform: number): number {
  const { baseMs, capMs, spreadMs = 0 } = limits;
  const highest = Math.min(capMs, Math.max(Math.max(previousMs, baseMs) * 3, spreadMs));
  return Math.floor(baseMs + uniform * (highest - baseMs));
}

/** The wait before the first dial of a start that nobody waits for, ms. */
export function firstWait({ spreadMs = 0 }: BackoffLimits, uniform: number): number {
  return Math.floor(uniform * spreadMs);
}

/**
 * The longest that a fleet needs to be back, ms, when its broker was away for `awayMs` and then takes
 * everybody: no wait that is running at the return is longer, whatever was drawn.
 */
export function longestReturn(
  { baseMs, capMs, spreadMs = 0 }: BackoffLimits,
  awayMs: number,
): number {
  return Math.min(capMs, Math.max(3 * Math.max(baseMs, awayMs), spreadMs));
}

/** Four bytes of entropy as a number in [0, 1). */
export function uniformOf(entropy: Uint8Array): number {
  let value = 0;
  for (let index = 0; index < 4; index++) value = value * 256 + (entropy[index] ?? 0);
  return value / 4294967296;
}
