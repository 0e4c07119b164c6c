/** A unit and its owner for the access cases: keys from a seeded generator, never from a file. */
import type { Run } from "../../device/access/spake2plus.ts";
import { SET_UP_CONTEXT } from "../../device/access/spake2plus-schedule.ts";
import { type ProverSecret, startProver } from "../../provisioning/spake2plus-prover.ts";
import { crypto } from "../crypto.ts";
import { prng, randomBytes } from "../prng.ts";

export const points = crypto.points();
export const hashes = crypto.hashes();
export const symmetric = crypto.symmetric();

export interface Rehearsal {
  readonly run: Run;
  readonly secret: ProverSecret;
  random(byteLength: number): Uint8Array;
}

/** A unit with a password of its own; another seed, another unit. */
export function rehearse(seed: number, serial = "T13-0001"): Rehearsal {
  const next = prng(seed);
  const random = (byteLength: number) => randomBytes(next, byteLength);
  const secret = { w0: scalar(random), w1: scalar(random) };
  const { Fn, BASE } = points.P256;
  const L = BASE.multiply(Fn.fromBytes(secret.w1)).toBytes(false);
  const run = {
    context: SET_UP_CONTEXT,
    idProver: "",
    idVerifier: serial,
    w0: secret.w0,
    L,
  };
  return { run, secret, random };
}

/** 32 bytes below the group order. */
function scalar(random: Rehearsal["random"]): Uint8Array {
  const bytes = random(32);
  bytes[0] = 1;
  return bytes;
}

export function proverOf(unit: Rehearsal, secret: ProverSecret = unit.secret) {
  return startProver(unit.run, secret, unit.random(40));
}

/** A guess: a password near the right one. */
export function wrongSecret({ secret }: Rehearsal): ProverSecret {
  const w0 = secret.w0.slice();
  w0[31] = (w0[31] as number) ^ 1;
  return { w0, w1: secret.w1 };
}

/** For what must be a value and not a reason. */
export function made<T>(value: T | string): T {
  if (typeof value === "string") throw new Error(`refused: ${value}`);
  return value;
}

/** One after the other; without spreading bytes into arguments, which the chip's stack would not hold. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
