/**
 * How the set-up conversation lies on a byte stream: u16 length of the body (big-endian), type,
 * body. The header alone decides whether a body is welcome, so at most one frame of the expected
 * size is ever held (EN 303 645 5.13-1).
 */

import { MAX_SEALED_BYTES, MIN_SEALED_BYTES } from "./secure-channel.ts";
import { CONFIRMATION_BYTES, POINT_BYTES } from "./spake2plus-schedule.ts";

export const HEADER_BYTES = 3;
const REFUSAL_BYTES = 5;

/** Why a device ends a conversation, as it travels: the index is the code. Append only. */
export const refusalReasons = [
  "busy",
  "too-soon",
  "bad-frame",
  "bad-share",
  "wrong-confirmation",
  "too-slow",
  "bad-message",
  "internal",
] as const;
export type RefusalReason = (typeof refusalReasons)[number];

export type Frame =
  | { readonly type: "share"; readonly shareP: Uint8Array }
  | { readonly type: "response"; readonly shareV: Uint8Array; readonly confirmV: Uint8Array }
  | { readonly type: "confirmation"; readonly confirmP: Uint8Array }
  /** `retryAfterMs` is 0 unless the reason is "too-soon". */
  | { readonly type: "refusal"; readonly reason: RefusalReason; readonly retryAfterMs: number }
  | { readonly type: "sealed"; readonly sealed: Uint8Array };

/** Who reads: a device never accepts what only a device sends, so nothing can be reflected. */
export type Reader = "device" | "owner";

export type FrameRefusal = "unknown-type" | "wrong-direction" | "wrong-length" | "unknown-reason";

interface Shape {
  readonly code: number;
  readonly reader: Reader | "both";
  readonly min: number;
  readonly max: number;
}

const shapes: Readonly<Record<Frame["type"], Shape>> = {
  share: { code: 1, reader: "device", min: POINT_BYTES, max: POINT_BYTES },
  response: {
    code: 2,
    reader: "owner",
    min: POINT_BYTES + CONFIRMATION_BYTES,
    max: POINT_BYTES + CONFIRMATION_BYTES,
  },
  confirmation: { code: 3, reader: "device", min: CONFIRMATION_BYTES, max: CONFIRMATION_BYTES },
  refusal: { code: 15, reader: "owner", min: REFUSAL_BYTES, max: REFUSAL_BYTES },
  sealed: { code: 16, reader: "both", min: MIN_SEALED_BYTES, max: MAX_SEALED_BYTES },
};

export function encodeFrame(frame: Frame): Uint8Array {
  const body = encodeBody(frame);
  const bytes = new Uint8Array(HEADER_BYTES + body.length);
  bytes[0] = body.length >> 8;
  bytes[1] = body.length & 0xff;
  bytes[2] = shapes[frame.type].code;
  bytes.set(body, HEADER_BYTES);
  return bytes;
}

function encodeBody(frame: Frame): Uint8Array {
  switch (frame.type) {
    case "share":
      return frame.shareP;
    case "response": {
      const body = new Uint8Array(POINT_BYTES + CONFIRMATION_BYTES);
      body.set(frame.shareV);
      body.set(frame.confirmV, POINT_BYTES);
      return body;
    }
    case "confirmation":
      return frame.confirmP;
    case "refusal": {
      const wait = frame.retryAfterMs;
      return Uint8Array.of(
        refusalReasons.indexOf(frame.reason),
        wait >>> 24,
        (wait >>> 16) & 0xff,
        (wait >>> 8) & 0xff,
        wait & 0xff,
      );
    }
    case "sealed":
      return frame.sealed;
  }
}

/** The bytes of a frame that is not complete yet; fewer than one frame of the largest kind. */
export type Pending = Uint8Array;

export interface Decoded {
  readonly pending: Pending;
  readonly frames: readonly Frame[];
  /** Set when the stream is beyond saving: frames before it stand, nothing after it is read. */
  readonly refusal?: FrameRefusal;
}

export function noBytes(): Pending {
  return new Uint8Array(0);
}

/** Takes what arrived, in pieces of any size. */
export function decodeFrames(pending: Pending, chunk: Uint8Array, reader: Reader): Decoded {
  const bytes = join(pending, chunk);
  const frames: Frame[] = [];
  let offset = 0;
  while (bytes.length - offset >= HEADER_BYTES) {
    const length = ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number);
    const header = expected(bytes[offset + 2] as number, length, reader);
    if ("refusal" in header) return { pending: noBytes(), frames, refusal: header.refusal };
    const start = offset + HEADER_BYTES;
    if (bytes.length - start < length) break;
    const frame = decodeBody(header.type, bytes.slice(start, start + length));
    if (typeof frame === "string") return { pending: noBytes(), frames, refusal: frame };
    frames.push(frame);
    offset = start + length;
  }
  return { pending: bytes.slice(offset), frames };
}

/** Always a copy: what a frame holds must not change when the socket reuses its buffer. */
function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}

/** What the header promises, or why its body is not welcome. */
function expected(
  code: number,
  length: number,
  reader: Reader,
): { readonly type: Frame["type"] } | { readonly refusal: FrameRefusal } {
  const types = Object.keys(shapes) as Frame["type"][];
  const type = types.find((name) => shapes[name].code === code);
  if (!type) return { refusal: "unknown-type" };
  const shape = shapes[type];
  if (shape.reader !== "both" && shape.reader !== reader) return { refusal: "wrong-direction" };
  return length < shape.min || length > shape.max ? { refusal: "wrong-length" } : { type };
}

function decodeBody(type: Frame["type"], body: Uint8Array): Frame | FrameRefusal {
  switch (type) {
    case "share":
      return { type, shareP: body };
    case "response":
      return { type, shareV: body.slice(0, POINT_BYTES), confirmV: body.slice(POINT_BYTES) };
    case "confirmation":
      return { type, confirmP: body };
    case "refusal": {
      const reason = refusalReasons[body[0] as number];
      if (!reason) return "unknown-reason";
      const [, a = 0, b = 0, c = 0, d = 0] = body;
      return { type, reason, retryAfterMs: ((a << 24) | (b << 16) | (c << 8) | d) >>> 0 };
    }
    case "sealed":
      return { type, sealed: body };
  }
}
