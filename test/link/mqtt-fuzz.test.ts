import test from "ava";
import { Decoder, type Incoming } from "../../device/link/mqtt-decoder.ts";
import { type DecoderLike, fuzz, target } from "../fuzz/mqtt.ts";

const limits = { packetBytes: 120, topicBytes: 24 };

/** With the commands' 400,000 (test/commands/command-fuzz.test.ts): a million in every test run. */
const executionsHere = 600_000;

test("600,000 hostile streams: no exception, no forgery, bounded memory", (t) => {
  const startMs = performance.now();
  const { executions, refusals, delivered } = target.run(executionsHere, 13);
  const seconds = (performance.now() - startMs) / 1000;
  t.log(
    `${executions} executions in ${seconds.toFixed(1)} s, ${delivered} commands delivered`,
    refusals,
  );
  t.is(executions, executionsHere);
  t.true(delivered > 50_000, "many mutations leave some command whole");
  // Every way out that hostile bytes can take was taken.
  for (const reason of [
    ...["reserved-type", "unexpected-type", "reserved-flags", "bad-remaining-length", "bad-length"],
    ...["bad-packet-id", "bad-qos", "bad-topic", "topic-too-long", "bad-return-code"],
    ...["expected-connack", "unexpected-packet", "not-authorised"],
    ...["too-large", "retained", "wrong-topic"],
  ])
    t.true((refusals[reason] ?? 0) > 100, `${reason}: ${refusals[reason]}`);
});

test("the same seed is the same run", (t) => {
  t.deepEqual(target.run(2_000, 5), target.run(2_000, 5));
  t.notDeepEqual(target.run(2_000, 5), target.run(2_000, 6));
});

test("control: a decoder without its limit is found out", (t) => {
  const make = () => new Decoder({ packetBytes: 1e9, topicBytes: 24 });
  t.throws(() => fuzz(make, 50_000, 1), { message: /bytes kept/ });
});

/** A decoder with one answer changed. */
function altered(alter: (packet: Incoming) => Incoming): () => DecoderLike {
  return () => {
    const inner = new Decoder(limits);
    return {
      feed: (chunk) => inner.feed(chunk),
      next: () => {
        const packet = inner.next();
        return packet === undefined ? undefined : alter(packet);
      },
      get bufferedBytes() {
        return inner.bufferedBytes;
      },
    };
  };
}

test("control: a decoder that delivers other bytes, or old ones, is found out", (t) => {
  const shortened = altered((packet) =>
    packet.type === "publish" ? { ...packet, payload: packet.payload.subarray(1) } : packet,
  );
  t.throws(() => fuzz(shortened, 50_000, 1), { message: /delivered other bytes/ });
  const passing = altered((packet) =>
    packet.type === "oversize"
      ? { ...packet, type: "publish", payload: packet.topic, duplicate: false, retained: false }
      : packet,
  );
  t.throws(() => fuzz(passing, 50_000, 1), { message: /delivered/ });
  const unretained = altered((packet) =>
    packet.type === "publish" ? { ...packet, retained: false } : packet,
  );
  t.throws(() => fuzz(unretained, 50_000, 1), { message: /delivered what was not sent/ });
});

test("control: a decoder that throws is found out", (t) => {
  const brittle = altered((packet) => {
    if (packet.type === "malformed") throw new Error("parser crashed");
    return packet;
  });
  t.throws(() => fuzz(brittle, 50_000, 1), { message: /parser crashed: seed 1, execution/ });
});
