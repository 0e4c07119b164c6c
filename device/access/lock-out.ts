/**
 * How often a stranger may guess the set-up password (EN 303 645 5.1-5). Pure: state and time in,
 * state out. The one way to an answer is `begin`, which hands back a state *to be recorded in flash
 * before the answer leaves*; pulling the plug after the answer therefore saves the attacker nothing.
 *
 * The first three attempts are free (people mistype), then the wait doubles from 1 s to 15 min. A
 * month of guessing gets 12 answers in the first 17 minutes and 96 a day after that: below 2,900 of
 * 2^80. It never locks for good: the owner waits 15 minutes at most.
 *
 * The chip has no clock that survives a power cut, so after a restart the whole wait of the recorded
 * count starts anew: power cuts only make it longer.
 */

/** Attempts that need no waiting. */
export const FREE_ATTEMPTS = 3;
export const LONGEST_DELAY_MS = 15 * 60 * 1000;
/** The count at which the delay stops growing; it is not counted further. */
export const CEILING = 13;

const FIRST_DELAY_MS = 1000;
const ENCODING = 1;

export interface LockOut {
  /** Attempts since the last success, 0 to `CEILING`. */
  readonly attempts: number;
  /** Milliseconds on the clock of `begin`; the next attempt may not come before. */
  readonly notBefore: number;
}

/** How long to wait after so many attempts, milliseconds. */
export function delayAfter(attempts: number): number {
  if (attempts < FREE_ATTEMPTS) return 0;
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempts - FREE_ATTEMPTS));
}

/**
 * Asks for one attempt.
 * @param now milliseconds since start, monotonic.
 * @returns `record`: the state that counts this attempt as failed; store `encodeLockOut(record)`
 *   before anything is sent that depends on the password. `refuse`: come back in `retryAfterMs`.
 */
export function begin(
  state: LockOut,
  now: number,
): { readonly record: LockOut } | { readonly refuse: "too-soon"; readonly retryAfterMs: number } {
  if (now < state.notBefore) {
    // Bounded, so that a clock gone wrong cannot turn a wait into a lock for good.
    return { refuse: "too-soon", retryAfterMs: Math.min(state.notBefore - now, LONGEST_DELAY_MS) };
  }
  const attempts = Math.min(state.attempts + 1, CEILING);
  return { record: { attempts, notBefore: now + delayAfter(attempts) } };
}

/** After a proven password. */
export function succeed(): LockOut {
  return { attempts: 0, notBefore: 0 };
}

/** Three bytes: version, count, complement of the count. */
export function encodeLockOut(state: LockOut): Uint8Array {
  return Uint8Array.of(ENCODING, state.attempts, state.attempts ^ 0xff);
}

/**
 * The state after a start.
 * @param stored what flash holds; undefined on a unit nobody has tried yet.
 *
 * Bytes that are there and make no sense count as the ceiling, not as zero: damage an attacker may
 * have caused must not buy free guesses, and it costs an honest owner 15 minutes.
 */
export function restoreLockOut(stored: Uint8Array | undefined, now: number): LockOut {
  const attempts = stored === undefined ? 0 : decodeAttempts(stored);
  return { attempts, notBefore: now + delayAfter(attempts) };
}

function decodeAttempts(stored: Uint8Array): number {
  const [version, attempts, complement] = stored;
  const intact =
    stored.length === 3 &&
    version === ENCODING &&
    attempts !== undefined &&
    attempts <= CEILING &&
    complement === (attempts ^ 0xff);
  return intact ? attempts : CEILING;
}
