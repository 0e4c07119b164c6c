/**
 * X.509 (RFC 5280) for the roots of the house: the factory's device CA, the records' CA, the server
 * CA and the owners' CA. All are P-256 with SHA-256 (EN 303 645 5.1-3, 5.5-1: "best practice
 * cryptography"). What is to be signed is written here; who signs may be a key in memory or a token.
 */
import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  X509Certificate,
} from "node:crypto";
import { isIP } from "node:net";
import * as der from "./der.ts";

/** A root or intermediate that signs certificates. `privateKey` never leaves the factory's machine. */
export interface Authority {
  /** DER. */
  readonly certificate: Uint8Array;
  /** PKCS#8 DER, P-256. Secret. */
  readonly privateKey: Uint8Array;
}

/** An authority whose key stays where it is. */
export interface SigningAuthority {
  /** DER. */
  readonly certificate: Uint8Array;
  /** ECDSA with SHA-256 over `bytes`, as DER (RFC 3279, 2.2.3). */
  sign(bytes: Uint8Array): Uint8Array;
}

export interface AuthorityOptions {
  readonly commonName: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/**
 * The only thing a key may prove: a unit's certificate must not pass as a server's. "record" signs
 * records and labels and authenticates nobody: no TLS peer takes it.
 */
export type Usage = "client" | "server" | "record";

export interface CertificateOptions {
  readonly commonName: string;
  readonly usage: Usage;
  /** Subject alternative names of a server: DNS names or IP addresses. */
  readonly names?: readonly string[];
  /** SPKI DER, P-256. */
  readonly publicKey: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** An intermediate CA below the root instead of an end entity. */
  readonly isAuthority?: boolean;
}

export const ecdsaWithSha256 = der.sequence(der.objectId("1.2.840.10045.4.3.2"));

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
  const { privateKey, publicKey } = generateKeyPair();
  const certificate = createRoot(options, publicKey, signerOf(privateKey));
  return { certificate, privateKey };
}

/** The DER of a self-signed root for a key that `signBytes` signs with. */
export function createRoot(
  { commonName, notBefore, notAfter }: AuthorityOptions,
  publicKey: Uint8Array,
  signBytes: SigningAuthority["sign"],
): Uint8Array {
  const name = distinguishedName(commonName);
  const keyId = keyIdentifier(publicKey);
  return signed(
    tbsCertificate({
      issuer: name,
      subject: name,
      notBefore,
      notAfter,
      publicKey,
      extensions: [...authorityExtensions(1), subjectKey(keyId), authorityKey(keyId)],
    }),
    signBytes,
  );
}

/**
 * Signs a certificate and returns its DER. The serial is 159 random bits (CA/Browser Forum BR 7.1
 * asks for 64), so that a certificate says nothing about how many units were made.
 */
