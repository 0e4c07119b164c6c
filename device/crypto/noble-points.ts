/**
 * The group of P-256 and nothing else: noble's own `p256` brings ECDSA and hashing to the curve, which
 * SPAKE2+ does not use and the chip has no room for.
 */
import { weierstrass } from "@noble/curves/abstract/weierstrass.js";

/** secp256r1 of SEC 2 section 2.4.2, which is P-256 of NIST SP 800-186 section 3.2.1.3. */
export const P256 = weierstrass({
  p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
  a: 0xffffffff00000001000000000000000000000000fffffffffffffffffffffffcn,
  b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  Gx: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  Gy: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
  n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  h: 1n,
});

// A table of one point: noble's default one takes more memory than the chip has.
P256.BASE.precompute(1);
