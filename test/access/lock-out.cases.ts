import {
  begin,
  CEILING,
  delayAfter,
  encodeLockOut,
  FREE_ATTEMPTS,
  LONGEST_DELAY_MS,
  type LockOut,
  restoreLockOut,
  succeed,
} from "../../device/access/lock-out.ts";
import type { Case } from "../suite.ts";

const MONTH_MS = 30 * 24 * 60 * 60 * 1000;
const BOOT_MS = 500;

/** What an implementation of the lock-out does; the controls break one part each. */
interface Guard {
  restore(stored: Uint8Array | undefined, now: number): LockOut;
  /** Is the record in flash when the attacker, who has the answer, pulls the plug? */
  recordsBeforeAnswer: boolean;
}

const real: Guard = { restore: restoreLockOut, recordsBeforeAnswer: true };

/**
 * Answers an attacker gets in a month who asks as soon as he may. With `powerCuts` he pulls the plug
 * after every answer and whenever a restart brings him an earlier answer than waiting.
 */
function guessesInAMonth(guard: Guard, powerCuts: boolean, atMost: number): number {
  let flash: Uint8Array | undefined;
  let started = 0;
  let state = guard.restore(flash, 0);
  let guesses = 0;
  let time = 0;
  while (time < MONTH_MS && guesses < atMost) {
    const attempt = begin(state, time - started);
    if ("refuse" in attempt) {
      const again = guard.restore(flash, 0);
      if (powerCuts && again.notBefore + BOOT_MS < attempt.retryAfterMs) {
        started = time += BOOT_MS;
        state = again;
      } else time += attempt.retryAfterMs;
      continue;
    }
    if (guard.recordsBeforeAnswer || !powerCuts) flash = encodeLockOut(attempt.record);
    state = attempt.record;
    guesses++;
    if (powerCuts) {
      started = time += BOOT_MS;
      state = guard.restore(flash, 0);
    }
  }
  return guesses;
}

export const cases: Record<string, Case> = {
  "a month of guessing, with and without power cuts, gets few answers"(check) {
    for (const powerCuts of [false, true]) {
      const guesses = guessesInAMonth(real, powerCuts, 100_000);
      check.ok(guesses <= 2_900, `${guesses} guesses, power cuts: ${powerCuts}`);
      check.ok(guesses > 2_800, "the attacker of this test does use his chances");
    }
  },

  "control: a lock-out that records late or forgets its wait is caught by that test"(check) {
    const late = { ...real, recordsBeforeAnswer: false };
    check.equal(guessesInAMonth(late, true, 6_000), 6_000, "recorded after the answer");
    const forgetful: Guard = {
      ...real,
      restore: (stored, now) => ({ ...restoreLockOut(stored, now), notBefore: now }),
    };
    check.equal(guessesInAMonth(forgetful, true, 6_000), 6_000, "no wait after a restart");
  },

  "the owner who mistypes twice does not wait; after a month of attack, 15 minutes at most"(check) {
    let state = restoreLockOut(undefined, 0);
    for (let attempt = 0; attempt < FREE_ATTEMPTS; attempt++) {
      const answer = begin(state, 1000);
      if ("refuse" in answer) return check.ok(false, "refused among the free attempts");
      state = answer.record;
    }
    check.equal(begin(state, 1000), { refuse: "too-soon", retryAfterMs: 1000 }, "then a second");
    const attacked = restoreLockOut(encodeLockOut({ attempts: CEILING, notBefore: 0 }), 0);
    check.ok("record" in begin(attacked, LONGEST_DELAY_MS), "at the ceiling, after the wait");
    check.ok("refuse" in begin(attacked, LONGEST_DELAY_MS - 1), "and not before");
    check.ok("record" in begin(succeed(), 0), "success clears the wait");
  },

  "the wait doubles to the ceiling and never passes it"(check) {
    const delays = Array.from({ length: CEILING + 1 }, (_, attempts) => delayAfter(attempts));
    check.equal(
      delays.map((delay) => delay / 1000),
      [0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900],
      "seconds",
    );
    let state: LockOut = { attempts: CEILING, notBefore: 0 };
    for (let attempt = 0; attempt < 1000; attempt++) {
      const answer = begin(state, state.notBefore);
      if ("refuse" in answer) return check.ok(false, "refused on time");
      state = answer.record;
    }
    check.equal(state.attempts, CEILING, "the count stays in its byte");
  },

  "a clock that went wrong costs 15 minutes, not the unit"(check) {
    const answer = begin({ attempts: CEILING, notBefore: Number.MAX_VALUE }, 0);
    check.equal(answer, { refuse: "too-soon", retryAfterMs: LONGEST_DELAY_MS });
  },

  "damaged or forged bytes count as the ceiling, a blank unit as none"(check) {
    check.equal(restoreLockOut(undefined, 5), { attempts: 0, notBefore: 5 }, "blank");
    const damaged = {
      empty: new Uint8Array(0),
      "erased flash": new Uint8Array(3).fill(255),
      "cleared flash": new Uint8Array(3),
      "a count without its complement": Uint8Array.of(1, 0, 0),
      "a count above the ceiling": Uint8Array.of(1, 14, 14 ^ 255),
      "another version": Uint8Array.of(2, 0, 255),
      "one byte more": Uint8Array.of(1, 0, 255, 0),
    };
    for (const [name, bytes] of Object.entries(damaged))
      check.equal(
        restoreLockOut(bytes, 7),
        { attempts: CEILING, notBefore: 7 + LONGEST_DELAY_MS },
        name,
      );
    for (let attempts = 0; attempts <= CEILING; attempts++) {
      const state = { attempts, notBefore: delayAfter(attempts) };
      check.equal(restoreLockOut(encodeLockOut(state), 0), state, `${attempts} attempts`);
    }
  },
};
