import {
  decodeFrames,
  encodeFrame,
  type Frame,
  HEADER_BYTES,
  noBytes,
  type Reader,
} from "../../device/access/frames.ts";
import { MAX_SEALED_BYTES } from "../../device/access/secure-channel.ts";
import { prng, randomBytes } from "../prng.ts";
import type { Case } from "../suite.ts";
import { joined } from "./rehearsal.ts";

const random = prng(13);
const samples: Readonly<Record<Reader, readonly Frame[]>> = {
  device: [
    { type: "share", shareP: randomBytes(random, 65) },
    { type: "confirmation", confirmP: randomBytes(random, 32) },
    { type: "sealed", sealed: randomBytes(random, 20) },
    { type: "sealed", sealed: randomBytes(random, 300) },
  ],
  owner: [
    { type: "response", shareV: randomBytes(random, 65), confirmV: randomBytes(random, 32) },
    { type: "refusal", reason: "too-soon", retryAfterMs: 0xfedcba98 },
    { type: "sealed", sealed: randomBytes(random, MAX_SEALED_BYTES) },
    { type: "refusal", reason: "busy", retryAfterMs: 0 },
  ],
};

/** The stream cut into pieces by `next`, which gives the length of each. */
function decodeInPieces(stream: Uint8Array, reader: Reader, next: () => number) {
  let pending = noBytes();
  let longest = 0;
  const frames: Frame[] = [];
  for (let offset = 0; offset < stream.length; ) {
    const end = Math.min(stream.length, offset + Math.max(1, next()));
    const decoded = decodeFrames(pending, stream.subarray(offset, end), reader);
    if (decoded.refusal) throw new Error(decoded.refusal);
    frames.push(...decoded.frames);
    pending = decoded.pending;
    longest = Math.max(longest, pending.length);
    offset = end;
  }
  return { frames, longest, left: pending.length };
}

const stream = (reader: Reader) => joined(samples[reader].map(encodeFrame));

function refusalOf(bytes: number[], reader: Reader = "device") {
  return decodeFrames(noBytes(), Uint8Array.from(bytes), reader).refusal;
}

export const cases: Record<string, Case> = {
  "frames survive any division of the stream"(check) {
    for (const reader of ["device", "owner"] as const) {
      const whole = stream(reader);
      const cut = prng(7);
      for (const next of [() => 1, () => 2, () => whole.length, () => Math.floor(cut() * 80)]) {
        const { frames, longest, left } = decodeInPieces(whole, reader, next);
        check.equal(frames, samples[reader], reader);
        check.equal(left, 0, "nothing left over");
        check.ok(longest < HEADER_BYTES + MAX_SEALED_BYTES, `${longest} bytes held at most`);
      }
    }
  },

  "the header alone refuses what is too long, too short, unknown or misdirected"(check) {
    check.equal(refusalOf([0xff, 0xff, 16]), "wrong-length", "64 KiB sealed");
    check.equal(refusalOf([0, 19, 16]), "wrong-length", "sealed without a tag");
    check.equal(refusalOf([0, 64, 1]), "wrong-length", "share");
    check.equal(refusalOf([0, 33, 3]), "wrong-length", "confirmation");
    check.equal(refusalOf([0, 0, 0]), "unknown-type", "type 0");
    check.equal(refusalOf([0, 5, 99]), "unknown-type", "type 99");
    check.equal(refusalOf([0, 97, 2]), "wrong-direction", "a response to the device");
    check.equal(refusalOf([0, 5, 15]), "wrong-direction", "a refusal to the device");
    check.equal(refusalOf([0, 65, 1], "owner"), "wrong-direction", "a share to the owner");
    check.equal(refusalOf([0, 5, 15, 200, 0, 0, 0, 0], "owner"), "unknown-reason", "reason 200");
    check.equal(refusalOf([0x08, 0x14, 16]), undefined, "control: the longest sealed frame");
  },

  "a frame stays as it was when the socket's buffer is used again"(check) {
    const chunk = joined([encodeFrame(samples.device[0] as Frame), Uint8Array.of(0, 32, 3, 7)]);
    const { frames, pending } = decodeFrames(noBytes(), chunk, "device");
    chunk.fill(0);
    check.equal(frames, [samples.device[0]], "frame");
    check.equal(pending, Uint8Array.of(0, 32, 3, 7), "pending");
  },

  "frames before a bad one stand, nothing after it does"(check) {
    const good = encodeFrame(samples.device[0] as Frame);
    const mixed = joined([good, Uint8Array.of(0, 0, 77), good]);
    const decoded = decodeFrames(noBytes(), mixed, "device");
    check.equal(decoded.frames, [samples.device[0]], "one frame");
    check.equal(decoded.refusal, "unknown-type", "then the refusal");
  },
};
