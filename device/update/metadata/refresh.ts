/**
 * The client workflow (specification 1.0.34 section 5) as a step machine: it says which file it
 * needs next, is given what the repository answered, and in the end has a verified target or the
 * reason why not. It does no I/O and keeps no cryptography, so the same code serves the device's
 * downloader, a desktop client and tests; it holds one metadata file at a time, while judging it.
 *
 * After every step the caller stores `state`, if it has changed, before doing what is asked next.
 * Then a power cut anywhere leaves the client with everything it had come to trust, and the next
 * refresh goes on from there. A refusal ends the refresh and changes nothing that was trusted.
 */
import { encodeText } from "../../platform/text.ts";
import type { Listing } from "./contents.ts";
import type { MetaFile } from "./fields.ts";
import type { Limits } from "./limits.ts";
import { isRefused, type Reason } from "./refusal.ts";
import { beginSearch, nextVisit, type Search, visit, whyNotFound } from "./search.ts";
import type { VerifiedTarget } from "./targets.ts";
import {
  acceptRoot,
  acceptSnapshot,
  acceptTargets,
  acceptTimestamp,
  refuseExpiredRoot,
  type Verifier,
} from "./trusted-set.ts";
import type { TrustedState } from "./trusted-state.ts";

export interface RefreshOptions {
  /** Seconds since 1970: the time floor at the start, the same to the end (5.1). */
  readonly now: number;
  readonly limits: Limits;
  /** The target to look for; without one, the top-level metadata is refreshed. */
  readonly target?: string;
  /** End early if the root and the timestamp's version are still the same: nothing was published. */
  readonly handledTimestamp?: number;
}

/** What a step verifies with; nothing of it is kept between steps. */
export type Cryptography = Pick<Verifier, "check" | "sha256">;

export type Ask =
  /** Is there a copy from an earlier refresh? Saves a download; it is judged like any other. */
  | { readonly ask: "recall"; readonly role: string }
  /** Get `file` (percent-encoded, relative to the metadata URL), reading no more than `maxBytes`. */
  | {
      readonly ask: "fetch";
      readonly role: string;
      readonly file: string;
      readonly maxBytes: number;
    }
  | { readonly ask: "nothing"; readonly outcome: Outcome };

export type Outcome =
  | { readonly found: VerifiedTarget }
  /** The metadata is fresh; no target was asked for. */
  | { readonly refreshed: true }
  /** Nothing was published since `handledTimestamp`. */
  | { readonly unchanged: true }
  /** `role`: whose metadata it was about. */
  | { readonly refused: Reason; readonly role: string };

/** "absent": the server says there is no such file. "failed": it did not say anything of use. */
export type Answer = { readonly bytes: Uint8Array } | "absent" | "too-large" | "failed";

interface TargetsStage {
  readonly stage: "targets";
  readonly listing: Listing;
  readonly search: Search;
}

type Stage =
  | { readonly stage: "root"; readonly rotations: number }
  | { readonly stage: "timestamp"; readonly rotations: number }
  | { readonly stage: "snapshot" }
  | TargetsStage;

export interface Refresh {
  readonly ask: Ask;
  readonly state: TrustedState;
  /** The role whose file, given in the last step, was found good: a client may keep that file. */
  readonly accepted: string | undefined;
  readonly options: RefreshOptions;
  readonly at: Stage;
}

/** What of a refresh outlasts a step. */
type Standing = Pick<Refresh, "state" | "accepted" | "options">;

export function beginRefresh(state: TrustedState, options: RefreshOptions): Refresh {
  return askForRoot({ state, accepted: undefined, options }, 0);
}

/**
 * Looks for another target in the repository as it stands, without fetching its beginnings again.
 * Undefined when the refresh did not come as far as the snapshot.
 */
export function lookFor(refresh: Refresh, target: string): Refresh | undefined {
  if (refresh.at.stage !== "targets" || refresh.ask.ask !== "nothing") return undefined;
  const search = beginSearch(refresh.state, target);
  return askForTargets(
    { ...refresh, options: { ...refresh.options, target } },
    {
      ...refresh.at,
      search,
    },
  );
}

/** One step: what came of the last `ask`. */
export function advance(refresh: Refresh, answer: Answer, cryptography: Cryptography): Refresh {
  const { ask, at, options } = refresh;
  if (ask.ask === "nothing") return refresh;
  const verifier = { ...options, ...cryptography };
  const before = { ...refresh, accepted: undefined };
  if (answer === "absent" && at.stage === "root") return afterRoots(before, at.rotations);
  const next =
    typeof answer === "object"
      ? judge(before, answer.bytes, verifier)
      : refuse(before, answer === "too-large" ? answer : "unavailable");
  // A copy that is out of date or damaged is no reason to refuse anything: get the file itself.
  const failed = next.ask.ask === "nothing" && "refused" in next.ask.outcome;
  return ask.ask === "recall" && failed && next.accepted === undefined
    ? { ...before, ask: fetchInstead(before) }
    : next;
}

