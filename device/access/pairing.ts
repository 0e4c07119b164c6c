/**
 * One set-up connection, from the device's side (EN 303 645 5.1-5, 5.5-1): the owner's app proves the
 * label's password and gets an encrypted channel. Pure: the I/O layer feeds events, runs the effects
 * in their order and keeps the lock-out. Order matters: what follows "record-attempt" may leave only
 * once the record is in flash.
 *
 *     waiting-share → computing → waiting-confirmation → open → closed
 *
 * A share that is answered costs an attempt, whatever becomes of it. The attempt is asked for before
 * the share is even looked at, so no refusal is a free guess.
 */
import type { Crypto } from "../crypto/crypto.ts";
import { equalBytes } from "../platform/encoding.ts";
import {
  decodeFrames,
  encodeFrame,
  type Frame,
  type FrameRefusal,
  noBytes,
  type Pending,
  type RefusalReason,
} from "./frames.ts";
import { begin, type LockOut, succeed } from "./lock-out.ts";
import { type OpenRefusal, type SealRefusal, SecureChannel } from "./secure-channel.ts";
import { type BegunResponse, beginResponse, finishResponse, type Run } from "./spake2plus.ts";

/** Time for each step of the proof. */
export const STEP_MS = 10_000;
/** Silence on an open channel; joining a Wi-Fi may take most of it. */
export const IDLE_MS = 60_000;
/** The whole conversation. */
export const CONVERSATION_MS = 5 * 60_000;

export type CloseReason = RefusalReason | "peer-closed" | "done";

interface Common {
  readonly pending: Pending;
  /** Milliseconds on the device's clock. */
  readonly stepEndsAt: number;
  readonly endsAt: number;
}

export type PairingState =
  | (Common & { readonly step: "waiting-share" })
  | (Common & { readonly step: "computing"; readonly begun: BegunResponse })
  | (Common & {
      readonly step: "waiting-confirmation";
      readonly expectedConfirmP: Uint8Array;
      readonly sharedKey: Uint8Array;
    })
  | (Common & { readonly step: "open"; readonly channel: SecureChannel })
  | { readonly step: "closed"; readonly reason: CloseReason };

type Live = Exclude<PairingState, { step: "closed" }>;

export type PairingEvent =
  | { readonly type: "bytes"; readonly bytes: Uint8Array }
  /** The turn of the event loop that the effect "continue" asked for. */
  | { readonly type: "continue" }
  /** At `deadline(state)`, or at any other time. */
  | { readonly type: "tick" }
  /** The set-up answers: to be sealed and sent. */
  | { readonly type: "reply"; readonly plaintext: Uint8Array }
  | { readonly type: "peer-closed" }
  /** The set-up has what it needs, or its window closes. */
  | { readonly type: "hang-up" };

export type PairingEffect =
  /** Write `encodeLockOut(lockOut)`, then go on with the next effect. If that fails, close. */
  | { readonly effect: "record-attempt"; readonly lockOut: LockOut }
  | { readonly effect: "clear-attempts"; readonly lockOut: LockOut }
  | { readonly effect: "send"; readonly bytes: Uint8Array }
  /** Come back with the event "continue" once the event loop has turned. */
  | { readonly effect: "continue" }
  /** The password is proven; messages follow. */
  | { readonly effect: "opened" }
  | { readonly effect: "deliver"; readonly plaintext: Uint8Array }
  /** Send what is queued, then close the socket. `detail` is for the journal. */
  | {
      readonly effect: "close";
      readonly reason: CloseReason;
      readonly detail?: FrameRefusal | OpenRefusal | SealRefusal | "unexpected";
    };

/** What the decisions are handed. */
export interface PairingSurroundings {
  /** Milliseconds since start, monotonic. */
  readonly now: number;
  readonly crypto: Crypto;
  /** Hardware entropy. */
  random(byteLength: number): Uint8Array;
  readonly lockOut: LockOut;
  readonly run: Run;
}

export interface PairingStep {
  readonly state: PairingState;
  readonly effects: readonly PairingEffect[];
}

/** One conversation at a time: a second caller gets `refuse` to send, and is closed. */
export function admitConnection(
  current: PairingState | undefined,
  now: number,
): { readonly state: PairingState } | { readonly refuse: Uint8Array } {
  if (current && current.step !== "closed")
    return { refuse: encodeFrame({ type: "refusal", reason: "busy", retryAfterMs: 0 }) };
  const endsAt = now + CONVERSATION_MS;
  return {
    state: { step: "waiting-share", pending: noBytes(), stepEndsAt: now + STEP_MS, endsAt },
  };
}

/** When a tick is due; undefined when nothing is awaited. */
export function deadline(state: PairingState): number | undefined {
  return state.step === "closed" ? undefined : Math.min(state.stepEndsAt, state.endsAt);
}

export function advance(
  state: PairingState,
  event: PairingEvent,
  around: PairingSurroundings,
): PairingStep {
  if (state.step === "closed") return { state, effects: [] };
  if (event.type === "peer-closed") return close("peer-closed");
  if (event.type === "hang-up") return close("done");
  if (around.now >= Math.min(state.stepEndsAt, state.endsAt)) return refuse("too-slow");
  switch (event.type) {
    case "tick":
      return { state, effects: [] };
    case "bytes":
      return readFrames(state, event.bytes, around);
    case "continue":
      return state.step === "computing" ? sendResponse(state, around) : { state, effects: [] };
    case "reply":
      return state.step === "open" ? sendReply(state, event.plaintext, around) : close("internal");
  }
}

