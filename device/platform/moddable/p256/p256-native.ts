/**
 * ECDSA on P-256 in native code, in the shape of `device/crypto/noble-ecdsa.ts` and `noble-signing.ts`, its references.
 * `native` is a word of the Moddable compiler (xsc).
 */
import type { Ecdsa, Signing } from "../../../crypto/crypto.ts";
import { scalarIn } from "../../../crypto/pkcs8.ts";

declare function native(name: string): { call(self: unknown, ...values: unknown[]): never };

export const nativeEcdsa: Ecdsa = {
  verifyP256: (signature, message, publicKey) =>
    native("xs_p256_verify").call(undefined, signature, message, publicKey),
};

/** Noble's signature took so much of JavaScript's memory that a receipt did not always fit. */
export const nativeSigning: Signing = {
  signP256: (message, privateKey) =>
    new Uint8Array(native("xs_p256_sign").call(undefined, message, scalarIn(privateKey))),
};
