/**
 * The prover of SPAKE2+ (RFC 9383, P256-SHA256-HKDF-HMAC): the owner's half, for an app on a phone,
 * a browser or a desk. It takes w0 and w1, which `provisioning/set-up-password.ts` stretches from
 * the label's password; it never sees the verifier's L.
 */
import {
  decodePoint,
  keySchedule,
  type Parties,
  pointM,
  pointN,
  scalarFrom,
} from "../device/access/spake2plus-schedule.ts";
import * as hashes from "../device/crypto/noble-hashes.ts";
import * as points from "../device/crypto/noble-points.ts";
import { equalBytes } from "../device/platform/encoding.ts";

export interface ProverSecret {
  /** 32 bytes each, big-endian, below the group order. */
  readonly w0: Uint8Array;
  readonly w1: Uint8Array;
}

export interface ProverProof {
  readonly confirmP: Uint8Array;
  readonly sharedKey: Uint8Array;
}

export type ProofRefusal =
  | "bad-share"
  /** The device does not know this password's verifier: wrong password, wrong unit or an impostor. */
  | "wrong-confirmation";

export interface Prover {
  /** X = x*P + w0*M, 65 bytes. */
  readonly shareP: Uint8Array;
  /** Checks the device's proof before it makes ours: an impostor learns nothing to compare with. */
  prove(shareV: Uint8Array, confirmV: Uint8Array): ProverProof | ProofRefusal;
}

/**
 * Starts one run.
 * @param random at least 40 fresh random bytes; a run never reuses them.
 * @throws RangeError when the secret or the randomness is zero or too short: the caller's bug.
 */
export function startProver(parties: Parties, secret: ProverSecret, random: Uint8Array): Prover {
  const w0 = scalarFrom(points, secret.w0);
  const w1 = scalarFrom(points, secret.w1);
  const x = scalarFrom(points, random);
  if (w0 === undefined || w1 === undefined || x === undefined)
    throw new RangeError("SPAKE2+ prover: w0, w1 and random must be non-zero, 32 bytes at least");
  const { BASE } = points.P256;
  const shareP = BASE.multiply(x).add(pointM(points).multiply(w0)).toBytes(false);
  return {
    shareP,
    prove(shareV, confirmV) {
      const Y = decodePoint(points, shareV);
      const unmasked = Y?.subtract(pointN(points).multiply(w0));
      if (!unmasked || unmasked.is0()) return "bad-share";
      const keys = keySchedule(hashes, parties, {
        shareP,
        shareV,
        Z: unmasked.multiply(x).toBytes(false),
        V: unmasked.multiply(w1).toBytes(false),
        w0: points.P256.Fn.toBytes(w0),
      });
      if (!equalBytes(keys.confirmV, confirmV)) return "wrong-confirmation";
      return { confirmP: keys.confirmP, sharedKey: keys.sharedKey };
    },
  };
}
