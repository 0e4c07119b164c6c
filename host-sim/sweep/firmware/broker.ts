/** The smallest broker that a unit is content with: MQTT 3.1.1, one client, nothing to say itself. */
import type { Answering } from "./loopback.ts";

const CONNECT = 1;
const PUBLISH = 3;
const SUBSCRIBE = 8;
const PINGREQ = 12;

export function brokerAnswering(): Answering {
  let held = new Uint8Array(0);
  return (bytes) => {
    const joined = new Uint8Array(held.length + bytes.length);
    joined.set(held);
    joined.set(bytes, held.length);
    const replies: Uint8Array[] = [];
    let at = 0;
    for (let end = packetEnd(joined, at); end !== undefined; end = packetEnd(joined, at)) {
      replies.push(...reply(joined.subarray(at, end)));
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
