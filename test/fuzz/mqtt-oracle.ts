/**
 * What a stream from a broker really holds: an MQTT 3.1.1 framer written apart from the device's,
 * with the whole stream before it and no limits.
 */

/** The PUBLISH packets of a stream, by their place among all PUBLISH packets. */
export class Commands {
  private readonly payloads: readonly (Uint8Array | undefined)[];

  constructor(payloads: readonly (Uint8Array | undefined)[]) {
    this.payloads = payloads;
  }

  /** @throws Error unless the PUBLISH in this place was sent whole, as a command, with this payload. */
  admit(place: number, payload: Uint8Array): void {
    const sent = this.payloads[place];
    if (sent === undefined) throw new Error(`delivered what was not sent, in place ${place}`);
    if (Buffer.compare(sent, payload) !== 0)
      throw new Error(`delivered other bytes, in place ${place}`);
  }
}

/** Reads frame after frame; undefined stands for a PUBLISH that is no command for now. */
export function commandsIn(stream: Uint8Array, topic: string): Commands {
  const data = Buffer.from(stream.buffer, stream.byteOffset, stream.length);
  const payloads: (Uint8Array | undefined)[] = [];
  for (let at = 0; at + 1 < data.length; ) {
    const first = data.readUInt8(at);
    let length = 0;
    let digits = 0;
    let more = true;
    while (more && digits < 4 && at + 1 + digits < data.length) {
      const digit = data.readUInt8(at + 1 + digits);
      length += (digit % 128) * 128 ** digits;
      more = digit >= 128;
      digits++;
    }
    const body = data.subarray(at + 1 + digits, at + 1 + digits + length);
    if (more) break;
    if (first >> 4 === 3) payloads.push(commandOf(first, body, length, topic));
    at += 1 + digits + length;
  }
  return new Commands(payloads);
}

function commandOf(
  first: number,
  body: Buffer,
  length: number,
  topic: string,
): Uint8Array | undefined {
  const qos = (first >> 1) & 3;
  const topicEnd = body.length < 2 ? 0 : 2 + body.readUInt16BE(0);
  const payloadAt = topicEnd + (qos > 0 ? 2 : 0);
  const whole = body.length === length && topicEnd > 2 && payloadAt <= length;
  if (!whole || qos > 1 || (first & 1) === 1) return undefined;
  if (body.toString("latin1", 2, topicEnd) !== topic) return undefined;
  if (qos === 1 && body.readUInt16BE(topicEnd) === 0) return undefined;
  return body.subarray(payloadAt);
}
