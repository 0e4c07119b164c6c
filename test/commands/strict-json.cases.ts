import { type JsonValue, readJson } from "../../device/commands/strict-json.ts";
import type { Case } from "../suite.ts";

const read = (text: string) => readJson(text)?.value;

export const cases: Record<string, Case> = {
  "what JSON.parse reads within the limits is read alike"(check) {
    const texts = [
      "{}",
      "[]",
      " \t\r\n[ 1 , -0.5e+3 , 0 , -0 , 1E2, 123456789.123456789 ] ",
      '{"a":null,"b":[true,false],"c":{"d":{"e":1}}}',
      String.raw`"\"\\\/\b\f\n\r\té\u20AC\ud83d\ude00"`,
      '"é€😀"',
      "9007199254740991",
      '""',
    ];
    for (const text of texts) {
      const plain = (value: JsonValue | undefined) => JSON.stringify(value);
      check.equal(plain(read(text)), JSON.stringify(JSON.parse(text)), text);
    }
  },

  "what is not JSON is refused"(check) {
    const texts = [
      "",
      " ",
      "{",
      "}",
      "[1,]",
      '{"a":1,}',
      "{a:1}",
      "{'a':1}",
      '{"a"}',
      '{"a":}',
      "[1 2]",
      "01",
      "+1",
      "1.",
      ".5",
      "1e",
      "-",
      "0x10",
      "NaN",
      "Infinity",
      "tru",
      "nulll",
      "1 1",
      '"a',
      '"\u0000"',
      '"\n"',
      String.raw`"\x"`,
      String.raw`"\u12G4"`,
      String.raw`"\u12`,
      '"\\',
      "\ufeff{}",
      "/**/1",
      "[1]//",
      "undefined",
    ];
    for (const text of texts) {
      check.equal(readJson(text), undefined, JSON.stringify(text));
      check.throws(() => JSON.parse(text), `control: JSON.parse of ${JSON.stringify(text)}`);
    }
  },

  "two members of one name are refused, where JSON.parse takes the last"(check) {
    for (const text of [
      '{"set":1,"set":2}',
      String.raw`{"set":1,"\u0073et":2}`,
      '[{"a":{"b":1,"b":1}}]',
    ])
      check.equal(readJson(text), undefined, text);
    check.equal(JSON.parse('{"set":1,"set":2}'), { set: 2 }, "control");
  },

  "deep nesting is refused at the fifth level"(check) {
    check.ok(readJson("[[[[1]]]]"), "four levels");
    check.equal(readJson("[[[[[1]]]]]"), undefined, "five levels");
    check.equal(readJson('{"a":{"a":{"a":{"a":{}}}}}'), undefined, "five objects");
    // JSON.parse would go on until the chip's stack ends.
    check.equal(readJson("[".repeat(100_000)), undefined, "no stack overflow");
  },

  "a caller may allow more nesting, and no more than that"(check) {
    const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
    check.ok(readJson(nested(12), 12), "twelve levels");
    check.equal(readJson(nested(13), 12), undefined, "thirteen");
    check.ok(readJson(nested(2000), 2000), "depth costs no stack");
  },

  "numbers that are not doubles are refused"(check) {
    for (const text of ["1e999", "-1e999", "1".repeat(400), `0.${"1".repeat(400)}`])
      check.equal(readJson(text), undefined, text.slice(0, 20));
    check.equal(JSON.parse("1e999"), Number.POSITIVE_INFINITY, "control: JSON.parse");
    check.equal(read("-1.7976931348623157e+308"), -Number.MAX_VALUE, "the longest double");
  },

  "half a surrogate pair is refused"(check) {
    for (const text of [String.raw`"\ud83d"`, String.raw`"\ude00\ud83d"`, String.raw`"\ud83dx"`])
      check.equal(readJson(text), undefined, text);
  },

  "__proto__ is a member like any other"(check) {
    const value = read('{"__proto__":{"admin":true},"constructor":1}');
    check.equal(Object.keys(value as object), ["__proto__", "constructor"], "own members");
    check.equal((value as { admin?: unknown }).admin, undefined, "nothing inherited");
    check.equal(({} as { admin?: unknown }).admin, undefined, "nothing polluted");
    check.equal(readJson('{"__proto__":1,"__proto__":2}'), undefined, "and may not come twice");
  },
};
