/**
 * The curves of noble as one unit that can be made, used and dropped as a whole.
 * Windows are kept at 1: noble's default tables take 363 KB, more than the chip has.
 */
import { ed25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";

p256.Point.BASE.precompute(1);
ed25519.Point.BASE.precompute(1);

export { hkdf } from "@noble/hashes/hkdf.js";
export { hmac } from "@noble/hashes/hmac.js";
export { sha256 } from "@noble/hashes/sha2.js";
export { ed25519, p256 };
