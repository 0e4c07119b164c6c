/**
 * From a client certificate to a `Peer`. TLS has already verified the chain against both CAs at
 * once; what it cannot say is *which* of them issued the leaf, and that is what gives the role.
 */
import type { X509Certificate } from "node:crypto";
import { isNameOf, type Peer, type Role } from "./topic-rules.ts";

/** The CAs whose leaves are units and owners' apps; two of a kind while one is rotated. */
export type PeerAnchors = Readonly<Record<Role, readonly X509Certificate[]>>;

/**
 * The peer a verified `certificate` speaks for. `untrusted-certificate`: no anchor signed this very leaf, or
 * anchors of both roles claim it; an intermediate that issues leaves must itself be an anchor.
 * `name`: the CA is known, but the common name is not one its role bears.
 */
export function peerOf(
  certificate: X509Certificate,
  anchors: PeerAnchors,
): Peer | { readonly reason: "untrusted-certificate" | "name" } {
  // The signature is checked, not the issuer's name: two CAs may bear the same name.
  const issued = (role: Role) =>
    anchors[role].some((anchor) => certificate.verify(anchor.publicKey));
  const unit = issued("unit");
  if (unit === issued("owner")) return { reason: "untrusted-certificate" };
  const role: Role = unit ? "unit" : "owner";
  const name: unknown = certificate.toLegacyObject().subject.CN;
  // Several common names come as an array: nobody can say which one is meant.
  return typeof name === "string" && isNameOf(role, name) ? { role, name } : { reason: "name" };
}