export async function issueCertificate(
  authority: Authority | SigningAuthority,
  options: CertificateOptions,
): Promise<Uint8Array> {
  const issuer = issuerOf(authority);
  return signed(
    tbsCertificate({
      issuer: issuer.name,
      subject: distinguishedName(options.commonName),
      notBefore: options.notBefore,
      notAfter: options.notAfter,
      publicKey: options.publicKey,
      extensions: [
        ...(options.isAuthority ? authorityExtensions(0) : endEntity[options.usage]),
        ...alternativeNames(options.names ?? []),
        subjectKey(keyIdentifier(options.publicKey)),
        issuer.identifier,
      ],
    }),
    issuer.sign,
  );
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

/** `{ toBeSigned, algorithm, signature }`: the shape of a certificate and of a revocation list. */
export function signed(toBeSigned: Uint8Array, signBytes: SigningAuthority["sign"]): Uint8Array {
  return plain(der.sequence(toBeSigned, ecdsaWithSha256, der.bits(signBytes(toBeSigned))));
}

export interface Issuer {
  /** DER of its name, as it stands in its certificate. */
  readonly name: Uint8Array;
  /** The authorityKeyIdentifier extension. */
  readonly identifier: Uint8Array;
  readonly sign: SigningAuthority["sign"];
}

/** Parsing the issuer and importing its key once per authority, not once per unit. */
const issuers = new WeakMap<object, Issuer>();

export function issuerOf(authority: Authority | SigningAuthority): Issuer {
  let issuer = issuers.get(authority);
  if (!issuer) {
    const publicKey = new X509Certificate(authority.certificate).publicKey;
    issuer = {
      name: subjectName(authority.certificate),
      identifier: authorityKey(keyIdentifier(publicKey.export({ type: "spki", format: "der" }))),
      sign:
        "sign" in authority
          ? (bytes) => authority.sign(bytes)
          : signerOf((authority as Authority).privateKey),
    };
    issuers.set(authority, issuer);
  }
  return issuer;
}

/** Signs with a key in memory (PKCS#8 DER). */
export function signerOf(pkcs8: Uint8Array): SigningAuthority["sign"] {
  const key = createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" });
  return (bytes) => sign("sha256", bytes, key);
}

interface ToBeSigned {
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly publicKey: Uint8Array;
  readonly extensions: readonly Uint8Array[];
}

/** RFC 5280 4.1.2: version 3, in the order of the fields. */
function tbsCertificate(fields: ToBeSigned): Buffer {
  return der.sequence(
    der.tagged(0, der.integer(2)),
    der.unsigned(certificateSerial()),
    ecdsaWithSha256,
    fields.issuer,
    der.sequence(der.time(fields.notBefore), der.time(fields.notAfter)),
    fields.subject,
    fields.publicKey,
    der.tagged(3, der.sequence(...fields.extensions)),
  );
}

/** The subject's bytes as they are, so that issuer names match whoever wrote the certificate. */
function subjectName(certificate: Uint8Array): Uint8Array {
  const outer = der.readElements(certificate)?.[0];
  const tbs = outer && der.readElements(outer.content)?.[0];
  const fields = tbs && der.readElements(tbs.content);
  // version, serial number, algorithm, issuer, validity, subject
  const subject = fields?.[5];
  if (!subject) throw new TypeError("not a version 3 certificate");
  return subject.bytes;
}

/** RFC 5280 4.1: `{ id, critical DEFAULT FALSE, value }`. */
export function extension(id: string, value: Uint8Array, critical = false): Buffer {
  return der.sequence(der.objectId(id), ...(critical ? [der.yes] : []), der.octets(value));
}

/** Bits of KeyUsage, the first being the highest of the first byte (RFC 5280 4.2.1.3). */
const keyUsage = {
  digitalSignature: Buffer.from([7, 0x80]),
  /** keyCertSign and cRLSign. */
  authority: Buffer.from([1, 0x06]),
} as const;

function authorityExtensions(pathLength: number): Buffer[] {
  return [
    extension("2.5.29.19", der.sequence(der.yes, der.integer(pathLength)), true),
    extension("2.5.29.15", der.element(0x03, keyUsage.authority), true),
  ];
}

function endEntityExtensions(purpose?: string): readonly Buffer[] {
  return [
    extension("2.5.29.19", der.sequence(), true),
    extension("2.5.29.15", der.element(0x03, keyUsage.digitalSignature), true),
    ...(purpose ? [extension("2.5.29.37", der.sequence(der.objectId(purpose)))] : []),
  ];
}

/** The same for every certificate of a kind; written once. */
const endEntity: Readonly<Record<Usage, readonly Buffer[]>> = {
  client: endEntityExtensions("1.3.6.1.5.5.7.3.2"),
  server: endEntityExtensions("1.3.6.1.5.5.7.3.1"),
  // Document signing (RFC 9336).
  record: endEntityExtensions("1.3.6.1.5.5.7.3.36"),
};

function alternativeNames(names: readonly string[]): Buffer[] {
  if (names.length === 0) return [];
  const entries = names.map((name) =>
    isIP(name)
      ? der.taggedBytes(7, addressBytes(name))
      : der.taggedBytes(2, Buffer.from(name, "ascii")),
  );
  return [extension("2.5.29.17", der.sequence(...entries))];
}

/** 4 or 16 bytes of an address that `isIP` has accepted. */
function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split(".").map(Number));
  // An IPv4 tail counts for two groups.
  const text = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, a, b, c, d) =>
    [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((n) => n.toString(16)).join(":"),
  );
  const [head = "", tail] = text.split("::");
  const groups = (part: string | undefined) => (part ? part.split(":") : []);
  const [before, after] = [groups(head), groups(tail)];
  const middle = tail === undefined ? 0 : 8 - before.length - after.length;
  const all = [...before, ...new Array<string>(middle).fill("0"), ...after];
  return Buffer.from(all.map((group) => group.padStart(4, "0")).join(""), "hex");
}

/** Built as structure, not text, so that a name is never read as RFC 4514 syntax. */
export function distinguishedName(commonName: string): Buffer {
  return der.sequence(der.setOf(der.sequence(der.objectId("2.5.4.3"), der.utf8(commonName))));
}

/** RFC 5280 4.2.1.2 method 1: SHA-1 of the public key bits. An identifier, not a protection. */
function keyIdentifier(spki: Uint8Array): Buffer {
  const uncompressedPoint = spki.subarray(spki.length - 65);
  return createHash("sha1").update(uncompressedPoint).digest();
}

function subjectKey(keyId: Uint8Array): Buffer {
  return extension("2.5.29.14", der.octets(keyId));
}

function authorityKey(keyId: Uint8Array): Buffer {
  return extension("2.5.29.35", der.sequence(der.taggedBytes(0, keyId)));
}

/** 20 bytes, positive and never zero-led, so that DER neither pads nor trims it. */
function certificateSerial(): Buffer {
  const bytes = randomBytes(20);
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bytes;
}

/** A copy with a buffer of its own: Node hands out views of a shared pool. */
function plain(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
