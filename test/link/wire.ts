/**
 * The broker's half of MQTT 3.1.1 for tests, written apart from the client's code: packets a server
 * sends, and a reader of packets a client sends. Slow, simple, and it throws on what it cannot read.
 */
import { decodeText, encodeText } from "../../device/platform/text.ts";

export function bytes(...parts: readonly (number | Uint8Array | readonly number[])[]): Uint8Array {
  const all: number[] = [];
  for (const part of parts) {
    if (typeof part === "number") all.push(part);
    else for (const byte of part) all.push(byte);
  }
  return new Uint8Array(all);
}

/** Section 2.2.3's own pseudo-code. */
export function remainingLength(value: number): number[] {
  const digits: number[] = [];
  let left = value;
  do {
    let digit = left % 128;
    left = Math.floor(left / 128);
    if (left > 0) digit += 128;
    digits.push(digit);
  } while (left > 0);
  return digits;
}

export function packet(
  first: number,
  ...body: (number | Uint8Array | readonly number[])[]
): Uint8Array {
  const content = bytes(...body);
  return bytes(first, remainingLength(content.length), content);
}

const u16 = (value: number): number[] => [value >> 8, value & 255];

export interface Publish {
  topic: string | Uint8Array;
  payload?: Uint8Array;
  /** Present: QoS 1. */
  packetId?: number;
  duplicate?: boolean;
  retain?: boolean;
}

export const server = {
  connack: (code = 0, sessionPresent = 0) => packet(0x20, sessionPresent, code),
  puback: (packetId: number) => packet(0x40, u16(packetId)),
  suback: (packetId: number, code = 1) => packet(0x90, u16(packetId), code),
  pingresp: () => packet(0xd0),
  publish({ topic, payload, packetId, duplicate, retain }: Publish): Uint8Array {
    const name = typeof topic === "string" ? encodeText(topic) : topic;
    const flags = (duplicate ? 8 : 0) | (packetId === undefined ? 0 : 2) | (retain ? 1 : 0);
    const id = packetId === undefined ? [] : u16(packetId);
    return packet(0x30 | flags, u16(name.length), name, id, payload ?? []);
  },
};

/** A packet a client sent, in words. */
export interface Read {
  type: "connect" | "publish" | "puback" | "subscribe" | "pingreq" | "disconnect";
  topic?: string;
  payload?: Uint8Array;
  packetId?: number;
  duplicate?: boolean;
  retain?: boolean;
  clientId?: string;
  flags?: number;
  keepAliveSeconds?: number;
  will?: { topic: string; payload: string };
  qos?: number;
}

class Cursor {
  at = 0;
  readonly from: Uint8Array;
  constructor(from: Uint8Array) {
    this.from = from;
  }
  get left(): number {
    return this.from.length - this.at;
  }
  u8(): number {
    const value = this.from[this.at++];
    if (value === undefined) throw new Error("packet ends early");
    return value;
  }
  u16(): number {
    return this.u8() * 256 + this.u8();
  }
  take(length: number): Uint8Array {
    if (length > this.left) throw new Error("field ends early");
    this.at += length;
    return this.from.slice(this.at - length, this.at);
  }
  text(): string {
    const text = decodeText(this.take(this.u16()));
    if (text === undefined) throw new Error("not UTF-8");
    return text;
  }
}

function readPacket(first: number, body: Cursor): Read {
  switch (first >> 4) {
    case 1: {
      if (body.text() !== "MQTT" || body.u8() !== 4) throw new Error("not MQTT 3.1.1");
      const flags = body.u8();
      const keepAliveSeconds = body.u16();
      const clientId = body.text();
      const will = { topic: body.text(), payload: body.text() };
      return { type: "connect", flags, keepAliveSeconds, clientId, will };
    }
    case 3: {
      const topic = body.text();
      const qos = (first >> 1) & 3;
      const packetId = qos > 0 ? body.u16() : 0;
      const payload = body.take(body.left);
      const duplicate = (first & 8) !== 0;
      return { type: "publish", topic, payload, packetId, duplicate, retain: (first & 1) !== 0 };
    }
    case 4:
      return { type: "puback", packetId: body.u16() };
    case 8: {
      if ((first & 15) !== 2) throw new Error("SUBSCRIBE flags");
      const packetId = body.u16();
      return { type: "subscribe", packetId, topic: body.text(), qos: body.u8() };
    }
    case 12:
      return { type: "pingreq" };
    case 14:
      return { type: "disconnect" };
    default:
      throw new Error(`a client does not send type ${first >> 4}`);
  }
}

/** Reads whole packets; throws when one is malformed or incomplete. */
export function readClient(stream: Uint8Array): Read[] {
  const cursor = new Cursor(stream);
  const packets: Read[] = [];
  while (cursor.left > 0) {
    const first = cursor.u8();
    let length = 0;
    let scale = 1;
    for (;;) {
      const digit = cursor.u8();
      length += (digit & 127) * scale;
      scale *= 128;
      if (digit < 128) break;
    }
    const body = new Cursor(cursor.take(length));
    packets.push(readPacket(first, body));
    if (body.left > 0) throw new Error("packet has bytes left over");
  }
  return packets;
}