function close(
  reason: CloseReason,
  detail?: Extract<PairingEffect, { effect: "close" }>["detail"],
): PairingStep {
  const effect = { effect: "close", reason } as const;
  return {
    state: { step: "closed", reason },
    effects: [detail === undefined ? effect : { ...effect, detail }],
  };
}

function refuse(
  reason: RefusalReason,
  detail?: Extract<PairingEffect, { effect: "close" }>["detail"],
  retryAfterMs = 0,
): PairingStep {
  const closing = close(reason, detail);
  const bytes = encodeFrame({ type: "refusal", reason, retryAfterMs });
  return { state: closing.state, effects: [{ effect: "send", bytes }, ...closing.effects] };
}

function readFrames(state: Live, bytes: Uint8Array, around: PairingSurroundings): PairingStep {
  const { pending, frames, refusal } = decodeFrames(state.pending, bytes, "device");
  let current: PairingState = { ...state, pending };
  const effects: PairingEffect[] = [];
  for (const frame of frames) {
    if (current.step === "closed") break;
    const next = takeFrame(current, frame, around);
    current = next.state;
    effects.push(...next.effects);
  }
  if (refusal !== undefined && current.step !== "closed") {
    const refused = refuse("bad-frame", refusal);
    return { state: refused.state, effects: [...effects, ...refused.effects] };
  }
  return { state: current, effects };
}

function takeFrame(state: Live, frame: Frame, around: PairingSurroundings): PairingStep {
  if (state.step === "waiting-share" && frame.type === "share")
    return takeShare(state, frame.shareP, around);
  if (state.step === "waiting-confirmation" && frame.type === "confirmation")
    return takeConfirmation(state, frame.confirmP, around);
  if (state.step === "open" && frame.type === "sealed")
    return takeSealed(state, frame.sealed, around);
  return refuse("bad-frame", "unexpected");
}

function takeShare(
  state: Extract<Live, { step: "waiting-share" }>,
  shareP: Uint8Array,
  around: PairingSurroundings,
): PairingStep {
  const attempt = begin(around.lockOut, around.now);
  if ("refuse" in attempt) return refuse("too-soon", undefined, attempt.retryAfterMs);
  const record: PairingEffect = { effect: "record-attempt", lockOut: attempt.record };
  // 40 bytes: RFC 9383 wants y uniform modulo the order.
  const begun = beginResponse(around.crypto.points(), around.run, shareP, around.random(40));
  if (typeof begun === "string") return after(record, refuse(refusalFor(begun)));
  return {
    state: { ...common(state), step: "computing", begun },
    effects: [record, { effect: "continue" }],
  };
}

function sendResponse(
  state: Extract<Live, { step: "computing" }>,
  around: PairingSurroundings,
): PairingStep {
  const response = finishResponse(around.crypto, state.begun);
  if (typeof response === "string") return refuse(refusalFor(response));
  const { shareV, confirmV, expectedConfirmP, sharedKey } = response;
  return {
    state: {
      ...common(state),
      step: "waiting-confirmation",
      stepEndsAt: around.now + STEP_MS,
      expectedConfirmP,
      sharedKey,
    },
    effects: [{ effect: "send", bytes: encodeFrame({ type: "response", shareV, confirmV }) }],
  };
}

function takeConfirmation(
  state: Extract<Live, { step: "waiting-confirmation" }>,
  confirmP: Uint8Array,
  around: PairingSurroundings,
): PairingStep {
  if (!equalBytes(state.expectedConfirmP, confirmP)) return refuse("wrong-confirmation");
  const channel = new SecureChannel(around.crypto.hashes(), "device", state.sharedKey);
  return {
    state: { ...common(state), step: "open", stepEndsAt: around.now + IDLE_MS, channel },
    effects: [{ effect: "clear-attempts", lockOut: succeed() }, { effect: "opened" }],
  };
}

function takeSealed(
  state: Extract<Live, { step: "open" }>,
  sealed: Uint8Array,
  around: PairingSurroundings,
): PairingStep {
  const plaintext = state.channel.open(around.crypto.symmetric(), sealed);
  if (typeof plaintext === "string") return refuse("bad-message", plaintext);
  return {
    state: { ...state, stepEndsAt: around.now + IDLE_MS },
    effects: [{ effect: "deliver", plaintext }],
  };
}

function sendReply(
  state: Extract<Live, { step: "open" }>,
  plaintext: Uint8Array,
  around: PairingSurroundings,
): PairingStep {
  const sealed = state.channel.seal(around.crypto.symmetric(), plaintext);
  if (typeof sealed === "string") return close("internal", sealed);
  return {
    state: { ...state, stepEndsAt: around.now + IDLE_MS },
    effects: [{ effect: "send", bytes: encodeFrame({ type: "sealed", sealed }) }],
  };
}

/** What every step carries on; the secrets of the step before stay behind. */
function common({ pending, stepEndsAt, endsAt }: Live): Common {
  return { pending, stepEndsAt, endsAt };
}

function after(first: PairingEffect, { state, effects }: PairingStep): PairingStep {
  return { state, effects: [first, ...effects] };
}

function refusalFor(reason: "bad-share" | "bad-verifier" | "bad-random"): RefusalReason {
  return reason === "bad-share" ? "bad-share" : "internal";
}
