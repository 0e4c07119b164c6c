/**
 * X.509 for the three roots of the house: the factory's device CA, the server CA and the owners' CA.
 * All are P-256 with SHA-256 (EN 303 645 5.1-3, 5.5-1: "best practice cryptography").
 */
import { createHash, generateKeyPairSync, randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";
// Must be evaluated before the library, which looks for it while it loads.
import "./reflect-metadata.ts";
import * as x509 from "@peculiar/x509";

/** A root or intermediate that signs certificates. `privateKey` never leaves the factory's machine. */
export interface Authority {
  /** DER. */
  readonly certificate: Uint8Array;
  /** PKCS#8 DER, P-256. Secret. */
  readonly privateKey: Uint8Array;
}

export interface AuthorityOptions {
  readonly commonName: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export interface CertificateOptions {
  readonly commonName: string;
  /** The only thing the key may prove: a unit's certificate must not pass as a server's. */
  readonly usage: "client" | "server";
  /** Subject alternative names of a server: DNS names or IP addresses. */
  readonly names?: readonly string[];
  /** SPKI DER, P-256. */
  readonly publicKey: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** An intermediate CA below the root instead of an end entity. */
  readonly isAuthority?: boolean;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** A fresh P-256 pair: `privateKey` PKCS#8 DER (secret), `publicKey` SPKI DER. */
export function generateKeyPair(): { privateKey: Uint8Array; publicKey: Uint8Array } {
  const pair = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    privateKeyEncoding: { type: "pkcs8", format: "der" },
    publicKeyEncoding: { type: "spki", format: "der" },
  });
  return { privateKey: plain(pair.privateKey), publicKey: plain(pair.publicKey) };
}

/** A self-signed root with its own new key. It may sign end entities and one level of intermediates. */
export async function createAuthority(options: AuthorityOptions): Promise<Authority> {
  const pair = generateKeyPair();
  const name = distinguishedName(options.commonName);
  const keyId = keyIdentifier(pair.publicKey);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: certificateSerial(),
    subject: name,
    issuer: name,
    notBefore: options.notBefore,
    notAfter: options.notAfter,
    publicKey: plain(pair.publicKey),
    signingKey: await signingKey(pair.privateKey),
    signingAlgorithm: algorithm,
    extensions: [
      ...authorityExtensions(1),
      new x509.SubjectKeyIdentifierExtension(keyId),
      new x509.AuthorityKeyIdentifierExtension(keyId),
    ],
  });
  return { certificate: new Uint8Array(certificate.rawData), privateKey: pair.privateKey };
}

/**
 * Signs a certificate and returns its DER. The serial is 159 random bits (CA/Browser Forum BR 7.1
 * asks for 64), so that a certificate says nothing about how many units were made.
 */
export async function issueCertificate(
  authority: Authority,
  options: CertificateOptions,
): Promise<Uint8Array> {
  const issuer = await signerOf(authority);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: certificateSerial(),
    subject: distinguishedName(options.commonName),
    issuer: issuer.name,
    notBefore: options.notBefore,
    notAfter: options.notAfter,
    publicKey: plain(options.publicKey),
    signingKey: issuer.key,
    signingAlgorithm: algorithm,
    extensions: [
      ...(options.isAuthority ? authorityExtensions(0) : endEntity[options.usage]),
      ...alternativeNames(options.names ?? []),
      new x509.SubjectKeyIdentifierExtension(keyIdentifier(options.publicKey)),
      issuer.identifier,
    ],
  });
  return new Uint8Array(certificate.rawData);
}

/** RFC 7468 text of `der`; `label` such as "CERTIFICATE" or "PRIVATE KEY". */
export function toPem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** SHA-256 of a DER certificate in hexadecimal: how the ledger names it. */
export function fingerprint(certificate: Uint8Array): string {
  return createHash("sha256").update(certificate).digest("hex");
}

interface Signer {
  readonly name: x509.Name;
  readonly identifier: x509.AuthorityKeyIdentifierExtension;
  readonly key: webcrypto.CryptoKey;
}

/** Parsing the issuer and importing its key once per authority, not once per unit. */
const signers = new WeakMap<Authority, Promise<Signer>>();

function signerOf(authority: Authority): Promise<Signer> {
  let signer = signers.get(authority);
  if (!signer) {
    const certificate = new x509.X509Certificate(plain(authority.certificate));
    signer = signingKey(authority.privateKey).then((key) => ({
      name: certificate.subjectName,
      identifier: new x509.AuthorityKeyIdentifierExtension(
        keyIdentifier(new Uint8Array(certificate.publicKey.rawData)),
      ),
      key,
    }));
    signers.set(authority, signer);
  }
  return signer;
}

function signingKey(pkcs8: Uint8Array): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey("pkcs8", plain(pkcs8), algorithm, false, ["sign"]);
}

function authorityExtensions(pathLength: number): x509.Extension[] {
  return [
    new x509.BasicConstraintsExtension(true, pathLength, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
  ];
}

/** The same for every certificate of a kind; made once because encoding them is slow. */
const endEntity = {
  client: endEntityExtensions(x509.ExtendedKeyUsage.clientAuth),
  server: endEntityExtensions(x509.ExtendedKeyUsage.serverAuth),
} as const;

function endEntityExtensions(purpose: x509.ExtendedKeyUsage): readonly x509.Extension[] {
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([purpose]),
  ];
}

function alternativeNames(names: readonly string[]): x509.Extension[] {
  if (names.length === 0) return [];
  const entries = names.map((value) => ({ type: isIP(value) ? "ip" : "dns", value }) as const);
  return [new x509.SubjectAlternativeNameExtension(entries)];
}

/** Built as structure, not text, so that a name is never read as RFC 4514 syntax. */
function distinguishedName(commonName: string): x509.Name {
  return new x509.Name([{ CN: [{ utf8String: commonName }] }]);
}

/** RFC 5280 4.2.1.2 method 1: SHA-1 of the public key bits. An identifier, not a protection. */
function keyIdentifier(spki: Uint8Array): string {
  const uncompressedPoint = spki.subarray(spki.length - 65);
  return createHash("sha1").update(uncompressedPoint).digest("hex");
}

/** 20 bytes, positive and never zero-led, so that DER neither pads nor trims it. */
function certificateSerial(): string {
  const bytes = randomBytes(20);
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bytes.toString("hex");
}

/** A copy with a buffer of its own: Node hands out views of a shared pool. */
function plain(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
