/**
 * Packets to bytes: OASIS MQTT 3.1.1, the packets this client sends. A packet is measured first and
 * then written in place, so that a burst of them becomes one buffer, one copy and one TLS record.
 */

export type Outgoing =
  | {
      readonly type: "connect";
      readonly clientId: Uint8Array;
      readonly keepAliveSeconds: number;
      /** Retained, QoS 1. */
      readonly will: { readonly topic: Uint8Array; readonly payload: Uint8Array };
    }
  | {
      readonly type: "publish";
      readonly topic: Uint8Array;
      readonly payload: Uint8Array;
      readonly retain: boolean;
      readonly duplicate: boolean;
      /** 0 means QoS 0. */
      readonly packetId: number;
    }
  | { readonly type: "puback"; readonly packetId: number }
  | { readonly type: "subscribe"; readonly packetId: number; readonly topic: Uint8Array }
  | { readonly type: "pingreq" }
  | { readonly type: "disconnect" };

/**
 * Protocol name, level 4 (section 3.1.2), and the connect flags: will retained, will QoS 1, will,
 * clean session. See `mqtt-session.ts` for why the session is a clean one.
 */
const connectHead = [0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 0x20 | 0x08 | 0x04 | 0x02];

function remainingLength(packet: Outgoing): number {
  switch (packet.type) {
    case "connect":
      return 16 + packet.clientId.length + packet.will.topic.length + packet.will.payload.length;
    case "publish":
      return 2 + packet.topic.length + (packet.packetId === 0 ? 0 : 2) + packet.payload.length;
    case "puback":
      return 2;
    case "subscribe":
      return 5 + packet.topic.length;
    default:
      return 0;
  }
}

/** Size on the wire, bytes. */
export function encodedBytes(packet: Outgoing): number {
  const remaining = remainingLength(packet);
  return (
    1 + (remaining < 128 ? 1 : remaining < 16_384 ? 2 : remaining < 2_097_152 ? 3 : 4) + remaining
  );
}

/** Fixed header: first byte and remaining length (section 2.2.3). */
function header(target: Uint8Array, offset: number, first: number, remaining: number): number {
  let at = offset;
  let left = remaining;
  target[at++] = first;
  while (left > 127) {
    target[at++] = (left & 127) | 128;
    left >>= 7;
  }
  target[at++] = left;
  return at;
}

function u16(target: Uint8Array, offset: number, value: number): number {
  target[offset] = value >> 8;
  target[offset + 1] = value & 255;
  return offset + 2;
}

/** A length and the bytes (section 1.5.3). */
function field(target: Uint8Array, offset: number, bytes: Uint8Array): number {
  target.set(bytes, u16(target, offset, bytes.length));
  return offset + 2 + bytes.length;
}

/** Writes the packet and returns the offset after it; `target` must have `encodedBytes` of room. */
export function encode(packet: Outgoing, target: Uint8Array, offset: number): number {
  const remaining = remainingLength(packet);
  switch (packet.type) {
    case "connect": {
      let at = header(target, offset, 0x10, remaining);
      target.set(connectHead, at);
      at = u16(target, at + connectHead.length, packet.keepAliveSeconds);
      at = field(target, at, packet.clientId);
      at = field(target, at, packet.will.topic);
      return field(target, at, packet.will.payload);
    }
    case "publish": {
      const qos = packet.packetId === 0 ? 0 : 2;
      const first = 0x30 | (packet.duplicate ? 8 : 0) | qos | (packet.retain ? 1 : 0);
      let at = field(target, header(target, offset, first, remaining), packet.topic);
      if (qos !== 0) at = u16(target, at, packet.packetId);
      target.set(packet.payload, at);
      return at + packet.payload.length;
    }
    case "puback":
      return u16(target, header(target, offset, 0x40, remaining), packet.packetId);
    case "subscribe": {
      // The reserved flags of SUBSCRIBE are 0010 [MQTT-3.8.1-1]; QoS 1 is asked for.
      let at = u16(target, header(target, offset, 0x82, remaining), packet.packetId);
      at = field(target, at, packet.topic);
      target[at] = 1;
      return at + 1;
    }
    case "pingreq":
      return header(target, offset, 0xc0, 0);
    case "disconnect":
      return header(target, offset, 0xe0, 0);
  }
}
