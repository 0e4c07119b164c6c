/**
 * The owner's app at set-up: proves the label's password to the device over the connection its
 * access point gives, and speaks with it inside the encrypted session.
 */
import { randomBytes } from "node:crypto";
import type { Duplex } from "node:stream";
import {
  decodeFrames,
  encodeFrame,
  type Frame,
  noBytes,
  type RefusalReason,
} from "../../device/access/frames.ts";
import { SecureChannel } from "../../device/access/secure-channel.ts";
import { SET_UP_CONTEXT } from "../../device/access/spake2plus-schedule.ts";
import * as hashes from "../../device/crypto/noble-hashes.ts";
import * as symmetric from "../../device/crypto/noble-symmetric.ts";
import type { SetUpReply } from "../../device/setup/request.ts";
import { type ProverSecret, startProver } from "../../provisioning/spake2plus-prover.ts";

/** What ended the conversation, in words for code; `retryAfterMs` is 0 unless "too-soon". */
export type SetUpFailure = RefusalReason | "wrong-password" | "hung-up" | "no-answer";

export class SetUpRefused extends Error {
  readonly reason: SetUpFailure;
  readonly retryAfterMs: number;

  constructor(reason: SetUpFailure, retryAfterMs = 0) {
    super(`set-up refused: ${reason}`);
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

const answerTimeoutMs = 45_000;

export interface SetUpSession {
  /** Sends one request of `device/setup/request.ts`. */
  send(request: object): void;
  /** The device's next answer. Rejects with `SetUpRefused`. */
  receive(): Promise<SetUpReply>;
  close(): void;
}

/**
 * Proves the password. Rejects with `SetUpRefused`; "wrong-password" means that the device does not
 * hold this password's verifier, which we notice before we have sent a proof of our own.
 */
export async function openSession(
  connection: Duplex,
  serial: string,
  secret: ProverSecret,
): Promise<SetUpSession> {
  const frames = frameReader(connection);
  const parties = { context: SET_UP_CONTEXT, idProver: "", idVerifier: serial };
  const prover = startProver(parties, secret, randomBytes(40));
  try {
    connection.write(encodeFrame({ type: "share", shareP: prover.shareP }));
    const response = await frames.next("response");
    const proof = prover.prove(response.shareV, response.confirmV);
    if (typeof proof === "string") throw new SetUpRefused("wrong-password");
    connection.write(encodeFrame({ type: "confirmation", confirmP: proof.confirmP }));
    const channel = new SecureChannel(hashes, "owner", proof.sharedKey);
    return sessionOver(connection, frames, channel);
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

function sessionOver(
  connection: Duplex,
  frames: FrameReader,
  channel: SecureChannel,
): SetUpSession {
  return {
    send(request) {
      const sealed = channel.seal(symmetric, Buffer.from(JSON.stringify(request)));
      if (typeof sealed === "string") throw new Error(`set-up request cannot be sealed: ${sealed}`);
      connection.write(encodeFrame({ type: "sealed", sealed }));
    },
    async receive() {
      const { sealed } = await frames.next("sealed");
      const plaintext = channel.open(symmetric, sealed);
      if (typeof plaintext === "string") throw new SetUpRefused("bad-message");
      return JSON.parse(Buffer.from(plaintext).toString());
    },
    close: () => connection.destroy(),
  };
}

interface FrameReader {
  next<Type extends Frame["type"]>(type: Type): Promise<Extract<Frame, { type: Type }>>;
}

function frameReader(connection: Duplex): FrameReader {
  let pending = noBytes();
  const arrived: Frame[] = [];
  let failure: SetUpRefused | undefined;
  let wake = () => {};
  connection.on("data", (chunk: Buffer) => {
    const decoded = decodeFrames(pending, chunk, "owner");
    pending = decoded.pending;
    arrived.push(...decoded.frames);
    if (decoded.refusal) failure ??= new SetUpRefused("bad-frame");
    wake();
  });
  for (const event of ["end", "close", "error"])
    connection.on(event, () => {
      failure ??= new SetUpRefused("hung-up");
      wake();
    });
  const nextFrame = () =>
    new Promise<Frame>((resolve, reject) => {
      const timer = setTimeout(() => {
        failure ??= new SetUpRefused("no-answer");
        wake();
      }, answerTimeoutMs);
      wake = () => {
        const frame = arrived.shift();
        if (frame === undefined && failure === undefined) return;
        clearTimeout(timer);
        wake = () => {};
        if (frame !== undefined) resolve(frame);
        else reject(failure);
      };
      wake();
    });
  return {
    async next(type) {
      const frame = await nextFrame();
      if (frame.type === "refusal") throw new SetUpRefused(frame.reason, frame.retryAfterMs);
      if (frame.type !== type) throw new SetUpRefused("bad-frame");
      return frame as Extract<Frame, { type: typeof type }>;
    },
  };
}
