/**
 * Cryptography for sweeps: Ed25519 is checked by the host (`../host-checks.ts`), as a chip's hardware
 * would, because a sweep starts thousands of lives and noble takes most of each. What noble makes of a
 * signature is tested elsewhere, on both engines.
 */
import type { Crypto } from "../../../device/crypto/crypto.ts";
import { toHex } from "../../../device/platform/encoding.ts";

declare const hostCall: (op: string, json: string, bytes: ArrayBuffer) => { json: string };

export function hostChecked(crypto: Crypto): Crypto {
  const verifyEd25519 = (signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean => {
    const asked = JSON.stringify([toHex(signature), toHex(key)]);
    // As bytes: a message in hex would be most of what a life on XS costs.
    return JSON.parse(hostCall("sweep.ed25519", asked, message.slice().buffer).json);
  };
  return { ...crypto, signatures: () => ({ verifyEd25519 }) };
}
