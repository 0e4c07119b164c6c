/**
 * Hostile set-up connections: mutated frames in pieces of any size, into every step of the pairing.
 * Nothing may throw, what is held stays below one frame, no door opens and no message is delivered
 * but what the owner sent.
 */
import { decodeFrames, encodeFrame, HEADER_BYTES, noBytes } from "../../device/access/frames.ts";
import { CEILING, LONGEST_DELAY_MS } from "../../device/access/lock-out.ts";
import { admitConnection, advance, type PairingState } from "../../device/access/pairing.ts";
import { MAX_SEALED_BYTES, SecureChannel } from "../../device/access/secure-channel.ts";
import { encodeText } from "../../device/platform/text.ts";
import { hashes, made, rehearse, symmetric } from "../access/rehearsal.ts";
import { crypto } from "../crypto.ts";
import { prng, randomBytes } from "../prng.ts";
import type { FuzzResult } from "./command.ts";
import { below, mutate, pick, type Random } from "./command-mutate.ts";

const unit = rehearse(40);
const sharedKey = unit.random(32);
const confirmP = unit.random(32);
const message = encodeText('{"join":"home"}');

const frames = {
  share: encodeFrame({ type: "share", shareP: unit.run.L }),
  confirmation: encodeFrame({ type: "confirmation", confirmP }),
  sealed: encodeFrame({
    type: "sealed",
    sealed: made(new SecureChannel(hashes, "owner", sharedKey).seal(symmetric, message)),
  }),
};
const corpus = [frames.share, frames.confirmation, frames.sealed];
const tokens = [
  [0, 65, 1],
  [0, 32, 3],
  [0, 35, 16],
  [255, 255, 16],
  [0, 0, 0],
  [8, 20, 16],
  [0, 5, 15],
].map((token) => Uint8Array.from(token));

/** A state in each step that reads; the wait is on, so that no share costs a multiplication. */
function startIn(random: Random): PairingState {
  const admitted = admitConnection(undefined, 0);
  if ("refuse" in admitted) throw new Error("a first connection was refused");
  const state = admitted.state;
  if (state.step !== "waiting-share") throw new Error("a connection starts at its share");
  const step = below(random, 3);
  if (step === 0) return state;
  if (step === 1)
    return { ...state, step: "waiting-confirmation", expectedConfirmP: confirmP, sharedKey };
  return { ...state, step: "open", channel: new SecureChannel(hashes, "device", sharedKey) };
}

const around = {
  now: 1,
  crypto,
  random: (length: number) => randomBytes(prng(1), length),
  lockOut: { attempts: CEILING, notBefore: LONGEST_DELAY_MS },
  run: unit.run,
};

const startsWith = (bytes: Uint8Array, start: Uint8Array) =>
  start.every((byte, index) => bytes[index] === byte);

/** The frames as decoded, written again, must be the stream they came from. */
function checkDecoder(stream: Uint8Array, random: Random): void {
  let pending = noBytes();
  const written: number[] = [];
  for (let offset = 0; offset < stream.length; ) {
    const end = offset + 1 + below(random, 64);
    const decoded = decodeFrames(pending, stream.subarray(offset, end), "device");
    for (const frame of decoded.frames) written.push(...encodeFrame(frame));
    if (decoded.pending.length >= HEADER_BYTES + MAX_SEALED_BYTES)
      throw new Error("holds too much");
    if (!startsWith(stream, Uint8Array.from(written))) throw new Error("a frame nobody sent");
    if (decoded.refusal) return;
    pending = decoded.pending;
    offset = end;
  }
}

function attempt(random: Random, stream: Uint8Array, advanceWith: typeof advance): string {
  const state = startIn(random);
  const { step } = state;
  const result = advanceWith(state, { type: "bytes", bytes: stream }, around);
  for (const effect of result.effects) {
    if (effect.effect === "opened" && !startsWith(stream, frames.confirmation))
      throw new Error("opened without the confirmation");
    if (effect.effect === "deliver" && !startsWith(stream, frames.sealed) && step === "open")
      throw new Error("delivered what the owner did not send");
    if (effect.effect === "record-attempt") throw new Error("an attempt during the wait");
    if (effect.effect === "close") return `${effect.reason} ${effect.detail ?? ""}`.trim();
  }
  return `still ${result.state.step}`;
}

/** @param advanceWith a broken one in the control. */
export function fuzzFrames(
  iterations: number,
  seed: number,
  advanceWith: typeof advance = advance,
): FuzzResult {
  const random = prng(seed);
  const refusals: Record<string, number> = {};
  for (let execution = 0; execution < iterations; execution++) {
    const stream = mutate(random, pick(random, corpus), corpus, tokens);
    if (execution % 8 === 0) checkDecoder(stream, random);
    const outcome = attempt(random, stream, advanceWith);
    refusals[outcome] = (refusals[outcome] ?? 0) + 1;
  }
  return { executions: iterations, refusals };
}

export const target = {
  name: "set-up frames",
  run: (iterations: number, seed: number) => fuzzFrames(iterations, seed),
};
