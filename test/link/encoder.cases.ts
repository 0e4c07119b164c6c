import { encode, encodedBytes, type Outgoing } from "../../device/link/mqtt-encoder.ts";
import { fromHex, toHex } from "../../device/platform/encoding.ts";
import { encodeText } from "../../device/platform/text.ts";
import { prng, randomBytes } from "../prng.ts";
import type { Suite } from "../suite.ts";
import { readClient } from "./wire.ts";

const text = encodeText;

function encoded(outgoing: Outgoing): string {
  const target = new Uint8Array(encodedBytes(outgoing) + 3);
  const end = encode(outgoing, target, 3);
  return end === target.length ? toHex(target.subarray(3)) : `ends at ${end} of ${target.length}`;
}

export const encoderSuite: Suite = {
  room: "link: MQTT encoder",
  cases: {
    "PUBLISH a/b with packet id 10 is the example of section 3.3.2.3"(check) {
      const publish = {
        type: "publish",
        topic: text("a/b"),
        payload: text("x"),
        packetId: 10,
      } as const;
      check.equal(
        encoded({ ...publish, retain: false, duplicate: false }),
        "3208" + "0003612f62000a" + "78",
      );
      check.equal(
        encoded({ ...publish, retain: true, duplicate: true }),
        "3b08" + "0003612f62000a" + "78",
      );
      check.equal(
        encoded({ ...publish, packetId: 0, retain: false, duplicate: false }),
        "3006" + "0003612f62" + "78",
      );
    },
    "SUBSCRIBE, PUBACK, PINGREQ and DISCONNECT are as figured in sections 3.4 to 3.14"(check) {
      check.equal(
        encoded({ type: "subscribe", packetId: 10, topic: text("a/b") }),
        "8208" + "000a" + "0003612f62" + "01",
      );
      check.equal(encoded({ type: "puback", packetId: 0x1234 }), "40021234");
      check.equal(encoded({ type: "pingreq" }), "c000");
      check.equal(encoded({ type: "disconnect" }), "e000");
    },
    "CONNECT: protocol level 4, clean session, retained will of QoS 1 (section 3.1.2)"(check) {
      const will = { topic: text("w"), payload: text("offline") };
      check.equal(
        encoded({ type: "connect", clientId: text("ab"), keepAliveSeconds: 10, will }),
        "101a" +
          "00044d515454" +
          "04" +
          "2e" +
          "000a" +
          "00026162" +
          "000177" +
          "00076f66666c696e65",
      );
    },
    "the remaining length is table 2.4 at each boundary"(check) {
      const size = (payload: number) => ({
        type: "publish" as const,
        topic: text("t"),
        payload: new Uint8Array(payload),
        packetId: 0,
        retain: false,
        duplicate: false,
      });
      const table: [number, string][] = [
        [127, "7f"],
        [128, "8001"],
        [16_383, "ff7f"],
        [16_384, "808001"],
      ];
      for (const [remaining, digits] of table) {
        const outgoing = size(remaining - 3);
        const target = new Uint8Array(encodedBytes(outgoing));
        check.equal(target.length, 1 + digits.length / 2 + remaining, `size ${remaining}`);
        check.equal(encode(outgoing, target, 0), target.length, `end ${remaining}`);
        check.equal(
          toHex(target.subarray(1, 1 + digits.length / 2)),
          digits,
          `length ${remaining}`,
        );
      }
      // Only the length of these is asked for; two megabytes are more than a chip has.
      const sizeOnly = (length: number) =>
        encodedBytes({ ...size(0), payload: { length } as Uint8Array });
      check.equal(sizeOnly(2_097_151 - 3), 2_097_151 + 4);
      check.equal(sizeOnly(2_097_152 - 3), 2_097_152 + 5);
    },
    "an independent reader finds what was written"(check) {
      const payload = randomBytes(prng(5), 200);
      const target = fromHex(
        encoded({
          type: "publish",
          topic: text("é/𝄞"),
          payload,
          packetId: 65535,
          retain: true,
          duplicate: false,
        }),
      );
      check.equal(readClient(target as Uint8Array), [
        { type: "publish", topic: "é/𝄞", packetId: 65535, payload, duplicate: false, retain: true },
      ]);
    },
  },
};
