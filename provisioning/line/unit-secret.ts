/** What a unit's envelope holds until its label is on: password, private key, certificate. */
import { passwordLength } from "../set-up-password.ts";

export interface UnitSecret {
  /** 16 symbols, no dashes. */
  readonly password: string;
  /** PKCS#8 DER. */
  readonly privateKey: Uint8Array;
  /** DER. Not secret, but its place is with the key until both are in the unit. */
  readonly certificate: Uint8Array;
}

/**
 * | bytes | |
 * |---|---|
 * | 16 | the password, ASCII |
 * | 2  | length of the key, big-endian |
 * | n  | the key |
 * | … | the certificate |
 */
export function encodeSecret({ password, privateKey, certificate }: UnitSecret): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(privateKey.length);
  return Buffer.concat([Buffer.from(password, "ascii"), length, privateKey, certificate]);
}

export function decodeSecret(bytes: Buffer): UnitSecret {
  const keyStart = passwordLength + 2;
  const keyEnd = keyStart + bytes.readUInt16BE(passwordLength);
  return {
    password: bytes.toString("ascii", 0, passwordLength),
    privateKey: new Uint8Array(bytes.subarray(keyStart, keyEnd)),
    certificate: new Uint8Array(bytes.subarray(keyEnd)),
  };
}
