/**
 * Every rule of trust of the TUF client workflow (specification 1.0.34 section 5), without I/O:
 * bytes in, a new trusted state or the reason for a refusal out. Nothing here asks for a file, and
 * nothing outside decides whether one is to be believed.
 *
 * Order within each function: length and hash (which come from metadata already verified, and are
 * cheap), then the signatures, and only then is any field read.
 */
import type { JsonMap } from "../../commands/strict-json.ts";
import { equalBytes } from "../../platform/encoding.ts";
import { type Listing, readRoot, readSnapshot, readTimestamp } from "./contents.ts";
import {
  type Envelope,
  type Header,
  type MetadataType,
  openEnvelope,
  readHeader,
} from "./envelope.ts";
import type { MetaFile } from "./fields.ts";
import { type Sha256, type SignatureCheck, sameKey } from "./key.ts";
import type { Limits } from "./limits.ts";
import { isRefused, type Refused } from "./refusal.ts";
import { checkOnce, meetsThreshold, type NamedKey, type Role, signersOf } from "./role.ts";
import { readTargets, type TargetsContent } from "./targets.ts";
import { encodeState, type TrustedState } from "./trusted-state.ts";

/** What the rules are applied with. */
export interface Verifier {
  /** Seconds since 1970, the same for a whole refresh (5.1). */
  readonly now: number;
  readonly limits: Limits;
  readonly check: SignatureCheck;
  readonly sha256: Sha256;
}

/** 5.2: the root that came with the firmware. It must be whole: threshold of its own signatures. */
export function trustRoot(bytes: Uint8Array, verifier: Verifier): TrustedState | Refused {
  return readNewRoot(bytes, verifier, undefined);
}

/** 5.3.4 to 5.3.8 and 5.3.11: the successor of the trusted root. Its date does not matter yet. */
export function acceptRoot(
  state: TrustedState,
  bytes: Uint8Array,
  verifier: Verifier,
): TrustedState | Refused {
  return readNewRoot(bytes, verifier, state);
}

function readNewRoot(
  bytes: Uint8Array,
  verifier: Verifier,
  before: TrustedState | undefined,
): TrustedState | Refused {
  const envelope = openEnvelope(bytes, verifier.limits.rootBytes);
  if (isRefused(envelope)) return envelope;
  const check = checkOnce(verifier.check);
  if (before && !meetsThreshold(before.root.roles.root, envelope, check))
    return { refused: "threshold-not-met" };
  // Its own keys come from itself, so it is read before the second half of the proof.
  const after = readContent(envelope, "root", (signed) => readRoot(signed, verifier.sha256));
  if (isRefused(after)) return after;
  if (!meetsThreshold(after.roles.root, envelope, check)) return { refused: "threshold-not-met" };
  if (before && after.version !== before.root.version + 1) return { refused: "wrong-version" };
  return fitting(
    {
      root: after,
      timestamp: stillVouched(before?.timestamp, after.roles.timestamp),
      snapshot: stillVouched(before?.snapshot, after.roles.snapshot),
    },
    verifier,
  );
}

/**
 * 5.3.11: what the keys of a role said is forgotten once they no longer meet the role's threshold,
 * so that versions an intruder drove up can come down again. Other changes of keys forget nothing:
 * a key that is merely added must not open the way back to old metadata.
 */
function stillVouched<T extends { readonly signers: readonly NamedKey[] }>(
  trusted: T | undefined,
  role: Role,
): T | undefined {
  if (!trusted) return undefined;
  const signers = role.keys.filter((key) => trusted.signers.some((one) => sameKey(one, key)));
  return signers.length >= role.threshold ? { ...trusted, signers } : undefined;
}

/** 5.3.10, once there is no newer root. */
export function refuseExpiredRoot(state: TrustedState, now: number): Refused | undefined {
  return refuseExpired(state.root, now);
}

/** 5.4. The state itself, unchanged, when the timestamp is the one that is trusted already. */
export function acceptTimestamp(
  state: TrustedState,
  bytes: Uint8Array,
  verifier: Verifier,
): TrustedState | Refused {
  const envelope = openEnvelope(bytes, verifier.limits.timestampBytes);
  if (isRefused(envelope)) return envelope;
  const role = state.root.roles.timestamp;
  const signers = signersOf(role, envelope, verifier.check);
  if (signers.length < role.threshold) return { refused: "threshold-not-met" };
  const content = readContent(envelope, "timestamp", readTimestamp);
  if (isRefused(content)) return content;
  const { version, expires, snapshot } = content;
  if (snapshot.sha256 === "unknown") return { refused: "unknown-hash" };
  const { timestamp } = state;
  if (timestamp) {
    if (version < timestamp.version) return { refused: "rollback" };
    // Nothing new, whatever else it says; but what is trusted may have gone out of date meanwhile.
    if (version === timestamp.version) return refuseExpired(timestamp, verifier.now) ?? state;
    if (snapshot.version < timestamp.snapshot.version) return { refused: "rollback" };
  }
  const expired = refuseExpired(content, verifier.now);
  if (expired) return expired;
  return fitting({ ...state, timestamp: { version, expires, snapshot, signers } }, verifier);
}

