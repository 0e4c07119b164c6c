/**
 * The verifier of SPAKE2+ (RFC 9383): the device's half of proving the label's password. The device
 * holds only w0 and L; who copies its flash still has to search for the password (EN 303 645 5.1-1,
 * 5.5-1). The memory-hard hash is the prover's work, so it costs the chip nothing.
 *
 * Every scalar here is secret (w0 for the life of the unit, y for one run), so only noble's
 * constant-time `multiply` is used and never `multiplyUnsafe`. BigInt arithmetic itself is not
 * constant-time on any JavaScript engine; the lock-out bounds how often it can be measured.
 *
 * Five multiplications are about four P-256 verifications: seconds on the chip. So the answer comes
 * in two halves, between which the event loop runs and the task watchdog is fed.
 */
import type { Crypto, Points } from "../crypto/crypto.ts";
import {
  decodePoint,
  type Exchange,
  keySchedule,
  type Parties,
  pointM,
  pointN,
  scalarFrom,
} from "./spake2plus-schedule.ts";

/** What the factory wrote (RFC 9383 section 3.2). */
export interface Verifier {
  /** 32 bytes, big-endian, below the group order. */
  readonly w0: Uint8Array;
  /** w1*P, uncompressed SEC 1, 65 bytes. */
  readonly L: Uint8Array;
}

export interface Run extends Parties, Verifier {}

export type ResponseRefusal =
  /** The peer's share is not a point of the group, or would cancel the password out. */
  | "bad-share"
  /** The stored verifier is not one: our own damage, not the peer's. */
  | "bad-verifier"
  /** Fewer than 32 bytes of randomness, or (once in 2^256) unusable ones. */
  | "bad-random";

/** Between the halves. Holds y: drop it after `finishResponse`. */
export interface BegunResponse {
  readonly run: Run;
  readonly y: bigint;
  readonly shareP: Uint8Array;
  readonly shareV: Uint8Array;
}

export interface VerifierResponse {
  readonly shareV: Uint8Array;
  readonly confirmV: Uint8Array;
  /** What an honest prover will send; compare with `equalBytes`. */
  readonly expectedConfirmP: Uint8Array;
  /** K_shared. Not to be used before confirmP has arrived and matched. */
  readonly sharedKey: Uint8Array;
}

/** First half: checks the prover's share, makes ours. Two multiplications: Y = y*P + w0*N. */
export function beginResponse(
  points: Points,
  run: Run,
  shareP: Uint8Array,
  random: Uint8Array,
): BegunResponse | ResponseRefusal {
  if (!decodePoint(points, shareP)) return "bad-share";
  const w0 = run.w0.length === 32 ? scalarFrom(points, run.w0) : undefined;
  if (w0 === undefined) return "bad-verifier";
  const y = scalarFrom(points, random);
  if (y === undefined) return "bad-random";
  const Y = points.P256.BASE.multiply(y).add(pointN(points).multiply(w0));
  if (Y.is0()) return "bad-random";
  return { run, y, shareP: shareP.slice(), shareV: Y.toBytes(false) };
}

/** Second half, three multiplications and the keys. */
export function finishResponse(
  crypto: Crypto,
  begun: BegunResponse,
): VerifierResponse | ResponseRefusal {
  const exchange = exchangeOf(crypto.points(), begun);
  if (typeof exchange === "string") return exchange;
  // The points are let go by now: they and the hashes need not fit the heap together.
  const { confirmP, confirmV, sharedKey } = keySchedule(crypto.hashes(), begun.run, exchange);
  return { shareV: begun.shareV, confirmV, expectedConfirmP: confirmP, sharedKey };
}

/** Z = y*(X - w0*M) and V = y*L. */
function exchangeOf(points: Points, begun: BegunResponse): Exchange | ResponseRefusal {
  const { run, y, shareP, shareV } = begun;
  const X = decodePoint(points, shareP);
  const w0 = scalarFrom(points, run.w0);
  const L = decodePoint(points, run.L);
  if (!X) return "bad-share";
  if (w0 === undefined || !L) return "bad-verifier";
  const unmasked = X.subtract(pointM(points).multiply(w0));
  // X = w0*M makes Z the identity whatever y is. Telling so confirms a guess of w0: callers answer
  // only after the attempt has been recorded.
  if (unmasked.is0()) return "bad-share";
  return {
    shareP,
    shareV,
    Z: unmasked.multiply(y).toBytes(false),
    V: L.multiply(y).toBytes(false),
    w0: run.w0,
  };
}

/** Both halves in one go, where nobody waits for the event loop. */
export function respond(
  crypto: Crypto,
  run: Run,
  shareP: Uint8Array,
  random: Uint8Array,
): VerifierResponse | ResponseRefusal {
  const begun = beginResponse(crypto.points(), run, shareP, random);
  return typeof begun === "string" ? begun : finishResponse(crypto, begun);
}
