/** ECDSA on P-256 with SHA-256 (FIPS 186-5), verification only: for release keys kept in hardware. */
import { ecdsa } from "@noble/curves/abstract/weierstrass.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { P256 } from "./noble-points.ts";

const p256 = ecdsa(P256, sha256);

/**
 * Takes both values of s, because signers in the field make both: a valid signature has a second
 * spelling, so nothing may be made to depend on its spelling.
 * @param signature DER (RFC 3279 section 2.2.3); of any other form it is not valid.
 * @param publicKey 65 bytes, the uncompressed point (SEC 1 section 2.3.3).
 */
export function verifyP256(
  signature: Uint8Array,
  message: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  if (publicKey.length !== 65) return false;
  try {
    return p256.verify(signature, message, publicKey, {
      format: "der",
      lowS: false,
      prehash: true,
    });
  } catch {
    // Noble throws for a signature of an impossible length: hostile input, not our bug.
    return false;
  }
}
