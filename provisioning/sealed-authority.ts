/** A CA on disk: `<name>.pem` for everybody, `<name>.key` sealed by the passphrase. */
import { createPublicKey, X509Certificate } from "node:crypto";
import { join } from "node:path";
import {
  type Authority,
  createAuthority,
  createRoot,
  type SigningAuthority,
  toPem,
} from "./certificate-authority.ts";
import { Fault } from "./fault.ts";
import { openPrivateKey, sealPrivateKey, shortestPassphrase } from "./key-file.ts";
import { parseTokenKey, tokenPublicKey, tokenSigner } from "./pkcs11.ts";
import { readOptionalFile, writePrivateFile } from "./private-file.ts";

const yearMs = 365.25 * 24 * 3600 * 1000;
/** Longer than any unit lives: a root that ends takes every unit off the air. */
const authorityYears = 40;
/** The broker's clock and the factory's need not agree to the minute. */
const toleranceMs = 24 * 3600 * 1000;

/** From a day ago, for `years`. */
export function validity(now: Date, years: number): { notBefore: Date; notAfter: Date } {
  // X.509 times are whole seconds.
  const start = Math.floor((now.getTime() - toleranceMs) / 1000) * 1000;
  return { notBefore: new Date(start), notAfter: new Date(start + years * yearMs) };
}

export function authorityExists(folder: string, name: string): boolean {
  return readOptionalFile(join(folder, `${name}.pem`)) !== undefined;
}

/** Reads the authority, or creates it where there is none. */
export async function openAuthority(
  folder: string,
  name: string,
  commonName: string,
  passphrase: string,
): Promise<Authority> {
  const certificateFile = join(folder, `${name}.pem`);
  const keyFile = join(folder, `${name}.key`);
  const certificate = readOptionalFile(certificateFile);
  if (certificate) return readAuthority(certificate, certificateFile, keyFile, passphrase);
  if (passphrase.length < shortestPassphrase)
    throw new Fault(`the passphrase is too short; use ${shortestPassphrase} characters or more`);
  const authority = await createAuthority({
    commonName,
    ...validity(new Date(), authorityYears),
  });
  writePrivateFile(keyFile, sealPrivateKey(authority.privateKey, passphrase));
  // Last: without its certificate the key has signed nothing and is made anew.
  writePrivateFile(certificateFile, toPem("CERTIFICATE", authority.certificate));
  return authority;
}

/**
 * As `openAuthority`, for a key that may be in a token: `<name>.token` then says which, in place of
 * `<name>.key`. `token`: where a new authority's key is to be made.
 */
export async function openAuthorityAnywhere(
  folder: string,
  name: string,
  commonName: string,
  passphrase: string,
  token?: string,
): Promise<Authority | SigningAuthority> {
  const tokenFile = join(folder, `${name}.token`);
  const certificateFile = join(folder, `${name}.pem`);
  const pem = readOptionalFile(certificateFile);
  const kept = readOptionalFile(tokenFile)?.toString().trim();
  const where = pem ? kept : (token ?? kept);
  if (where === undefined) return openAuthority(folder, name, commonName, passphrase);
  const key = parseTokenKey(where);
  const publicKey = tokenPublicKey(key, name);
  const sign = tokenSigner(key);
  if (pem) {
    const certificate = readCertificate(pem, certificateFile);
    if (!certificate.publicKey.export({ type: "spki", format: "der" }).equals(publicKey))
      throw new Fault(`${tokenFile}: that key in the token is not the one of ${certificateFile}`);
    return { certificate: new Uint8Array(certificate.raw), sign };
  }
  const dates = validity(new Date(), authorityYears);
  const certificate = createRoot({ commonName, ...dates }, publicKey, sign);
  writePrivateFile(tokenFile, `${where}\n`);
  writePrivateFile(certificateFile, toPem("CERTIFICATE", certificate));
  return { certificate, sign };
}

function readAuthority(pem: Buffer, file: string, keyFile: string, passphrase: string): Authority {
  const certificate = readCertificate(pem, file);
  const sealed = readOptionalFile(keyFile);
  if (!sealed) throw new Fault(`${keyFile}: the key is missing; restore it from your backup`);
  const privateKey = openPrivateKey(sealed.toString(), passphrase, keyFile);
  const ours = createPublicKey({ key: toPem("PRIVATE KEY", privateKey), format: "pem" });
  if (!ours.equals(certificate.publicKey))
    throw new Fault(`${keyFile}: not the key of ${file}; restore both from the same backup`);
  return { certificate: new Uint8Array(certificate.raw), privateKey };
}

/** PEM or DER. */
export function readCertificate(bytes: Uint8Array, file: string): X509Certificate {
  try {
    return new X509Certificate(bytes);
  } catch {
    throw new Fault(`${file}: not an X.509 certificate; give one in PEM or DER`);
  }
}
