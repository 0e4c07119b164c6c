/** The number in the device's own private key. */

/** In an ECPrivateKey (RFC 5915): version 1, then an octet string of 32 bytes. */
const beforeScalar = [0x02, 0x01, 0x01, 0x04, 0x20];

/** @param privateKey PKCS#8 DER (RFC 5958) of a P-256 key. @throws Error for another: a unit without one has no identity. */
export function scalarIn(privateKey: Uint8Array): Uint8Array {
  for (let at = 26; at < 36; at++)
    if (beforeScalar.every((byte, index) => privateKey[at + index] === byte))
      return privateKey.slice(at + beforeScalar.length, at + beforeScalar.length + 32);
  throw new Error("no P-256 key in PKCS#8");
}
