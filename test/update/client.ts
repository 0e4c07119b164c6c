/** A device as far as metadata goes: a trusted state that is stored and read back at every step. */
import { deviceLimits, type Limits } from "../../device/update/metadata/limits.ts";
import {
  type Answer,
  advance,
  beginRefresh,
  type Cryptography,
  lookFor,
  type Outcome,
  type Refresh,
} from "../../device/update/metadata/refresh.ts";
import { isRefused } from "../../device/update/metadata/refusal.ts";
import type { VerifiedTarget } from "../../device/update/metadata/targets.ts";
import { trustRoot } from "../../device/update/metadata/trusted-set.ts";
import {
  decodeState,
  encodeState,
  type TrustedState,
} from "../../device/update/metadata/trusted-state.ts";
import { now } from "./repository.ts";
import { toyCryptography } from "./signers.ts";

export type Files = ReadonlyMap<string, Uint8Array>;

export class Client {
  state: TrustedState;
  now = now;
  limits: Limits = deviceLimits;
  cryptography: Cryptography = toyCryptography;
  /** What was asked of the repository, in order. */
  asked: string[] = [];
  /** Copies of what was accepted, by role, when the client is to keep them. */
  kept: Map<string, Uint8Array> | undefined;
  /** Called with every stored state; may throw, as a power cut does. */
  onStored: (state: Uint8Array) => void = () => {};
  handledTimestamp: number | undefined;
  private last: Refresh | undefined;

  constructor(root: Uint8Array, change: Partial<Client> = {}) {
    Object.assign(this, change);
    const { limits, cryptography } = this;
    const state = trustRoot(root, { now: this.now, limits, ...cryptography });
    if (isRefused(state)) throw new Error(`the first root is refused: ${state.refused}`);
    this.state = state;
  }

  /** A client with what this one trusts. */
  copy(change: Partial<Client> = {}): Client {
    const twin: Client = Object.create(Client.prototype);
    return Object.assign(twin, { ...this, asked: [], ...change });
  }

  /** The whole workflow against `files`. */
  refresh(files: Files, target?: string): Outcome {
    const { now, limits, handledTimestamp } = this;
    const begun = beginRefresh(this.state, {
      now,
      limits,
      ...(target !== undefined && { target }),
      ...(handledTimestamp !== undefined && { handledTimestamp }),
    });
    return this.run(files, begun);
  }

  /** Another target of the repository as the last `refresh` found it. */
  lookFor(files: Files, target: string): Outcome | undefined {
    const next = this.last && lookFor(this.last, target);
    return next && this.run(files, next);
  }

  /** "found", "refreshed", "unchanged", or why not: "role: reason". */
  verdict(files: Files, target?: string): string {
    return inWords(this.refresh(files, target));
  }

  private run(files: Files, start: Refresh): Outcome {
    let refresh = start;
    while (refresh.ask.ask !== "nothing") {
      const answer = this.answer(files, refresh);
      const next = advance(refresh, answer, this.cryptography);
      if (next.state !== refresh.state) this.store(next.state);
      if (next.accepted !== undefined && typeof answer === "object")
        this.kept?.set(next.accepted, answer.bytes);
      refresh = next;
    }
    this.last = refresh;
    return refresh.ask.outcome;
  }

  private answer(files: Files, { ask }: Refresh): Answer {
    if (ask.ask === "nothing") return "failed";
    if (ask.ask === "recall") {
      const bytes = this.kept?.get(ask.role);
      return bytes ? { bytes } : "absent";
    }
    this.asked.push(ask.file);
    const bytes = files.get(ask.file);
    if (!bytes) return "absent";
    return bytes.length > ask.maxBytes ? "too-large" : { bytes };
  }

  private store(state: TrustedState): void {
    const stored = encodeState(state);
    this.onStored(stored);
    const read = decodeState(stored);
    if (!read) throw new Error("what was stored cannot be read");
    this.state = read;
  }
}

export function inWords(outcome: Outcome | undefined): string {
  if (outcome === undefined) return "nothing to look in";
  if ("refused" in outcome) return `${outcome.role}: ${outcome.refused}`;
  return "found" in outcome ? "found" : "refreshed" in outcome ? "refreshed" : "unchanged";
}

export function targetOf(outcome: Outcome | undefined): VerifiedTarget | undefined {
  return outcome && "found" in outcome ? outcome.found : undefined;
}
