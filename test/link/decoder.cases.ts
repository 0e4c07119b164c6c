import {
  Decoder,
  type DecoderLimits,
  type Incoming,
  longestSkipped,
} from "../../device/link/mqtt-decoder.ts";
import { fromHex, toHex } from "../../device/platform/encoding.ts";
import { encodeText } from "../../device/platform/text.ts";
import { prng, randomBytes } from "../prng.ts";
import type { Check, Suite } from "../suite.ts";
import { bytes, packet, remainingLength, server } from "./wire.ts";

const limits: DecoderLimits = { packetBytes: 300, topicBytes: 40 };

/** Only what `Decoder` promises, so that a broken variant can stand in for it. */
type DecoderLike = Pick<Decoder, "feed" | "next" | "bufferedBytes">;

/** Everything a decoder says about chunks, and the most it kept at any time. */
function decode(decoder: DecoderLike, chunks: readonly Uint8Array[]) {
  const packets: Incoming[] = [];
  let kept = 0;
  for (const chunk of chunks) {
    decoder.feed(chunk);
    for (let next = decoder.next(); next !== undefined; next = decoder.next()) {
      packets.push(next);
      if (next.type === "malformed") return { packets, kept };
    }
    kept = Math.max(kept, decoder.bufferedBytes);
  }
  return { packets, kept };
}

const decodeAll = (...chunks: Uint8Array[]) => decode(new Decoder(limits), chunks).packets;

/** Packets by value: a view and a copy of the same bytes are the same packet. */
const plain = (packets: readonly Incoming[]) =>
  packets.map((entry) =>
    "topic" in entry
      ? {
          ...entry,
          topic: toHex(entry.topic),
          payload: "payload" in entry ? toHex(entry.payload) : "",
        }
      : entry,
  );

/** Refused as a whole, and byte by byte: the reason may not depend on how the bytes arrive. */
function refuses(check: Check, reason: string, stream: Uint8Array): void {
  const expected = [{ type: "malformed", reason }];
  check.equal(decodeAll(stream), expected, `${toHex(stream.subarray(0, 12))} whole`);
  const single = Array.from(stream, (byte) => new Uint8Array([byte]));
  check.equal(
    decode(new Decoder(limits), single).packets,
    expected,
    `${toHex(stream.subarray(0, 12))} byte by byte`,
  );
}

function chunksOf(stream: Uint8Array, random: () => number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < stream.length; ) {
    const length = Math.floor(random() * (random() < 0.5 ? 4 : 200));
    chunks.push(stream.slice(at, at + length));
    at += length;
  }
  return chunks;
}

const topic = "units/abc/command";
const conversation = bytes(
  server.connack(),
  server.suback(1),
  server.puback(2),
  server.publish({ topic, payload: encodeText("{}") }),
  server.publish({ topic, payload: new Uint8Array(0), packetId: 7, duplicate: true }),
  server.publish({ topic, payload: new Uint8Array(5000), packetId: 8 }),
  server.pingresp(),
  server.publish({ topic, payload: randomBytes(prng(1), 250), retain: true }),
  server.puback(65535),
);

function splitsAgree(make: () => DecoderLike, check: Check): boolean {
  const whole = plain(decode(new Decoder(limits), [conversation]).packets);
  check.equal(whole.length, 9, "packets in the conversation");
  const random = prng(3);
  for (let round = 0; round < 60; round++) {
    const chunks = chunksOf(conversation, random);
    if (JSON.stringify(plain(decode(make(), chunks).packets)) !== JSON.stringify(whole))
      return false;
  }
  return true;
}

/** Feeds a PUBLISH of 1 MB in small chunks: whether memory stayed within the limit. */
function staysBounded(decoder: DecoderLike): boolean {
  const head = server.publish({ topic, payload: new Uint8Array(0), packetId: 9 }).slice(2);
  const start = bytes(0x32, remainingLength(head.length + 60_000), head);
  const body = new Uint8Array(1000);
  const chunks = [start.slice(0, 9), start.slice(9)];
  for (let count = 0; count < 60; count++) chunks.push(body);
  return decode(decoder, chunks).kept <= limits.packetBytes;
}

/** Keeps nothing between chunks, as a parser that trusts packets to come whole. */
class Forgetful implements DecoderLike {
  private inner = new Decoder(limits);
  bufferedBytes = 0;
  feed(chunk: Uint8Array) {
    this.inner = new Decoder(limits);
    this.inner.feed(chunk);
  }
  next() {
    return this.inner.next();
  }
}

