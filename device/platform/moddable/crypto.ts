/**
 * `Crypto` on the chip: noble lies in flash, and each call makes a copy of it in RAM. ECDSA is native,
 * with the verdicts of `noble-ecdsa.ts` and the signatures of `noble-signing.ts` (test/p256-native) in a small part of its time and memory.
 */
import hashes from "factory:../../crypto/noble-hashes.ts";
import points from "factory:../../crypto/noble-points.ts";
import signatures from "factory:../../crypto/noble-signatures.ts";
import symmetric from "factory:../../crypto/noble-symmetric.ts";
import type { Crypto } from "../../crypto/crypto.ts";
import { nativeEcdsa, nativeSigning } from "./p256/p256-native.ts";

export const crypto: Crypto = {
  points,
  signatures,
  ecdsa: () => nativeEcdsa,
  signing: () => nativeSigning,
  symmetric,
  hashes,
};
