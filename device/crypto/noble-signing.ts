/**
 * The one signature a device makes outside TLS: ECDSA on P-256 with SHA-256 (FIPS 186-5), deterministic
 * (RFC 6979), so that it needs no good random number at that moment. For the receipt of a wipe.
 */
import { ecdsa } from "@noble/curves/abstract/weierstrass.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { P256 } from "./noble-points.ts";
import { scalarIn } from "./pkcs8.ts";

const p256 = ecdsa(P256, sha256);

/**
 * @param privateKey PKCS#8 DER (RFC 5958). Throws for another key: a unit without one has no identity.
 * @returns r and s, 64 bytes (RFC 7518 section 3.4).
 */
export function signP256(message: Uint8Array, privateKey: Uint8Array): Uint8Array {
  return p256.sign(message, scalarIn(privateKey), { prehash: true, lowS: false });
}
