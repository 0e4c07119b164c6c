/**
 * What both ends of SPAKE2+ share: the suite P256-SHA256-HKDF-HMAC of RFC 9383 (section 4), its
 * transcript and its key schedule. The two ends themselves are `spake2plus.ts` (verifier, on the
 * device) and `provisioning/spake2plus-prover.ts`.
 */
import type { Hashes, Points } from "../crypto/crypto.ts";
import { fromHex } from "../platform/encoding.ts";
import { encodeText } from "../platform/text.ts";

/** SEC 1 uncompressed: 0x04, x, y. */
export const POINT_BYTES = 65;
export const CONFIRMATION_BYTES = 32;

/** The version of everything that is agreed before the first byte; both ends hash it into TT. */
export const SET_UP_CONTEXT = "thirteen set-up v1";

/**
 * RFC 9383 section 4, seeds "1.2.840.10045.3.1.7 point generation seed (M)" and "(N)". Kept
 * uncompressed: the transcript wants them so, and it saves the chip two square roots.
 */
const M =
  "04886e2f97ace46e55ba9dd7242579f2993b64e16ef3dcab95afd497333d8fa12f5ff355163e43ce224e0b0e65ff02ac8e5c7be09419c785e0ca547d55a12e2d20";
const N =
  "04d8bbd6c639c62937b04d997f38c3770719c629d7014d49a24b4f98baa1292b4907d60aa6bfade45008a636337f5168c64d9bd36034808cd564490b1e656edbe7";

export type Point = InstanceType<Points["P256"]>;

/** Who talks, and in which protocol (RFC 9383 section 3.3). */
export interface Parties {
  readonly context: string;
  /** UTF-8 goes into the transcript; empty when absent. */
  readonly idProver: string;
  readonly idVerifier: string;
}

/** What the two ends know after the exchange; points are uncompressed SEC 1. */
export interface Exchange {
  readonly shareP: Uint8Array;
  readonly shareV: Uint8Array;
  readonly Z: Uint8Array;
  readonly V: Uint8Array;
  /** 32 bytes, big-endian. */
  readonly w0: Uint8Array;
}

export interface KeySchedule {
  /** The sender's proof, over the other's share. */
  readonly confirmP: Uint8Array;
  readonly confirmV: Uint8Array;
  /** K_shared, 32 bytes. */
  readonly sharedKey: Uint8Array;
}

export function pointM(points: Points): Point {
  return points.P256.fromBytes(fromHex(M) as Uint8Array);
}

export function pointN(points: Points): Point {
  return points.P256.fromBytes(fromHex(N) as Uint8Array);
}

/**
 * A point a stranger sent: only the uncompressed form, on the curve, not the identity (RFC 9383
 * section 6: a peer's element must be checked for membership). P-256 has cofactor 1, so every
 * point on the curve is in the group.
 */
export function decodePoint(points: Points, bytes: Uint8Array): Point | undefined {
  if (bytes.length !== POINT_BYTES || bytes[0] !== 4) return undefined;
  try {
    const point = points.P256.fromBytes(bytes);
    return point.is0() ? undefined : point;
  } catch {
    return undefined;
  }
}

/**
 * Big-endian bytes modulo the group order. For fresh randomness hand in at least 40 bytes: 64 bits
 * more than the order keep the bias below 2^-64 (RFC 9383 section 3.2 asks as much of w0 and w1).
 * Undefined for zero and for fewer than 32 bytes.
 */
export function scalarFrom(points: Points, bytes: Uint8Array): bigint | undefined {
  if (bytes.length < 32) return undefined;
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  value %= points.P256.Fn.ORDER;
  return value > 0n ? value : undefined;
}

/** TT of RFC 9383 section 3.3: each part after its length as eight little-endian bytes. */
export function transcript(parties: Parties, exchange: Exchange): Uint8Array {
  const parts = [
    encodeText(parties.context),
    encodeText(parties.idProver),
    encodeText(parties.idVerifier),
    fromHex(M) as Uint8Array,
    fromHex(N) as Uint8Array,
    exchange.shareP,
    exchange.shareV,
    exchange.Z,
    exchange.V,
    exchange.w0,
  ];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + 8 + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes[offset] = part.length & 0xff;
    bytes[offset + 1] = part.length >> 8;
    bytes.set(part, offset + 8);
    offset += 8 + part.length;
  }
  return bytes;
}

/** RFC 9383 section 3.4. K_main and the confirmation keys do not leave this function. */
export function keySchedule(hashes: Hashes, parties: Parties, exchange: Exchange): KeySchedule {
  const { hkdf, hmac, sha256 } = hashes;
  const main = sha256(transcript(parties, exchange));
  const confirmation = hkdf(sha256, main, undefined, encodeText("ConfirmationKeys"), 64);
  return {
    confirmP: hmac(sha256, confirmation.subarray(0, 32), exchange.shareV),
    confirmV: hmac(sha256, confirmation.subarray(32), exchange.shareP),
    sharedKey: hkdf(sha256, main, undefined, encodeText("SharedKey"), 32),
  };
}
