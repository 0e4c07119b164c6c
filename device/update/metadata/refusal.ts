/**
 * Why a metadata file, or a whole refresh, is refused. The words are what the panel and the event
 * journal show, so each names one rule of the TUF specification (1.0.34, section 5).
 */
export type Reason =
  /** Longer than the limit of its role, or than what is left to store of it. */
  | "too-large"
  | "not-json"
  /** A field that must be there is missing or not of its type. */
  | "bad-metadata"
  /** Metadata of another role, e.g. a snapshot in place of a timestamp. */
  | "wrong-type"
  /** Written for another major version of the specification. */
  | "wrong-specification"
  /** One key id twice among the signatures. */
  | "duplicate-signature"
  /** Fewer good signatures than the role's threshold. */
  | "threshold-not-met"
  /** Not the version that was asked for (5.3.5, 5.5.4, 5.6.4). */
  | "wrong-version"
  /** Older than what was trusted before (5.4.3, 5.5.5). */
  | "rollback"
  /** A role of the trusted snapshot is not in the new one (5.5.5). */
  | "role-removed"
  /** Past its date: a freeze attack, or a neglected repository (5.3.10, 5.4.4, 5.5.6, 5.6.5). */
  | "expired"
  | "wrong-length"
  | "wrong-hash"
  /** Only hashes that this client cannot compute. */
  | "unknown-hash"
  /** A role without an entry in the snapshot. */
  | "not-in-snapshot"
  /** The repository did not give the file. */
  | "unavailable"
  /** No role that may speak for the target knows it. */
  | "no-such-target"
  /** The search for a target was given up after the agreed number of roles. */
  | "too-many-delegations";

export interface Refused {
  readonly refused: Reason;
}

export function isRefused(result: object | undefined): result is Refused {
  return result !== undefined && "refused" in result;
}
