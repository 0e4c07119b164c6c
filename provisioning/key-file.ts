/**
 * A CA key at rest: EncryptedPrivateKeyInfo of PKCS#8 (RFC 5958) under PBES2 with scrypt (RFC 7914
 * section 7) and AES-256-CBC. OpenSSL reads it (`openssl pkey -in device-authority.key`), so a maker
 * is not tied to this program. Node can read the scrypt form but only writes PBKDF2 with 2,048
 * rounds, which is why the envelope is put together here.
 */
import { createCipheriv, createPrivateKey, randomBytes, scryptSync } from "node:crypto";
import { toPem } from "./certificate-authority.ts";
import { integer, objectId, octets, sequence } from "./der.ts";
import { Fault } from "./fault.ts";

/** 16 MiB five times over: the most memory OpenSSL accepts from a file, and an OWASP setting. */
const cost = { N: 16384, r: 8, p: 5 } as const;

export const shortestPassphrase = 12;

/** PEM text of `privateKey` (PKCS#8 DER), readable with `passphrase` only. */
export function sealPrivateKey(privateKey: Uint8Array, passphrase: string): string {
  const salt = randomBytes(16);
  const vector = randomBytes(16);
  const key = scryptSync(passphrase, salt, 32, { ...cost, maxmem: 64 << 20 });
  const cipher = createCipheriv("aes-256-cbc", key, vector);
  const sealed = Buffer.concat([cipher.update(privateKey), cipher.final()]);
  const derivation = sequence(
    scheme.scrypt,
    sequence(octets(salt), integer(cost.N), integer(cost.r), integer(cost.p)),
  );
  const encryption = sequence(scheme.aes256Cbc, octets(vector));
  const algorithm = sequence(scheme.pbes2, sequence(derivation, encryption));
  return toPem("ENCRYPTED PRIVATE KEY", sequence(algorithm, octets(sealed)));
}

/** PKCS#8 DER. A `Fault` naming `file` when the passphrase is wrong or the file damaged. */
export function openPrivateKey(pem: string, passphrase: string, file: string): Uint8Array {
  try {
    const key = createPrivateKey({ key: pem, format: "pem", passphrase });
    return new Uint8Array(key.export({ type: "pkcs8", format: "der" }));
  } catch {
    // OpenSSL cannot tell the two apart, and its own text is of no use to an operator.
    throw new Fault(
      `${file}: wrong passphrase, or the file is damaged; try again, or restore it from your backup`,
    );
  }
}

const scheme = {
  pbes2: objectId("1.2.840.113549.1.5.13"),
  scrypt: objectId("1.3.6.1.4.1.11591.4.11"),
  aes256Cbc: objectId("2.16.840.1.101.3.4.1.42"),
} as const;
