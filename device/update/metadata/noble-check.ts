/** The cryptography of a refresh on noble: the portable default, and the reference for any other. */
import type { Crypto, Ecdsa, Signatures } from "../../crypto/crypto.ts";
import type { Cryptography } from "./refresh.ts";

/**
 * Makes what a step needs when it needs it, and makes it once: for a single `advance`, and dropped
 * after it. A repository with one kind of key costs the memory of one curve.
 */
export function nobleCryptography(crypto: Crypto): Cryptography {
  let signatures: Signatures | undefined;
  let ecdsa: Ecdsa | undefined;
  return {
    check({ scheme, bytes }, message, signature) {
      if (scheme === "ed25519") {
        signatures ??= crypto.signatures();
        return signatures.verifyEd25519(signature, message, bytes);
      }
      ecdsa ??= crypto.ecdsa();
      return ecdsa.verifyP256(signature, message, bytes);
    },
    sha256: (bytes) => crypto.hashes().sha256(bytes),
  };
}
