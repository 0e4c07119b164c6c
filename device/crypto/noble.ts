/** `Crypto` over noble, kept loaded: for a desk, a factory and tests, where memory is plenty. */
import type { Crypto } from "./crypto.ts";
import * as ecdsa from "./noble-ecdsa.ts";
import * as hashes from "./noble-hashes.ts";
import * as points from "./noble-points.ts";
import * as signatures from "./noble-signatures.ts";
import * as signing from "./noble-signing.ts";
import * as symmetric from "./noble-symmetric.ts";

export const crypto: Crypto = {
  points: () => points,
  signatures: () => signatures,
  ecdsa: () => ecdsa,
  signing: () => signing,
  symmetric: () => symmetric,
  hashes: () => hashes,
};
