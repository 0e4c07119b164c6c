/**
 * The desk asks a device before it signs or publishes: the device's own verifier, with the device's
 * limits, from the first root on. What a unit in the field would refuse never leaves the desk.
 */

import { crypto } from "../../device/crypto/noble.ts";
import { deviceLimits } from "../../device/update/metadata/limits.ts";
import { nobleCryptography } from "../../device/update/metadata/noble-check.ts";
import {
  type Answer,
  advance,
  beginRefresh,
  lookFor,
  type Refresh,
} from "../../device/update/metadata/refresh.ts";
import { isRefused } from "../../device/update/metadata/refusal.ts";
import { trustRoot } from "../../device/update/metadata/trusted-set.ts";
import type { TrustedState } from "../../device/update/metadata/trusted-state.ts";
import { sha256Hex } from "./metadata.ts";

/** A file of a repository by its path; undefined when it is not there. */
export type Read = (path: string) => Uint8Array | undefined;

const cryptography = nobleCryptography(crypto);

export interface Checked {
  /** What a unit would come to trust. */
  readonly state: TrustedState;
  /** Its reason, with the role in front: "timestamp: expired". */
  readonly refused?: string;
}

/** What a unit that trusts `state` makes of the repository and of every target in `paths`. */
export function check(
  state: TrustedState,
  read: Read,
  now: Date,
  paths: readonly string[] = [],
): Checked {
  let refresh = run(begin(state, now), read);
  // A unit takes so many new roots at a time.
  for (let version = state.root.version; version < refresh.state.root.version; ) {
    version = refresh.state.root.version;
    refresh = run(begin(refresh.state, now), read);
  }
  const reached = refresh.state;
  const refused = refusal(refresh);
  if (refused) return { state: reached, refused };
  for (const path of paths) {
    const next = lookFor(refresh, path);
    if (!next) return { state: reached, refused: `${path}: not looked for` };
    refresh = run(next, read);
    const fault = refusal(refresh) ?? targetFault(refresh, read);
    if (fault) return { state: reached, refused: `${path}: ${fault}` };
  }
  return { state: reached };
}

/** The state of a unit fresh from the factory. @throws Error for a first root that is not one. */
export function firstState(root: Uint8Array, now: Date): TrustedState {
  const verifier = { now: seconds(now), limits: deviceLimits, ...cryptography };
  const state = trustRoot(root, verifier);
  if (isRefused(state)) throw new Error(`the first root: ${state.refused}`);
  return state;
}

function begin(state: TrustedState, now: Date): Refresh {
  return beginRefresh(state, { now: seconds(now), limits: deviceLimits });
}

function run(start: Refresh, read: Read): Refresh {
  let refresh = start;
  while (refresh.ask.ask !== "nothing") {
    const answer: Answer = refresh.ask.ask === "recall" ? "absent" : give(refresh.ask, read);
    refresh = advance(refresh, answer, cryptography);
  }
  return refresh;
}

function give({ file, maxBytes }: { file: string; maxBytes: number }, read: Read): Answer {
  const bytes = read(`metadata/${file}`);
  if (!bytes) return "absent";
  return bytes.length > maxBytes ? "too-large" : { bytes };
}

function refusal({ ask }: Refresh): string | undefined {
  return ask.ask === "nothing" && "refused" in ask.outcome
    ? `${ask.outcome.role}: ${ask.outcome.refused}`
    : undefined;
}

function targetFault({ ask }: Refresh, read: Read): string | undefined {
  if (ask.ask !== "nothing" || !("found" in ask.outcome)) return "not found";
  const { file, length, digest } = ask.outcome.found;
  const bytes = read(`targets/${file}`);
  if (!bytes) return "the file is missing";
  const isIt =
    bytes.length === length && sha256Hex(bytes) === Buffer.from(digest.value).toString("hex");
  return isIt ? undefined : "the file is another";
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
