/**
 * When to dial again: decorrelated jitter, as the AWS Architecture Blog named it in "Exponential
 * Backoff And Jitter" (2015): sleep = min(cap, random between base and three times the last
 * sleep). A fleet that lost its broker in one moment comes back spread out (EN 303 645 5.9-3).
 */

export interface BackoffLimits {
  /** Shortest wait, ms. */
  readonly baseMs: number;
  /** Longest wait, ms; at least `baseMs`. */
  readonly capMs: number;
}

/**
 * The next wait in ms, within `baseMs` and `capMs`.
 * @param previousMs the wait before; 0 after a connection that held.
 * @param uniform a random number in [0, 1).
 */
export function nextWait(limits: BackoffLimits, previousMs: number, uniform: number): number {
  const { baseMs, capMs } = limits;
  const highest = Math.min(capMs, Math.max(previousMs, baseMs) * 3);
  return Math.floor(baseMs + uniform * (highest - baseMs));
}

/** Four bytes of entropy as a number in [0, 1). */
export function uniformOf(entropy: Uint8Array): number {
  let value = 0;
  for (let index = 0; index < 4; index++) value = value * 256 + (entropy[index] ?? 0);
  return value / 4294967296;
}
