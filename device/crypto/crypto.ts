/**
 * Where the rooms get cryptography. Each function *makes* a fresh copy of its part of noble, which is
 * tens of kilobytes of heap: call, use, let go. Never keep the result in a field, and never hold two
 * of them at once where one after the other will do.
 */
export type Points = typeof import("./noble-points.ts");
export type Signatures = typeof import("./noble-signatures.ts");
export type Symmetric = typeof import("./noble-symmetric.ts");
export type Ecdsa = typeof import("./noble-ecdsa.ts");
export type Signing = typeof import("./noble-signing.ts");
export type Hashes = typeof import("./noble-hashes.ts");

export interface Crypto {
  /** The group of P-256, for SPAKE2+. */
  points(): Points;
  /** Verification of Ed25519. */
  signatures(): Signatures;
  /** Verification of ECDSA on P-256. */
  ecdsa(): Ecdsa;
  /** The device's own signature, on P-256. */
  signing(): Signing;
  /** ChaCha20-Poly1305. */
  symmetric(): Symmetric;
  /** SHA-256, HMAC and HKDF. */
  hashes(): Hashes;
}
