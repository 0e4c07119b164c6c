/**
 * The least that a broker says back to a unit (MQTT 3.1.1): enough for the device's own link to hold
 * a connection in a model of a network. No TLS, no rules: for time lapses, never for a desk.
 */

/** What came in, as far as a model cares. */
export type Heard =
  | { readonly type: "connect" }
  | { readonly type: "subscribe" }
  | { readonly type: "publish"; readonly topic: string; readonly payload: Uint8Array }
  | { readonly type: "puback" }
  | { readonly type: "ping" }
  | { readonly type: "disconnect" };

const connack = (code: number) => new Uint8Array([0x20, 2, 0, code]);

/** One unit's conversation: feed it what the unit wrote; it gives what was said and what to answer. */
export class MqttAnswers {
  /** Return code of the next CONNACK (section 3.2.2.3). */
  code: number;
  #pending = new Uint8Array(0);

  constructor(code = 0) {
    this.code = code;
  }

  hear(bytes: Uint8Array): { readonly heard: Heard[]; readonly answers: Uint8Array[] } {
    const stream = new Uint8Array(this.#pending.length + bytes.length);
    stream.set(this.#pending);
    stream.set(bytes, this.#pending.length);
    const heard: Heard[] = [];
    const answers: Uint8Array[] = [];
    let at = 0;
    for (;;) {
      const packet = packetAt(stream, at);
      if (packet === undefined) break;
      this.#packet(stream[at] as number, stream.subarray(packet.body, packet.end), heard, answers);
      at = packet.end;
    }
    this.#pending = stream.slice(at);
    return { heard, answers };
  }

  #packet(first: number, body: Uint8Array, heard: Heard[], answers: Uint8Array[]): void {
    const two = (at: number) => ((body[at] ?? 0) << 8) | (body[at + 1] ?? 0);
    switch (first >> 4) {
      case 1:
        heard.push({ type: "connect" });
        answers.push(connack(this.code));
        return;
      case 3: {
        const qos = (first >> 1) & 3;
        const topicEnd = 2 + two(0);
        const topic = String.fromCharCode(...body.subarray(2, topicEnd));
        const payload = body.slice(qos > 0 ? topicEnd + 2 : topicEnd);
        heard.push({ type: "publish", topic, payload });
        if (qos > 0)
          answers.push(new Uint8Array([0x40, 2, ...body.subarray(topicEnd, topicEnd + 2)]));
        return;
      }
      case 4:
        heard.push({ type: "puback" });
        return;
      case 8:
        heard.push({ type: "subscribe" });
        answers.push(new Uint8Array([0x90, 3, body[0] ?? 0, body[1] ?? 0, 1]));
        return;
      case 12:
        heard.push({ type: "ping" });
        answers.push(new Uint8Array([0xd0, 0]));
        return;
      case 14:
        heard.push({ type: "disconnect" });
        return;
      default:
        throw new Error(`a unit sent a packet of type ${first >> 4}`);
    }
  }
}

/** Where the packet at `at` has its body and its end; undefined while it is not whole. */
function packetAt(stream: Uint8Array, at: number): { body: number; end: number } | undefined {
  let length = 0;
  for (let digit = 0; digit < 4; digit++) {
    const byte = stream[at + 1 + digit];
    if (byte === undefined) return undefined;
    length += (byte & 127) * 128 ** digit;
    if (byte < 128) {
      const body = at + 2 + digit;
      return body + length <= stream.length ? { body, end: body + length } : undefined;
    }
  }
  throw new Error("a unit sent a length that has no end");
}

/** A PUBLISH of QoS 1 or 0 from the broker. */
export function publishPacket(
  topic: string,
  payload: Uint8Array,
  { packetId, retain = false }: { packetId?: number; retain?: boolean } = {},
): Uint8Array {
  const name = Buffer.from(topic);
  const id = packetId === undefined ? [] : [packetId >> 8, packetId & 255];
  const length = 2 + name.length + id.length + payload.length;
  const digits: number[] = [];
  for (let left = length; ; ) {
    const digit = left % 128;
    left = Math.floor(left / 128);
    digits.push(left > 0 ? digit | 128 : digit);
    if (left === 0) break;
  }
  const first = 0x30 | (packetId === undefined ? 0 : 2) | (retain ? 1 : 0);
  return new Uint8Array([
    first,
    ...digits,
    name.length >> 8,
    name.length & 255,
    ...name,
    ...id,
    ...payload,
  ]);
}
