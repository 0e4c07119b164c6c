/**
 * Bytes from the broker to packets: OASIS MQTT 3.1.1, the packets a client may receive, and not a
 * byte more in memory than allowed. Sizes are judged from the fixed header (section 2.2) before
 * anything is kept, the packet is parsed where it lies if it came whole, and a PUBLISH above the
 * limit is reported from its first bytes and skipped as a stream (EN 303 645 5.13-1, 5.9-1), unless
 * it is so long that only an attacker would send it.
 *
 * The broker is authenticated, not trusted: each deviation is a reason, and the first one ends the
 * decoder, since the stream has lost its frame.
 */
import { decodeText } from "../platform/text.ts";

/** Why the stream was given up. */
export type Malformed =
  | "reserved-type"
  | "unexpected-type"
  | "reserved-flags"
  | "bad-remaining-length"
  | "bad-length"
  /** A PUBLISH so long that passing over it would hold the radio for minutes. */
  | "packet-too-long"
  | "bad-packet-id"
  | "bad-qos"
  | "bad-topic"
  | "topic-too-long"
  | "bad-return-code";

/** CONNACK return codes, section 3.2.2.3, table 3.1. */
export type ConnackCode = 0 | 1 | 2 | 3 | 4 | 5;

/** `topic` and `payload` are views of the received bytes; nobody else writes to those. */
export type Incoming =
  | { readonly type: "connack"; readonly sessionPresent: boolean; readonly code: ConnackCode }
  | {
      readonly type: "publish";
      readonly topic: Uint8Array;
      readonly payload: Uint8Array;
      /** 0 for QoS 0. */
      readonly packetId: number;
      readonly duplicate: boolean;
      readonly retained: boolean;
    }
  /** A PUBLISH above the limit; its body is skipped as it arrives. */
  | {
      readonly type: "oversize";
      readonly topic: Uint8Array;
      readonly packetId: number;
      readonly sizeBytes: number;
    }
  | { readonly type: "puback"; readonly packetId: number }
  | { readonly type: "suback"; readonly packetId: number; readonly granted: 0 | 1 | "failure" }
  | { readonly type: "pingresp" }
  | { readonly type: "malformed"; readonly reason: Malformed };

export interface DecoderLimits {
  /** Largest remaining length (section 2.2.3) that is kept; at least `topicBytes` + 4. */
  readonly packetBytes: number;
  readonly topicBytes: number;
}

/** Longest remaining length that is skipped; beyond it the connection is given up. */
export const longestSkipped = 65_536;

const PUBLISH = 3;
const PINGRESP = 13;
const nothing = () => new Uint8Array(0);

/**
 * Type and flags allowed towards a client (tables 2.1 and 2.2). What only answers QoS 2 or
 * UNSUBSCRIBE, neither of which we send, is as unexpected as what only clients send.
 */
function refuseFirstByte(first: number): Malformed | undefined {
  const type = first >> 4;
  if (type === 0 || type === 15) return "reserved-type";
  if (type === PUBLISH) {
    // We subscribe with QoS 1 at most, and the server may not deliver above that [MQTT-3.8.4-6].
    // PUBACK would be the wrong answer to QoS 2 and PUBREC a second state to bound, so the
    // connection ends. QoS 3 is malformed [MQTT-3.3.1-4], as is DUP with QoS 0 [MQTT-3.3.1-2].
    const qos = (first >> 1) & 3;
    return qos > 1 || (qos === 0 && (first & 8) !== 0) ? "bad-qos" : undefined;
  }
  if (type !== 2 && type !== 4 && type !== 9 && type !== PINGRESP) return "unexpected-type";
  return (first & 15) === 0 ? undefined : "reserved-flags"; // [MQTT-2.2.2-2]
}

/** What the packet's type says about its length. */
function refuseLength(type: number, remaining: number): Malformed | undefined {
  if (type === PUBLISH) {
    if (remaining > longestSkipped) return "packet-too-long";
    return remaining < 3 ? "bad-length" : undefined;
  }
  // One topic filter a SUBSCRIBE, so one return code a SUBACK (section 3.9.3).
  const expected = type === PINGRESP ? 0 : type === 9 ? 3 : 2;
  return remaining === expected ? undefined : "bad-length";
}

/** Section 1.5.3 and 4.7.3: well-formed UTF-8, not empty, no U+0000; a name has no wildcards. */
function isTopicName(bytes: Uint8Array): boolean {
  let ascii = true;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] as number;
    if (byte === 0 || byte === 0x23 || byte === 0x2b) return false;
    if (byte >= 0x80) ascii = false;
  }
  return bytes.length > 0 && (ascii || decodeText(bytes) !== undefined);
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

const malformed = (reason: Malformed): Incoming => ({ type: "malformed", reason });

export class Decoder {
  private readonly limits: DecoderLimits;
  private chunk: Uint8Array = nothing();
  private at = 0;
  /** First byte of the packet being read; 0 between packets. */
  private first = 0;
  private remaining = 0;
  /** Bytes of the remaining length read so far; -1 when it is complete. */
  private digits = 0;
  private partial: Uint8Array | undefined;
  private filled = 0;
  private skipping = 0;
  private failure: Incoming | undefined;

  constructor(limits: DecoderLimits) {
    const packetBytes = Math.max(limits.packetBytes, limits.topicBytes + 4);
    this.limits = { packetBytes, topicBytes: limits.topicBytes };
  }

  /** Bytes kept of a packet that has not arrived whole. */
  get bufferedBytes(): number {
    return this.partial === undefined ? 0 : this.partial.length;
  }

  /** Takes the next chunk; the one before must have been read to the end with `next`. */
  feed(chunk: Uint8Array): void {
    this.chunk = chunk;
    this.at = 0;
  }

