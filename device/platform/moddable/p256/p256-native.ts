/**
 * ECDSA on P-256 in native code, in the shape of `device/crypto/noble-ecdsa.ts`, which is its reference.
 * `native` is a word of the Moddable compiler (xsc).
 */
import type { Ecdsa } from "../../../crypto/crypto.ts";

declare function native(name: string): { call(self: unknown, ...values: unknown[]): never };

export const nativeEcdsa: Ecdsa = {
  verifyP256: (signature, message, publicKey) =>
    native("xs_p256_verify").call(undefined, signature, message, publicKey),
};
