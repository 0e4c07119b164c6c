/** The cryptography of a refresh on noble: the portable default, and the reference for any other. */
import type { Crypto } from "../../crypto/crypto.ts";
import type { Cryptography } from "./refresh.ts";

/** Makes noble for every signature and drops it after it, so that parsing has the heap to itself. */
export function nobleCryptography(crypto: Crypto): Cryptography {
  return {
    check: ({ scheme, bytes }, message, signature) =>
      scheme === "ed25519"
        ? crypto.signatures().verifyEd25519(signature, message, bytes)
        : crypto.ecdsa().verifyP256(signature, message, bytes),
    sha256: (bytes) => crypto.hashes().sha256(bytes),
  };
}
