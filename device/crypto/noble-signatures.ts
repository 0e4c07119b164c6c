/** Signatures are only ever verified here; who signs is elsewhere. */
import { ed25519 } from "@noble/curves/ed25519.js";

// A table of one point: noble's default one takes more memory than the chip has.
ed25519.Point.BASE.precompute(1);

/**
 * Strict RFC 8032: `zip215: false` refuses encodings that are not canonical and keys of small order,
 * and S must be below the group order, so a valid signature has no second spelling.
 * @param signature 64 bytes; of any other length it is not valid.
 * @param publicKey 32 bytes; of any other length nothing is valid.
 */
export function verifyEd25519(
  signature: Uint8Array,
  message: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  if (signature.length !== 64 || publicKey.length !== 32) return false;
  return ed25519.verify(signature, message, publicKey, { zip215: false });
}
