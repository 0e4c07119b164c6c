/**
 * Read-back: is what the unit's flash holds this unit, of this factory, with the release that was
 * ordered, and does the password on its label open it (EN 303 645 5.1-1, 5.4-2, 5.4-4)? Every answer
 * comes from bytes read out of the device, with the device's own code.
 */
import { createPrivateKey, randomBytes, X509Certificate } from "node:crypto";
import { beginResponse, finishResponse } from "../../device/access/spake2plus.ts";
import { SET_UP_CONTEXT } from "../../device/access/spake2plus-schedule.ts";
import { crypto } from "../../device/crypto/noble.ts";
import type { Identity } from "../../device/storage/identity.ts";
import { fingerprint } from "../certificate-authority.ts";
import { factoryPartitionBytes, readFactoryImage } from "../factory-image.ts";
import { parseLabelPayload, ssidSuffix } from "../label.ts";
import { stretch } from "../set-up-password.ts";
import { startProver } from "../spake2plus-prover.ts";
import { heldRegions, type LineRelease, sha256Hex } from "./release.ts";
import type { Place } from "./target.ts";

export type ReadBackRefusal =
  /** No identity in the factory partition, or a torn one. */
  | "no-identity"
  | "damaged-identity"
  /** Another serial or id: the wrong board is on the cable. */
  | "other-unit"
  /** Not the certificate that the ledger knows for this unit. */
  | "other-certificate"
  /** Not issued by this factory's CA, out of date, or for another name. */
  | "certificate-does-not-chain"
  | "key-does-not-match-certificate"
  /** It would trust other servers than it was ordered to. */
  | "other-server-roots"
  /** A region of the release differs; see `region`. */
  | "other-release"
  /** The scanned code is none of ours, or its serial's check character is wrong. */
  | "not-a-label"
  | "label-of-another-unit"
  /** The password on the label does not open this device. */
  | "wrong-password";

export interface Refused {
  readonly reason: ReadBackRefusal;
  readonly region?: string;
}

/** What the ledger and the factory say that the unit must be. */
export interface Expected {
  readonly serial: string;
  readonly id: string;
  readonly certificateSha256: string;
  /** DER. */
  readonly deviceAuthority: Uint8Array;
  /** DER. */
  readonly serverAnchors: readonly Uint8Array[];
  readonly release: LineRelease;
  readonly now: Date;
}

/** What has to be read for `checkReadBack`: the unit's own partition, then what it must hold of the release. */
export function placesOf(release: LineRelease): Place[] {
  return [
    { offset: release.factoryOffset, length: factoryPartitionBytes },
    ...heldRegions(release),
  ];
}

/** Checks all that needs no password. `read`: the bytes at `placesOf`. */
export function checkReadBack(
  read: readonly Uint8Array[],
  expected: Expected,
): { readonly identity: Identity } | Refused {
  const [factory, ...regions] = read;
  const identity = readFactoryImage(factory ?? new Uint8Array());
  if ("reason" in identity)
    return { reason: identity.reason === "missing" ? "no-identity" : "damaged-identity" };
  const refusal = checkIdentity(identity, expected);
  if (refusal) return { reason: refusal };
  const other = heldRegions(expected.release).find(
    ({ sha256 }, index) => sha256Hex(regions[index] ?? new Uint8Array()) !== sha256,
  );
  return other ? { reason: "other-release", region: other.name } : { identity };
}

function checkIdentity(identity: Identity, expected: Expected): ReadBackRefusal | undefined {
  if (identity.serial !== expected.serial || identity.id !== expected.id) return "other-unit";
  const [leaf] = identity.certificate;
  if (!leaf || fingerprint(leaf) !== expected.certificateSha256) return "other-certificate";
  if (!chains(leaf, expected)) return "certificate-does-not-chain";
  const key = createPrivateKey({
    key: Buffer.from(identity.privateKey),
    format: "der",
    type: "pkcs8",
  });
  if (!new X509Certificate(leaf).checkPrivateKey(key)) return "key-does-not-match-certificate";
  const same =
    identity.anchors.length === expected.serverAnchors.length &&
    identity.anchors.every(
      (anchor, index) => fingerprint(anchor) === fingerprint(expected.serverAnchors[index]!),
    );
  return same ? undefined : "other-server-roots";
}

function chains(leaf: Uint8Array, { deviceAuthority, id, now }: Expected): boolean {
  const certificate = new X509Certificate(leaf);
  const root = new X509Certificate(deviceAuthority);
  return (
    certificate.checkIssued(root) &&
    certificate.verify(root.publicKey) &&
    certificate.subject === `CN=${id}` &&
    Date.parse(certificate.validFrom) <= now.getTime() &&
    Date.parse(certificate.validTo) > now.getTime()
  );
}

/**
 * Holds a scanned set-up code against the device: the app's half of SPAKE2+ with the label's password,
 * the device's half with the verifier from its flash. Undefined when each confirms the other.
 */
export async function checkLabel(
  scanned: string,
  identity: Identity,
): Promise<ReadBackRefusal | undefined> {
  const label = parseLabelPayload(scanned);
  if (!label) return "not-a-label";
  if (label.serial !== identity.serial || label.ssidSuffix !== ssidSuffix(identity.id))
    return "label-of-another-unit";
  const parties = { context: SET_UP_CONTEXT, idProver: "", idVerifier: identity.serial };
  const secret = await stretch(label.password, identity.serial);
  const prover = startProver(parties, secret, randomBytes(40));
  const run = { ...parties, ...identity.verifier };
  const begun = beginResponse(crypto.points(), run, prover.shareP, randomBytes(40));
  const response = typeof begun === "string" ? begun : finishResponse(crypto, begun);
  if (typeof response === "string") return "wrong-password";
  const proof = prover.prove(response.shareV, response.confirmV);
  if (typeof proof === "string") return "wrong-password";
  return Buffer.compare(proof.confirmP, response.expectedConfirmP) === 0
    ? undefined
    : "wrong-password";
}
