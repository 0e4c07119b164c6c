/** SHA-256 (FIPS 180-4), HMAC (RFC 2104) and HKDF (RFC 5869); for small inputs, never for images. */
export { hkdf } from "@noble/hashes/hkdf.js";
export { hmac } from "@noble/hashes/hmac.js";
export { sha256 } from "@noble/hashes/sha2.js";
