/**
 * The other two roots: for servers and for owners' apps. A maker keeps them with the service, not
 * in the factory; the desk and the examples use these.
 */
import { type Authority, generateKeyPair, issueCertificate } from "./certificate-authority.ts";
import { makePrivateFolder } from "./private-file.ts";
import { openAuthority, validity } from "./sealed-authority.ts";

/** DER certificates, leaf first, and the PKCS#8 DER key that goes with the leaf. */
export interface Credential {
  readonly certificate: readonly Uint8Array[];
  readonly privateKey: Uint8Array;
}

export interface ServiceAuthority {
  readonly servers: Authority;
  readonly owners: Authority;
  /** DER: the root units trust for their broker. */
  readonly serverAnchor: Uint8Array;
  /** DER: the root the broker trusts for owners' apps. */
  readonly ownersAnchor: Uint8Array;
  /** For the broker; `names` are DNS names or IP addresses. Valid for a year. */
  issueServerCertificate(names: readonly string[]): Promise<Credential>;
  /** For an owner's app: CN `owner-<ownerId>`. Valid for a year. */
  issueOwnerCertificate(ownerId: string): Promise<Credential>;
}

/** Opens the two roots in `folder`, or creates them. A `Fault` for a wrong passphrase or bad files. */
export async function openServiceAuthority(options: {
  readonly folder: string;
  readonly passphrase: string;
}): Promise<ServiceAuthority> {
  const { folder, passphrase } = options;
  makePrivateFolder(folder);
  const servers = await openAuthority(folder, "server-authority", "Thirteen server CA", passphrase);
  const owners = await openAuthority(folder, "owners-authority", "Thirteen owners' CA", passphrase);
  return {
    servers,
    owners,
    serverAnchor: servers.certificate,
    ownersAnchor: owners.certificate,
    issueServerCertificate: (names) => {
      const [commonName = "server"] = names;
      return issueCredential(servers, { commonName, usage: "server", names });
    },
    issueOwnerCertificate: (ownerId) =>
      issueCredential(owners, { commonName: `owner-${ownerId}`, usage: "client" }),
  };
}

async function issueCredential(
  authority: Authority,
  options: { commonName: string; usage: "client" | "server"; names?: readonly string[] },
): Promise<Credential> {
  const { privateKey, publicKey } = generateKeyPair();
  const certificate = await issueCertificate(authority, {
    ...options,
    publicKey,
    ...validity(new Date(), 1),
  });
  return { certificate: [certificate], privateKey };
}
