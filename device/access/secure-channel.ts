/**
 * The conversation after SPAKE2+: ChaCha20-Poly1305 (RFC 8439) in both directions, each with its own
 * key from K_shared by HKDF (RFC 5869), each frame bound to its place in the stream. The same code
 * runs on the device and in the owner's app (EN 303 645 5.5-1, 5.8-2).
 *
 * A class and not a pure function on purpose: the one mistake that breaks this cipher is to seal
 * twice under one counter, which a caller who kept an old state would do. A channel fails for good at
 * the first frame that is not the next one: over TCP that is an attack, not an accident.
 *
 * What it cannot see is a stream cut between frames: every request of the set-up is answered, so the
 * missing answer shows.
 */
import type { Hashes, Symmetric } from "../crypto/crypto.ts";
import { encodeText } from "../platform/text.ts";

export const MAX_PLAINTEXT_BYTES = 2048;
const SEQUENCE_BYTES = 4;
const TAG_BYTES = 16;
export const MIN_SEALED_BYTES = SEQUENCE_BYTES + TAG_BYTES;
export const MAX_SEALED_BYTES = MIN_SEALED_BYTES + MAX_PLAINTEXT_BYTES;
/** The last counter that is used; a set-up needs a dozen. */
const LAST_SEQUENCE = 0xffff_ffff;

export type Role = "device" | "owner";

export type SealRefusal = "too-large" | "exhausted" | "broken";
export type OpenRefusal =
  /** Shorter than a counter and a tag. */
  | "truncated"
  | "too-large"
  /** A frame that was here before. */
  | "replayed"
  /** A frame from further on: one was dropped or they were exchanged. */
  | "out-of-order"
  /** Changed, made with another key, or sent by ourselves and reflected. */
  | "forged"
  /** An earlier frame was refused; so is everything after it. */
  | "broken";

export class SecureChannel {
  private readonly sendKey: Uint8Array;
  private readonly receiveKey: Uint8Array;
  private sent = 0;
  private received = 0;
  private broken = false;

  /** @param sharedKey K_shared of RFC 9383, 32 bytes; not used again by the caller. */
  constructor(hashes: Hashes, role: Role, sharedKey: Uint8Array) {
    const { hkdf, sha256 } = hashes;
    const key = (from: Role) =>
      hkdf(sha256, sharedKey, undefined, encodeText(`thirteen set-up v1 from ${from}`), 32);
    this.sendKey = key(role);
    this.receiveKey = key(role === "device" ? "owner" : "device");
  }

  /** The frame: counter, big-endian; ciphertext; tag. */
  seal(symmetric: Symmetric, plaintext: Uint8Array): Uint8Array | SealRefusal {
    if (this.broken) return "broken";
    if (plaintext.length > MAX_PLAINTEXT_BYTES) return "too-large";
    if (this.sent > LAST_SEQUENCE) return "exhausted";
    const nonce = nonceOf(this.sent++);
    const sealed = symmetric.chacha20poly1305(this.sendKey, nonce).encrypt(plaintext);
    const frame = new Uint8Array(SEQUENCE_BYTES + sealed.length);
    frame.set(nonce.subarray(nonce.length - SEQUENCE_BYTES));
    frame.set(sealed, SEQUENCE_BYTES);
    return frame;
  }

  /** The plaintext of the next frame; any refusal breaks the channel. */
  open(symmetric: Symmetric, frame: Uint8Array): Uint8Array | OpenRefusal {
    if (this.broken) return "broken";
    const opened = this.openNext(symmetric, frame);
    this.broken = typeof opened === "string";
    return opened;
  }

  private openNext(symmetric: Symmetric, frame: Uint8Array): Uint8Array | OpenRefusal {
    if (frame.length < MIN_SEALED_BYTES) return "truncated";
    if (frame.length > MAX_SEALED_BYTES) return "too-large";
    const sequence = new DataView(frame.buffer, frame.byteOffset).getUint32(0);
    if (sequence < this.received) return "replayed";
    if (sequence > this.received) return "out-of-order";
    // The counter is not believed but used: it is the nonce, so a changed one fails the tag.
    const nonce = nonceOf(this.received);
    try {
      const plaintext = symmetric
        .chacha20poly1305(this.receiveKey, nonce)
        .decrypt(frame.subarray(SEQUENCE_BYTES));
      this.received++;
      return plaintext;
    } catch {
      return "forged";
    }
  }
}

/** Twelve bytes, the counter at the end. Each key sees each counter once. */
function nonceOf(sequence: number): Uint8Array {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setUint32(8, sequence);
  return nonce;
}
