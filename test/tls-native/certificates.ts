/** Certificates for the battery, good and bad ones; keys are made for each run. */
import { generateKeyPairSync, randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";
// Must be evaluated before the library, which looks for it while it loads.
import "../reflect-metadata.ts";
import * as x509 from "@peculiar/x509";

const day = 86_400_000;

/** A certificate with its key, as Node's servers (PEM) and the unit (DER) want them. */
export interface Issued {
  readonly der: Uint8Array;
  readonly pem: string;
  readonly keyPem: string;
  /** PKCS#8. */
  readonly keyDer: Uint8Array;
  readonly name: string;
}

export interface Wish {
  readonly commonName: string;
  /** Subject alternative names; none at all when absent. */
  readonly names?: readonly string[];
  readonly isAuthority?: boolean;
  readonly usage?: "client" | "server";
  /** Days from now. */
  readonly from?: number;
  readonly to?: number;
  readonly hash?: "SHA-1" | "SHA-256";
  readonly key?: "P-256" | "RSA-1024" | "RSA-2048";
  /** Absent: self-signed. */
  readonly issuer?: Issued;
}

function makeKey(kind: Wish["key"] = "P-256") {
  return kind === "P-256"
    ? generateKeyPairSync("ec", { namedCurve: "P-256" })
    : generateKeyPairSync("rsa", { modulusLength: Number(kind.slice(4)) });
}

function extensionsFor(wish: Wish): x509.Extension[] {
  const list: x509.Extension[] = [
    new x509.BasicConstraintsExtension(wish.isAuthority ?? false, undefined, true),
    new x509.KeyUsagesExtension(
      wish.isAuthority
        ? x509.KeyUsageFlags.keyCertSign
        : x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment,
      true,
    ),
  ];
  if (wish.usage) {
    const purpose = wish.usage === "server" ? "serverAuth" : "clientAuth";
    list.push(new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[purpose]]));
  }
  if (wish.names) {
    list.push(
      new x509.SubjectAlternativeNameExtension(
        wish.names.map((value) => ({
          type: isIP(value) ? ("ip" as const) : ("dns" as const),
          value,
        })),
      ),
    );
  }
  return list;
}

async function importSigner(keyDer: Uint8Array, isRsa: boolean, hash: string) {
  const algorithm = isRsa
    ? { name: "RSASSA-PKCS1-v1_5", hash }
    : { name: "ECDSA", namedCurve: "P-256", hash };
  return webcrypto.subtle.importKey("pkcs8", keyDer, algorithm, true, ["sign"]);
}

/** Issues what `wish` says, however unwise. */
export async function issue(wish: Wish): Promise<Issued> {
  const pair = makeKey(wish.key);
  const keyDer = new Uint8Array(pair.privateKey.export({ type: "pkcs8", format: "der" }));
  const publicKey = new Uint8Array(pair.publicKey.export({ type: "spki", format: "der" }));
  const hash = wish.hash ?? "SHA-256";
  const isRsaSigner = wish.issuer ? false : (wish.key ?? "P-256") !== "P-256";
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: `01${randomBytes(15).toString("hex")}`,
    subject: `CN=${wish.commonName}`,
    issuer: `CN=${wish.issuer?.name ?? wish.commonName}`,
    notBefore: new Date(Date.now() + (wish.from ?? -1) * day),
    notAfter: new Date(Date.now() + (wish.to ?? 30) * day),
    publicKey,
    signingKey: await importSigner(wish.issuer?.keyDer ?? keyDer, isRsaSigner, hash),
    signingAlgorithm: isRsaSigner ? { name: "RSASSA-PKCS1-v1_5", hash } : { name: "ECDSA", hash },
    extensions: extensionsFor(wish),
  });
  return {
    der: new Uint8Array(certificate.rawData),
    pem: `${certificate.toString("pem")}\n`,
    keyPem: pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    keyDer,
    name: wish.commonName,
  };
}
