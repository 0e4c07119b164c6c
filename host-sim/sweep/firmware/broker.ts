/**
 * The smallest broker that a unit is content with: MQTT 3.1.1, one client, nothing to say itself. With
 * `order` there is an owner behind it who answers news of an update with that order.
 */
import { encodeText } from "../../../device/platform/text.ts";
import type { Answering } from "./loopback.ts";

const CONNECT = 1;
const PUBLISH = 3;
const SUBSCRIBE = 8;
const PINGREQ = 12;

/** What a unit says of an update while its owner could still say something about it. */
const news = ["update-offered", "update-waiting"].map(encodeText);

export function brokerAnswering(order?: string): Answering {
  let held = new Uint8Array(0);
  let topic = new Uint8Array(0);
  return (bytes) => {
    const joined = new Uint8Array(held.length + bytes.length);
    joined.set(held);
    joined.set(bytes, held.length);
    const replies: Uint8Array[] = [];
    let at = 0;
    for (let end = packetEnd(joined, at); end !== undefined; end = packetEnd(joined, at)) {
      const packet = joined.subarray(at, end);
      replies.push(...reply(packet));
      const kind = (packet[0] as number) >> 4;
      // Topics of ours are shorter than 127 bytes: the length is one byte, then comes the identifier.
      if (kind === SUBSCRIBE) topic = packet.slice(4, 6 + (packet[5] as number));
      if (kind === PUBLISH && order !== undefined && news.some((word) => includes(packet, word)))
        replies.push(publish(topic, encodeText(order)));
      at = end;
    }
    held = joined.slice(at);
    return replies;
  };
}

/** Where the packet ends that begins at `at` (section 2.2.3); undefined while it is not whole. */
function packetEnd(bytes: Uint8Array, at: number): number | undefined {
  let length = 0;
  for (let digit = 0; digit < 4; digit++) {
    const byte = bytes[at + 1 + digit];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 128 ** digit;
    if (byte < 0x80) {
      const end = at + 2 + digit + length;
      return end <= bytes.length ? end : undefined;
    }
  }
  throw new Error("the unit sent a length of more than four bytes");
}

function reply(packet: Uint8Array): Uint8Array[] {
  const first = packet[0] as number;
  const body = packet.subarray(packet.findIndex((byte, index) => index > 0 && byte < 0x80) + 1);
  const kind = first >> 4;
  if (kind === CONNECT) return [Uint8Array.of(0x20, 2, 0, 0)];
  if (kind === SUBSCRIBE) return [Uint8Array.of(0x90, 3, body[0] as number, body[1] as number, 1)];
  if (kind === PINGREQ) return [Uint8Array.of(0xd0, 0)];
  if (kind !== PUBLISH || ((first >> 1) & 3) === 0) return [];
  const id = 2 + (((body[0] as number) << 8) | (body[1] as number));
  return [Uint8Array.of(0x40, 2, body[id] as number, body[id + 1] as number)];
}

/** QoS 0; `topic` with its length before it. */
function publish(topic: Uint8Array, payload: Uint8Array): Uint8Array {
  const packet = new Uint8Array(2 + topic.length + payload.length);
  packet.set([PUBLISH << 4, topic.length + payload.length]);
  packet.set(topic, 2);
  packet.set(payload, 2 + topic.length);
  return packet;
}

function includes(bytes: Uint8Array, word: Uint8Array): boolean {
  for (let at = 0; at + word.length <= bytes.length; at++)
    if (word.every((byte, index) => bytes[at + index] === byte)) return true;
  return false;
}