const text = encodeText;

export const decoderSuite: Suite = {
  room: "link: MQTT decoder",
  cases: {
    "each packet a client may receive"(check) {
      check.equal(decodeAll(fromHex("20020000") as Uint8Array), [
        { type: "connack", sessionPresent: false, code: 0 },
      ]);
      check.equal(decodeAll(fromHex("20020100") as Uint8Array), [
        { type: "connack", sessionPresent: true, code: 0 },
      ]);
      for (let code = 1; code <= 5; code++)
        check.equal(decodeAll(server.connack(code)), [
          { type: "connack", sessionPresent: false, code },
        ]);
      check.equal(decodeAll(fromHex("4002000a") as Uint8Array), [{ type: "puback", packetId: 10 }]);
      check.equal(decodeAll(fromHex("d000") as Uint8Array), [{ type: "pingresp" }]);
      const granted: [number, unknown][] = [
        [0, 0],
        [1, 1],
        [0x80, "failure"],
      ];
      for (const [code, name] of granted)
        check.equal(decodeAll(server.suback(10, code)), [
          { type: "suback", packetId: 10, granted: name },
        ]);
      const publish = { type: "publish", topic: text("a/b"), payload: text("x") };
      check.equal(decodeAll(fromHex("3b080003612f62000a78") as Uint8Array), [
        { ...publish, packetId: 10, duplicate: true, retained: true },
      ]);
      check.equal(decodeAll(fromHex("30060003612f6278") as Uint8Array), [
        { ...publish, packetId: 0, duplicate: false, retained: false },
      ]);
    },
    "a zero-length PUBLISH is a packet like any other, and so is the next"(check) {
      const empty = server.publish({ topic: "a", payload: new Uint8Array(0) });
      const found = plain(decodeAll(bytes(empty, empty, server.pingresp())));
      check.equal(
        found.map((entry) => entry.type),
        ["publish", "publish", "pingresp"],
      );
    },
    "the same packets however the bytes are split"(check) {
      check.ok(
        splitsAgree(() => new Decoder(limits), check),
        "splits agree",
      );
    },
    "control: a decoder that forgets between chunks is found out"(check) {
      check.ok(!splitsAgree(() => new Forgetful(), check), "broken decoder passes");
    },
    "types that a server must not send are refused from the first byte"(check) {
      for (const type of [0, 15]) refuses(check, "reserved-type", bytes(type << 4, 0));
      for (const type of [1, 5, 6, 7, 8, 10, 11, 12, 14])
        refuses(check, "unexpected-type", new Uint8Array([type << 4]));
    },
    "reserved flags are refused (table 2.2)"(check) {
      for (const type of [2, 4, 9, 13])
        for (let flags = 1; flags < 16; flags++)
          refuses(check, "reserved-flags", new Uint8Array([(type << 4) | flags]));
      refuses(check, "reserved-flags", packet(0x20, 2, 0));
    },
    "QoS 2, QoS 3, and DUP with QoS 0 are refused"(check) {
      for (const flags of [0b0100, 0b0110, 0b1100, 0b1110, 0b1000])
        refuses(check, "bad-qos", new Uint8Array([0x30 | flags]));
    },
    "a remaining length of five bytes, or spelt longer than table 2.4, is refused"(check) {
      refuses(check, "bad-remaining-length", bytes(0x30, 0xff, 0xff, 0xff, 0xff, 0x01));
      refuses(check, "bad-remaining-length", bytes(0x30, 0x80, 0x80, 0x80, 0x80));
      refuses(check, "bad-remaining-length", bytes(0x30, 0x83, 0x00, 0, 1, 0x61));
      refuses(check, "bad-remaining-length", bytes(0x40, 0x82, 0x80, 0x00, 0, 1));
    },
    "lengths that a type cannot have are refused before the body is read"(check) {
      for (const first of [0x20, 0x40])
        for (const length of [0, 1, 3, 127]) refuses(check, "bad-length", bytes(first, length));
      for (const length of [0, 2, 4]) refuses(check, "bad-length", bytes(0x90, length));
      refuses(check, "bad-length", bytes(0xd0, 1));
      refuses(check, "bad-length", bytes(0x40, 0xff, 0xff, 0xff, 0x7f));
      for (const length of [0, 1, 2]) refuses(check, "bad-length", bytes(0x32, length));
    },
    "a PUBLISH whose topic or packet id ends outside it is refused"(check) {
      refuses(check, "bad-length", packet(0x30, 0, 2, 0x61));
      refuses(check, "bad-length", packet(0x32, 0, 1, 0x61, 0));
      refuses(check, "bad-length", packet(0x30, 0xff, 0xff, 0x61, 0x62));
    },
    "packet id 0 is refused [MQTT-2.3.1-1]"(check) {
      refuses(check, "bad-packet-id", server.puback(0));
      refuses(check, "bad-packet-id", server.suback(0));
      refuses(check, "bad-packet-id", server.publish({ topic, packetId: 0 }));
      refuses(
        check,
        "bad-packet-id",
        server.publish({ topic, packetId: 0, payload: new Uint8Array(999) }),
      );
    },
    "reserved return codes, and a session with a refusal, are refused"(check) {
      for (const code of [6, 128, 255]) refuses(check, "bad-return-code", server.connack(code));
      refuses(check, "bad-return-code", server.connack(5, 1));
      for (const code of [2, 3, 0x7f, 0x81])
        refuses(check, "bad-return-code", server.suback(1, code));
    },
    "topics: ill-formed UTF-8, U+0000, wildcards and nothing at all are refused (1.5.3, 4.7)"(
      check,
    ) {
      const bad = [
        "",
        "00",
        "612b",
        "23",
        "ff",
        "c080",
        "eda080",
        "f4908080",
        "e28261",
        "61c3",
        "f0808080",
      ];
      for (const name of bad)
        refuses(
          check,
          "bad-topic",
          server.publish({ topic: fromHex(name) as Uint8Array, payload: text("xx") }),
        );
      // The example of section 1.5.3: U+0041, U+2A6D4; and U+FEFF is kept [MQTT-1.5.3-3].
      for (const good of ["41f0aa9b94", "efbbbf61"]) {
        const [found] = plain(decodeAll(server.publish({ topic: fromHex(good) as Uint8Array })));
        check.equal(found, {
          type: "publish",
          topic: good,
          payload: "",
          packetId: 0,
          duplicate: false,
          retained: false,
        });
      }
    },
    "a topic above the limit is refused, in a small packet and in a huge one"(check) {
      const long = "t".repeat(41);
      refuses(check, "topic-too-long", server.publish({ topic: long }));
      refuses(
        check,
        "topic-too-long",
        server.publish({ topic: long, payload: new Uint8Array(1000) }),
      );
      check.equal(decodeAll(server.publish({ topic: "t".repeat(40) })).length, 1);
    },
    "an oversize PUBLISH is reported at once, skipped, and the next packet read"(check) {
      const huge = server.publish({ topic: "a", payload: new Uint8Array(9000), packetId: 513 });
      const report = { type: "oversize", topic: text("a"), packetId: 513, sizeBytes: 9000 };
      check.equal(decodeAll(huge.slice(0, 60)), [report], "from its first bytes");
      check.equal(decodeAll(bytes(huge, server.pingresp())), [report, { type: "pingresp" }]);
    },
    "what would take minutes to skip ends the connection at its header"(check) {
      const announced = (length: number) =>
        decodeAll(bytes(0x30, remainingLength(length), 0, 1, 0x61, new Uint8Array(60)));
      check.equal(announced(longestSkipped), [
        { type: "oversize", topic: text("a"), packetId: 0, sizeBytes: longestSkipped - 3 },
      ]);
      // One byte more, and the largest length there is (table 2.4).
      for (const length of [longestSkipped + 1, 268_435_455])
        check.equal(announced(length), [{ type: "malformed", reason: "packet-too-long" }]);
    },
    "the limit is exact: a byte more is skipped"(check) {
      const types = (length: number) =>
        decodeAll(server.publish({ topic: "a", payload: new Uint8Array(length - 3) })).map(
          (entry) => entry.type,
        );
      check.equal(types(300), ["publish"]);
      check.equal(types(301), ["oversize"]);
    },
    "60 kilobytes in one PUBLISH are never kept"(check) {
      check.ok(staysBounded(new Decoder(limits)), "bounded");
    },
    "control: without the limit the same check goes red"(check) {
      check.ok(
        !staysBounded(new Decoder({ packetBytes: 100_000, topicBytes: 40 })),
        "unbounded passes",
      );
    },
    "after a refusal nothing is read any more"(check) {
      const decoder = new Decoder(limits);
      decoder.feed(bytes(0xf0));
      check.equal(decoder.next(), { type: "malformed", reason: "reserved-type" });
      decoder.feed(server.pingresp());
      check.equal(decoder.next(), { type: "malformed", reason: "reserved-type" });
    },
  },
};