function judge(refresh: Refresh, bytes: Uint8Array, verifier: Verifier): Refresh {
  const { at, state } = refresh;
  if (at.stage === "root") {
    const next = acceptRoot(state, bytes, verifier);
    if (isRefused(next)) return refuse(refresh, next.refused);
    return askForRoot({ ...refresh, state: next, accepted: "root" }, at.rotations + 1);
  }
  if (at.stage === "timestamp") {
    const next = acceptTimestamp(state, bytes, verifier);
    if (isRefused(next)) return refuse(refresh, next.refused);
    return afterTimestamp(refresh, next, at.rotations);
  }
  if (at.stage === "snapshot") {
    const next = acceptSnapshot(state, bytes, verifier);
    if (isRefused(next)) return refuse(refresh, next.refused);
    const search = beginSearch(next.state, refresh.options.target);
    const trusted = { ...refresh, state: next.state, accepted: "snapshot" };
    return askForTargets(trusted, { stage: "targets", listing: next.listing, search });
  }
  return judgeTargets(refresh, at, bytes, verifier);
}

function askForRoot(standing: Standing, rotations: number): Refresh {
  const { state, options } = standing;
  if (rotations >= options.limits.rootRotations) return afterRoots(standing, rotations);
  const file = `${state.root.version + 1}.root.json`;
  const ask = { ask: "fetch", role: "root", file, maxBytes: options.limits.rootBytes } as const;
  return { ...standing, ask, at: { stage: "root", rotations } };
}

function afterRoots(standing: Standing, rotations: number): Refresh {
  const { now, limits } = standing.options;
  const at: Stage = { stage: "timestamp", rotations };
  const expired = refuseExpiredRoot(standing.state, now);
  if (expired) return { ...standing, at, ask: done({ ...expired, role: "root" }) };
  const maxBytes = limits.timestampBytes;
  const ask = { ask: "fetch", role: "timestamp", file: "timestamp.json", maxBytes } as const;
  return { ...standing, ask, at };
}

/** A new root is never passed over as "nothing new": it may have revoked what was released. */
function afterTimestamp(refresh: Refresh, state: TrustedState, rotations: number): Refresh {
  const { handledTimestamp } = refresh.options;
  const accepted = state === refresh.state ? undefined : "timestamp";
  const at: Stage = { stage: "snapshot" };
  if (rotations === 0 && !accepted && state.timestamp?.version === handledTimestamp)
    return { ...refresh, ask: done({ unchanged: true }), at };
  return { ...refresh, state, accepted, at, ask: { ask: "recall", role: "snapshot" } };
}

/** Asks for the metadata of the next role of the search, or ends it. */
function askForTargets(refresh: Refresh, at: TargetsStage): Refresh {
  const role = nextVisit(at.search)?.name;
  const here = { ...refresh, at };
  if (role !== undefined)
    return at.listing.has(role)
      ? { ...here, ask: { ask: "recall", role } }
      : { ...here, ask: done({ refused: "not-in-snapshot", role }) };
  if (at.search.path === undefined) return { ...here, ask: done({ refreshed: true }) };
  return { ...here, ask: done({ refused: whyNotFound(at.search), role: "targets" }) };
}

function judgeTargets(
  refresh: Refresh,
  at: TargetsStage,
  bytes: Uint8Array,
  verifier: Verifier,
): Refresh {
  const next = nextVisit(at.search);
  const file = next && at.listing.get(next.name);
  if (!next || !file) return refuse(refresh, "not-in-snapshot");
  const content = acceptTargets(next.role, file, bytes, verifier);
  if (isRefused(content)) return refuse(refresh, content.refused);
  const trusted = { ...refresh, accepted: next.name };
  const { consistentSnapshot } = refresh.state.root;
  const result = visit(at.search, content, consistentSnapshot, verifier);
  if (isRefused(result)) return refuse(trusted, result.refused);
  if ("found" in result) return { ...trusted, ask: done(result) };
  return askForTargets(trusted, { ...at, search: result.on });
}

/** The file itself, in place of a copy of it. */
function fetchInstead({ ask, at, state, options }: Refresh): Ask {
  const { limits } = options;
  const role = ask.ask === "recall" ? ask.role : "";
  const [file, limit] =
    at.stage === "targets"
      ? [at.listing.get(role), limits.targetsBytes]
      : [state.timestamp?.snapshot, limits.snapshotBytes];
  if (!file) return done({ refused: "not-in-snapshot", role });
  if ((file.length ?? 0) > limit) return done({ refused: "too-large", role });
  const name = fileName(role, file, state.root.consistentSnapshot);
  return { ask: "fetch", role, file: name, maxBytes: file.length ?? limit };
}

/** 5.5.1, 5.6.1. */
function fileName(role: string, { version }: MetaFile, consistentSnapshot: boolean): string {
  return `${consistentSnapshot ? `${version}.` : ""}${percentEncode(role)}.json`;
}

/** RFC 3986 section 2: a role's name is the repository's to choose, our path is not. */
export function percentEncode(text: string): string {
  let encoded = "";
  for (const byte of encodeText(text)) {
    const character = String.fromCharCode(byte);
    encoded += /^[A-Za-z0-9_.~-]$/.test(character)
      ? character
      : `%${byte < 16 ? "0" : ""}${byte.toString(16).toUpperCase()}`;
  }
  return encoded;
}

function done(outcome: Outcome): Ask {
  return { ask: "nothing", outcome };
}

function refuse(refresh: Refresh, refused: Reason): Refresh {
  const role = refresh.ask.ask === "nothing" ? refresh.at.stage : refresh.ask.role;
  return { ...refresh, ask: done({ refused, role }) };
}
