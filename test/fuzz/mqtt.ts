/**
 * A hostile broker: valid packets, mutated, cut and glued, split into chunks at random, through the
 * decoder and the session. Nothing may throw, nothing above the limit may be kept, and every command
 * handed over must be one that an independent reader, with no limits and the whole stream before it,
 * finds complete in the same place.
 */
import { linkLimits } from "../../device/link/link-limits.ts";
import { Decoder, type Incoming } from "../../device/link/mqtt-decoder.ts";
import { step } from "../../device/link/mqtt-session.ts";
import { closedSession, type Session, type SessionConfig } from "../../device/link/mqtt-state.ts";
import { topicsOf } from "../../device/link/topics.ts";
import { toHex } from "../../device/platform/encoding.ts";
import { encodeText } from "../../device/platform/text.ts";
import { server } from "../link/wire.ts";
import { prng, randomBytes } from "../prng.ts";
import { type Commands, commandsIn } from "./mqtt-oracle.ts";

export interface FuzzResult {
  executions: number;
  /** How often the stream ended for each reason, or a command was refused. */
  refusals: Record<string, number>;
  /** Commands handed over: a run that delivers nothing has tested nothing. */
  delivered: number;
}

export type DecoderLike = Pick<Decoder, "feed" | "next" | "bufferedBytes">;

const limits = { packetBytes: 120, topicBytes: 24 };
const config: SessionConfig = { topics: topicsOf("unit7"), limits: linkLimits };
const topic = "units/unit7/command";

const random0 = prng(2026);
const corpus: readonly Uint8Array[] = [
  server.connack(),
  server.connack(5),
  server.suback(1),
  server.puback(2),
  server.puback(3),
  server.pingresp(),
  server.publish({ topic, payload: encodeText('{"on":1}') }),
  server.publish({ topic, payload: encodeText("x"), packetId: 4 }),
  server.publish({ topic, packetId: 5, duplicate: true }),
  server.publish({ topic, payload: randomBytes(random0, 99) }),
  server.publish({ topic, payload: randomBytes(random0, 99), packetId: 6 }),
  server.publish({ topic, payload: encodeText("r"), retain: true }),
  server.publish({ topic, payload: randomBytes(random0, 150), packetId: 7 }),
  server.publish({ topic: "units/unit8/command", payload: encodeText("no") }),
  server.publish({ topic: "units/\u00e9\u{1d11e}/x", payload: encodeText("no"), packetId: 8 }),
];
const opening = [server.connack(), server.suback(1), server.puback(2)];
/** Bytes at which parsers go wrong: types, length digits, limits, UTF-8 edges. */
const edges = [
  0, 1, 2, 0x20, 0x23, 0x2b, 0x30, 0x32, 0x34, 0x40, 0x7f, 0x80, 0x90, 0xc0, 0xd0, 0xed, 0xf4, 0xff,
];

type Random = () => number;
const below = (random: Random, limit: number): number => Math.floor(random() * limit);

/** One scratch buffer for all streams: half a million of them are made in seconds. */
const scratch = new Uint8Array(2_048);

/** A stream: usually a good opening, then a few packets; then up to four mutations. */
function makeStream(random: Random): Uint8Array {
  let length = 0;
  const append = (bytes: Uint8Array) => {
    scratch.set(bytes, length);
    length += bytes.length;
  };
  if (random() < 0.8) for (const packet of opening) append(packet);
  const keep = random() < 0.7 ? length : 0;
  for (let count = 1 + below(random, 4); count > 0; count--)
    append(corpus[below(random, corpus.length)] as Uint8Array);
  for (let count = below(random, 5); count > 0; count--) length = mutate(random, keep, length);
  return scratch.slice(0, length);
}

/** Changes the scratch buffer between `start` and `length`, and gives the new length. */
function mutate(random: Random, start: number, length: number): number {
  if (length <= start) return length;
  const at = start + below(random, length - start);
  const size = 1 + below(random, 8);
  switch (below(random, 7)) {
    case 0:
      scratch[at] = below(random, 256);
      return length;
    case 1:
      scratch[at] = edges[below(random, edges.length)] as number;
      return length;
    case 2:
      scratch[at] = (scratch[at] as number) ^ (1 << below(random, 8));
      return length;
    case 3: // insert
      scratch.copyWithin(at + size, at, length);
      for (let index = 0; index < size; index++) scratch[at + index] = below(random, 256);
      return length + size;
    case 4: // cut out
      scratch.copyWithin(at, Math.min(at + size, length), length);
      return Math.max(at, length - size);
    case 5: // repeat a piece
      scratch.copyWithin(length, at, Math.min(at + 4 * size, length));
      return length + Math.min(4 * size, length - at);
    default: // cut off
      return at;
  }
}

/** One execution: the stream in random chunks through decoder and session. */
class Run {
  private session: Session;
  private readonly decoder: DecoderLike;
  private readonly expected: Commands;
  private readonly count: (reason: string) => void;
  private closed = false;
  private seen = 0;
  delivered = 0;

  constructor(decoder: DecoderLike, expected: Commands, count: (reason: string) => void) {
    this.decoder = decoder;
    this.expected = expected;
    this.count = count;
    this.session = step(config, closedSession, { type: "opened" }, 0).session;
  }

  chunk(bytes: Uint8Array): void {
    this.decoder.feed(bytes);
    for (let packets = 0; !this.closed; packets++) {
      const packet = this.decoder.next();
      if (packet === undefined) break;
      if (packets > bytes.length) throw new Error("more packets than bytes");
      this.packet(packet);
    }
    const kept = this.decoder.bufferedBytes;
    if (kept > limits.packetBytes) throw new Error(`${kept} bytes kept`);
  }

  private packet(packet: Incoming): void {
    const result = step(config, this.session, { type: "packet", packet }, 0);
    this.session = result.session;
    const isCommand = packet.type === "publish" || packet.type === "oversize";
    const place = isCommand ? this.seen++ : -1;
    for (const effect of result.effects) {
      if (effect.type === "refused") this.count(effect.reason);
      if (effect.type === "close") {
        this.count(effect.reason);
        this.closed = true;
      }
      if (effect.type === "deliver") {
        this.delivered++;
        this.expected.admit(place, effect.payload);
      }
    }
  }
}

/** Runs against any decoder, so that the fuzzer itself can be tested with broken ones. */
export function fuzz(make: () => DecoderLike, iterations: number, seed: number): FuzzResult {
  const random = prng(seed);
  const result: FuzzResult = { executions: 0, refusals: {}, delivered: 0 };
  const count = (reason: string) => {
    result.refusals[reason] = (result.refusals[reason] ?? 0) + 1;
  };
  for (; result.executions < iterations; result.executions++) {
    const stream = makeStream(random);
    const run = new Run(make(), commandsIn(stream, topic), count);
    try {
      for (let at = 0; at < stream.length; ) {
        const end = at + 1 + below(random, random() < 0.3 ? 6 : 120);
        run.chunk(stream.subarray(at, end));
        at = end;
      }
    } catch (error) {
      const where = `seed ${seed}, execution ${result.executions}, stream ${toHex(stream)}`;
      throw new Error(`${(error as Error).message}: ${where}`, { cause: error });
    }
    result.delivered += run.delivered;
  }
  return result;
}

export const target = {
  name: "mqtt",
  /** @throws Error naming seed, execution and stream when a promise is broken. */
  run: (iterations: number, seed: number): FuzzResult =>
    fuzz(() => new Decoder(limits), iterations, seed),
};
