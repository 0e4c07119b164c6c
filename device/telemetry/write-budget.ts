/**
 * How often somebody outside can make the journal write to the flash: in bursts, and over the years no
 * more than the flash lasts for, even when it is so full that each write costs an erase. What is not
 * written is counted by the next that is.
 */
import type { SecurityEvent } from "./journal.ts";

const burst = 40;
/**
 * One write comes back in this time: 48 a day. In a full store each of them erases one of the two banks, so
 * that a block takes 24 erases a day: 100,000 in eleven years.
 */
const refillMs = 30 * 60_000;

/** Events that strangers bring about; the others are the unit's own, and always written. */
const fromOutside: readonly SecurityEvent[] = [
  "pairing-refused",
  "command-refused",
  "link-refused",
  "update-refused",
  "set-up-opened",
  "set-up-closed",
  "anomaly",
];

export class WriteBudget {
  private left = burst;
  private sinceMs = 0;

  /** Whether this event may be written now. */
  admits(event: SecurityEvent, nowMs: number): boolean {
    if (!fromOutside.includes(event)) return true;
    const refilled = Math.floor((nowMs - this.sinceMs) / refillMs);
    this.left = Math.min(burst, this.left + refilled);
    this.sinceMs += refilled * refillMs;
    if (this.left === 0) return false;
    this.left--;
    return true;
  }
}
