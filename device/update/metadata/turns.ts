/**
 * A judgement over several turns. One Ed25519 check takes a chip 2.6 s, its watchdog bites after 16 s without sleep
 * (docs/boards.md), and a root with new keys needs four checks: so each has a turn of its own, and the chip sleeps in between.
 */

import { equalBytes } from "../../platform/encoding.ts";
import type { Platform } from "../../platform/platform.ts";
import { type Key, type SignatureCheck, sameKey } from "./key.ts";
import type { Cryptography } from "./refresh.ts";

/** Before each step of a refresh: the watchdog waits for the idle task, and that runs in no time at all only by chance. */
export const restMs = 20;

interface Checked {
  readonly key: Key;
  readonly signature: Uint8Array;
  readonly good: boolean;
}

/**
 * Begins now, in this turn. What the rules come to without a check that they asked for is thrown away, and they are asked
 * anew in the next turn, when it has been made: so nothing is ever believed, or refused, for want of time.
 * @param judge pure, and over one signed message: the same at each call.
 */
export function judgeInTurns<Verdict>(
  timer: Pick<Platform["timer"], "set">,
  cryptography: Cryptography,
  judge: (cryptography: Cryptography) => Verdict,
  onDone: (verdict: Verdict) => void,
): void {
  const checked: Checked[] = [];
  const turn = () => {
    let mayCheck = true;
    let isWhole = true;
    const check: SignatureCheck = (key, message, signature) => {
      const before = checked.find(
        (one) => sameKey(one.key, key) && equalBytes(one.signature, signature),
      );
      if (before) return before.good;
      if (!mayCheck) {
        isWhole = false;
        return false;
      }
      mayCheck = false;
      const good = cryptography.check(key, message, signature);
      checked.push({ key, signature, good });
      return good;
    };
    const verdict = judge({ ...cryptography, check });
    if (isWhole) onDone(verdict);
    else timer.set(turn, restMs);
  };
  turn();
}