  /**
   * The next packet, or undefined when the chunk is used up. One at a time, so that a chunk full of
   * tiny packets never becomes a thousand objects. After "malformed" it stays malformed.
   */
  next(): Incoming | undefined {
    const packet = this.read();
    if (packet === undefined) this.feed(nothing()); // lets the used-up chunk go
    return packet;
  }

  private read(): Incoming | undefined {
    if (this.failure !== undefined) return this.failure;
    if (!this.skip() || !this.header()) return this.failure;
    const oversize = this.remaining > this.limits.packetBytes;
    const body = this.gather(oversize ? this.limits.topicBytes + 4 : this.remaining);
    if (body === undefined) return undefined;
    const packet = this.parse(body, oversize);
    if (oversize) this.skipping = this.remaining - body.length;
    if (packet.type === "malformed") this.failure = packet;
    this.first = 0;
    return packet;
  }

  /** Passes over the rest of an oversize PUBLISH; false while it lasts. */
  private skip(): boolean {
    const step = Math.min(this.skipping, this.chunk.length - this.at);
    this.at += step;
    this.skipping -= step;
    return this.skipping === 0;
  }

  /** Reads the fixed header, which may be split anywhere; false until it is complete and allowed. */
  private header(): boolean {
    if (this.first === 0) {
      if (this.at >= this.chunk.length) return false;
      const first = this.chunk[this.at++] as number;
      const reason = refuseFirstByte(first);
      if (reason !== undefined) return this.fail(reason);
      this.first = first;
      this.remaining = 0;
      this.digits = 0;
    }
    while (this.digits >= 0) {
      if (this.at >= this.chunk.length) return false;
      const byte = this.chunk[this.at++] as number;
      this.remaining |= (byte & 127) << (7 * this.digits);
      this.digits++;
      if ((byte & 128) !== 0) {
        if (this.digits === 4) return this.fail("bad-remaining-length");
        continue;
      }
      // Table 2.4 gives each value one spelling; a second one only serves those who hide things.
      if (byte === 0 && this.digits > 1) return this.fail("bad-remaining-length");
      const reason = refuseLength(this.first >> 4, this.remaining);
      if (reason !== undefined) return this.fail(reason);
      this.digits = -1;
    }
    return true;
  }

  private fail(reason: Malformed): false {
    this.failure = malformed(reason);
    this.partial = undefined;
    return false;
  }

  /** `need` bytes in one piece: a view when they all lie in the chunk, a copy only when split. */
  private gather(need: number): Uint8Array | undefined {
    const start = this.at;
    const available = this.chunk.length - start;
    if (this.partial === undefined) {
      if (available >= need) {
        this.at += need;
        return this.chunk.subarray(start, this.at);
      }
      if (available === 0) return undefined;
      this.partial = new Uint8Array(need);
      this.filled = 0;
    }
    const take = Math.min(available, need - this.filled);
    this.partial.set(this.chunk.subarray(start, start + take), this.filled);
    this.at += take;
    this.filled += take;
    if (this.filled < need) return undefined;
    const whole = this.partial;
    this.partial = undefined;
    return whole;
  }

  private parse(body: Uint8Array, oversize: boolean): Incoming {
    switch (this.first >> 4) {
      case PUBLISH:
        return this.publish(body, oversize);
      case 2:
        return connack(body);
      case 4: {
        const packetId = u16(body, 0);
        return packetId === 0 ? malformed("bad-packet-id") : { type: "puback", packetId };
      }
      case 9:
        return suback(body);
      default:
        return { type: "pingresp" };
    }
  }

  /** Section 3.3.2. `body` is the packet, or the first bytes of an oversize one. */
  private publish(body: Uint8Array, oversize: boolean): Incoming {
    const identified = (this.first & 6) !== 0;
    const topicEnd = 2 + u16(body, 0);
    const payloadAt = identified ? topicEnd + 2 : topicEnd;
    if (payloadAt > this.remaining) return malformed("bad-length");
    if (topicEnd - 2 > this.limits.topicBytes) return malformed("topic-too-long");
    const topic = body.subarray(2, topicEnd);
    if (!isTopicName(topic)) return malformed("bad-topic");
    const packetId = identified ? u16(body, topicEnd) : 0;
    if (identified && packetId === 0) return malformed("bad-packet-id"); // [MQTT-2.3.1-1]
    if (oversize)
      return { type: "oversize", topic, packetId, sizeBytes: this.remaining - payloadAt };
    return {
      type: "publish",
      topic,
      payload: body.subarray(payloadAt),
      packetId,
      duplicate: (this.first & 8) !== 0,
      retained: (this.first & 1) !== 0,
    };
  }
}

/** Section 3.2.2. */
function connack(body: Uint8Array): Incoming {
  const flags = body[0] as number;
  const code = body[1] as number;
  if (flags > 1) return malformed("reserved-flags");
  // No session can be present where the connection was refused [MQTT-3.2.2-4].
  if (code > 5 || (code !== 0 && flags !== 0)) return malformed("bad-return-code");
  return { type: "connack", sessionPresent: flags === 1, code: code as ConnackCode };
}

/** Section 3.9.3: the QoS granted or 0x80; 2 is more than we asked for, the rest is reserved. */
function suback(body: Uint8Array): Incoming {
  const packetId = u16(body, 0);
  const code = body[2] as number;
  if (packetId === 0) return malformed("bad-packet-id");
  if (code !== 0 && code !== 1 && code !== 0x80) return malformed("bad-return-code");
  return { type: "suback", packetId, granted: code === 0x80 ? "failure" : code };
}