export interface AcceptedSnapshot {
  readonly state: TrustedState;
  /** For this refresh only: it is read anew in the next. */
  readonly listing: Listing;
}

/** 5.5: the snapshot that the trusted timestamp names. */
export function acceptSnapshot(
  state: TrustedState,
  bytes: Uint8Array,
  verifier: Verifier,
): AcceptedSnapshot | Refused {
  if (!state.timestamp) throw new Error("a snapshot before a timestamp");
  const named = state.timestamp.snapshot;
  const mismatch = refuseMismatch(named, bytes, verifier);
  if (mismatch) return mismatch;
  const envelope = openEnvelope(bytes, verifier.limits.snapshotBytes);
  if (isRefused(envelope)) return envelope;
  const role = state.root.roles.snapshot;
  const signers = signersOf(role, envelope, verifier.check);
  if (signers.length < role.threshold) return { refused: "threshold-not-met" };
  const content = readContent(envelope, "snapshot", readSnapshot);
  if (isRefused(content)) return content;
  const { listing } = content;
  const refused =
    refuseVersion(content, named) ??
    refuseRollback(state, listing) ??
    refuseExpired(content, verifier.now);
  if (refused) return refused;
  const versions = new Map<string, number>();
  for (const [name, { version }] of listing) versions.set(name, version);
  const next = fitting({ ...state, snapshot: { versions, signers } }, verifier);
  return isRefused(next) ? next : { state: next, listing };
}

/** 5.5.5: no role's version falls, and no role disappears. */
function refuseRollback(state: TrustedState, listing: Listing): Refused | undefined {
  for (const [name, version] of state.snapshot?.versions ?? []) {
    const file = listing.get(name);
    if (!file) return { refused: "role-removed" };
    if (file.version < version) return { refused: "rollback" };
  }
  return undefined;
}

/** 5.6, for the top-level role and for delegated ones: `role` is what the delegator says of it. */
export function acceptTargets(
  role: Role,
  file: MetaFile,
  bytes: Uint8Array,
  verifier: Verifier,
): TargetsContent | Refused {
  const mismatch = refuseMismatch(file, bytes, verifier);
  if (mismatch) return mismatch;
  const envelope = openEnvelope(bytes, verifier.limits.targetsBytes);
  if (isRefused(envelope)) return envelope;
  if (!meetsThreshold(role, envelope, verifier.check)) return { refused: "threshold-not-met" };
  const content = readContent(envelope, "targets", (signed) =>
    readTargets(signed, verifier.sha256),
  );
  if (isRefused(content)) return content;
  return refuseVersion(content, file) ?? refuseExpired(content, verifier.now) ?? content;
}

/** Header and content; the parsed file itself is let go. */
function readContent<Content extends object>(
  envelope: Envelope,
  type: MetadataType,
  read: (signed: JsonMap) => Content | undefined,
): (Header & Content) | Refused {
  const signed = envelope.signed();
  const header = readHeader(signed, type);
  if (isRefused(header)) return header;
  const content = read(signed);
  return content ? { ...header, ...content } : { refused: "bad-metadata" };
}

/** 5.5.2 and 5.6.2: against mixing files of different times. */
function refuseMismatch(
  { length, sha256 }: MetaFile,
  bytes: Uint8Array,
  verifier: Verifier,
): Refused | undefined {
  if (length !== undefined && bytes.length !== length) return { refused: "wrong-length" };
  if (sha256 === undefined) return undefined;
  if (sha256 === "unknown") return { refused: "unknown-hash" };
  return equalBytes(verifier.sha256(bytes), sha256) ? undefined : { refused: "wrong-hash" };
}

/** 5.5.4 and 5.6.4. */
function refuseVersion(header: Header, { version }: MetaFile): Refused | undefined {
  return header.version === version ? undefined : { refused: "wrong-version" };
}

/** "The expiration timestamp MUST be higher than the fixed update start time." */
function refuseExpired({ expires }: Header, now: number): Refused | undefined {
  return expires > now ? undefined : { refused: "expired" };
}

/** A state that could not be stored must not be acted upon: after a power cut it would be gone. */
function fitting(state: TrustedState, { limits }: Verifier): TrustedState | Refused {
  return encodeState(state).length <= limits.stateBytes ? state : { refused: "too-large" };
}
