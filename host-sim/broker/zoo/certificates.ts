/** The certificates an impostor of the broker could show, each wrong in one way only. */
import { X509Certificate } from "node:crypto";
import {
  type Authority,
  type CertificateOptions,
  createAuthority,
  generateKeyPair,
  issueCertificate,
} from "../../../provisioning/certificate-authority.ts";

/** What the zoo is allowed to know: the very keys an attacker does not have, to come close to genuine. */
export interface Premises {
  readonly serverAuthority: Authority;
  readonly deviceAuthority: Authority;
  /** The name units verify. */
  readonly serverName: string;
}

/** What a TLS server shows. `chain` is DER, leaf first; `privateKey` PKCS#8 DER. */
export interface Showing {
  readonly chain: readonly Uint8Array[];
  readonly privateKey: Uint8Array;
}

const HOUR_MS = 3_600_000;

function hoursFromNow(hours: number): Date {
  return new Date(Date.now() + hours * HOUR_MS);
}

async function leaf(
  issuer: Authority,
  commonName: string,
  changes: Partial<CertificateOptions>,
): Promise<Showing> {
  const { privateKey, publicKey } = generateKeyPair();
  const certificate = await issueCertificate(issuer, {
    commonName,
    usage: "server",
    names: [commonName],
    publicKey,
    notBefore: hoursFromNow(-1),
    notAfter: hoursFromNow(24),
    ...changes,
  });
  return { chain: [certificate], privateKey };
}

function newAuthority(commonName: string): Promise<Authority> {
  return createAuthority({
    commonName,
    notBefore: hoursFromNow(-1),
    notAfter: hoursFromNow(24),
  });
}

/** What the real broker would show; the control of the others. */
export function genuine({ serverAuthority, serverName }: Premises): Promise<Showing> {
  return leaf(serverAuthority, serverName, {});
}

/** Another CA that bears the genuine CA's very name. */
export async function ofWrongAuthority({
  serverAuthority,
  serverName,
}: Premises): Promise<Showing> {
  const { subject } = new X509Certificate(serverAuthority.certificate);
  return leaf(await newAuthority(subject.replace(/^CN=/, "")), serverName, {});
}

export function withWrongName({ serverAuthority, serverName }: Premises): Promise<Showing> {
  return leaf(serverAuthority, serverName, { names: [`not-${serverName}`] });
}

/** The right name as a common name only: RFC 9525 §6.3 says that is no name at all. */
export function withoutNames({ serverAuthority, serverName }: Premises): Promise<Showing> {
  return leaf(serverAuthority, serverName, { names: [] });
}

export function expired({ serverAuthority, serverName }: Premises): Promise<Showing> {
  return leaf(serverAuthority, serverName, {
    notBefore: hoursFromNow(-48),
    notAfter: hoursFromNow(-24),
  });
}

export function notYetValid({ serverAuthority, serverName }: Premises): Promise<Showing> {
  return leaf(serverAuthority, serverName, {
    notBefore: hoursFromNow(24),
    notAfter: hoursFromNow(48),
  });
}

/** Its own issuer, with the genuine CA sent along for clients that look for it anywhere in the chain. */
export async function selfSigned({ serverAuthority, serverName }: Premises): Promise<Showing> {
  const self = await newAuthority(serverName);
  const { publicKey } = new X509Certificate(self.certificate);
  const own = await leaf(self, serverName, {
    publicKey: publicKey.export({ type: "spki", format: "der" }),
  });
  return { chain: [...own.chain, serverAuthority.certificate], privateKey: self.privateKey };
}

/** A genuine unit's certificate and key, taken out of its flash. */
export function ofDevice({ deviceAuthority }: Premises): Promise<Showing> {
  return leaf(deviceAuthority, "0123456789abcdefghjkmnpqrs", { usage: "client", names: [] });
}

/** Genuine CA, right name, but made for clients: only the extended key usage is wrong. */
export function forClients({ serverAuthority, serverName }: Premises): Promise<Showing> {
  return leaf(serverAuthority, serverName, { usage: "client" });
}

/** Signed by a genuine end-entity certificate that is no CA. */
export async function ofLeafAsAuthority(premises: Premises): Promise<Showing> {
  const stolen = await leaf(premises.serverAuthority, `other-${premises.serverName}`, {});
  const [certificate] = stolen.chain as [Uint8Array];
  const forged = await leaf(
    { certificate, privateKey: stolen.privateKey },
    premises.serverName,
    {},
  );
  return { ...forged, chain: [...forged.chain, certificate] };
}
