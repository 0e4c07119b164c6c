/**
 * Where the rooms get cryptography. Each function *makes* a fresh copy of its library, which is
 * tens of kilobytes of heap on the chip: call, use, let go. Never keep the result in a field.
 */
export type Curves = typeof import("./noble-curves.ts");
export type Symmetric = typeof import("./noble-symmetric.ts");

export interface Crypto {
  /** P-256, Ed25519 and the hashes their protocols need. */
  curves(): Curves;
  /** AEAD and hashes, without any BigInt. */
  symmetric(): Symmetric;
}
