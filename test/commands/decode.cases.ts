import { MAX_COMMAND_BYTES } from "../../device/commands/command.ts";
import { decodeCommand } from "../../device/commands/decode.ts";
import { encodeText } from "../../device/platform/text.ts";
import type { Case } from "../suite.ts";
import { bytesOf, judge, type LampSetting, lampSet, tooLong } from "./owner.ts";

const refusalOf = (command: string | Uint8Array) => {
  const decoded = decodeCommand<LampSetting>(bytesOf(command), lampSet);
  return "refused" in decoded ? decoded.refused : undefined;
};

const lampOn = '{"v":1,"id":"a-1_B","set":{"lamp":true}}';

export const cases: Record<string, Case> = {
  "an ordinary command reaches the product in the product's type"(check) {
    check.equal(judge(lampOn), { kind: "product", id: "a-1_B", set: { lamp: true } });
    check.ok(typeof judge(lampOn, { ownerKey: undefined, now: 0 }) === "object", "no owner");
  },

  "too large is refused before it is read"(check) {
    check.equal(refusalOf(tooLong), "too-large");
    check.equal(refusalOf(new Uint8Array(MAX_COMMAND_BYTES + 1).fill(255)), "too-large", "garbage");
    check.equal(refusalOf(new Uint8Array(MAX_COMMAND_BYTES).fill(255)), "not-utf8", "control");
    const full = lampOn.padEnd(MAX_COMMAND_BYTES);
    check.equal(refusalOf(full), undefined, "control: the largest is read");
  },

  "what is not text is refused"(check) {
    const overlong = Uint8Array.of(0x22, 0xc0, 0xaf, 0x22);
    check.equal(refusalOf(overlong), "not-utf8", "overlong slash");
    check.equal(refusalOf(Uint8Array.of(0xed, 0xa0, 0x80)), "not-utf8", "surrogate");
    check.equal(refusalOf(encodeText(lampOn).subarray(0, 20)), "not-json", "truncated");
    check.equal(refusalOf(new Uint8Array(0)), "not-json", "empty");
    check.equal(refusalOf("[]"), "not-json", "an array");
    check.equal(refusalOf("true"), "not-json", "no object");
  },

  "a field more, a field fewer or a field of another type is refused"(check) {
    const refusals: Record<string, string> = {
      '{"v":1,"id":"a","set":{"lamp":true},"debug":true}': "unknown-field",
      '{"v":1,"id":"a","set":{"lamp":true},"__proto__":{}}': "unknown-field",
      '{"v":1,"id":"a"}': "bad-field",
      '{"id":"a","set":{"lamp":true}}': "bad-field",
      '{"v":2,"id":"a","set":{"lamp":true}}': "bad-field",
      '{"v":"1","id":"a","set":{"lamp":true}}': "bad-field",
      '{"v":1,"id":"","set":{"lamp":true}}': "bad-field",
      '{"v":1,"id":"a/../b","set":{"lamp":true}}': "bad-field",
      '{"v":1,"id":"a\\n","set":{"lamp":true}}': "bad-field",
      [`{"v":1,"id":"${"a".repeat(33)}","set":{"lamp":true}}`]: "bad-field",
      '{"v":1,"id":7,"set":{"lamp":true}}': "bad-field",
      '{"v":1,"id":"a","set":[]}': "bad-field",
      '{"v":1,"id":"a","set":null}': "bad-field",
      '{"v":1,"id":"a","set":{"lamp":1}}': "bad-field",
      '{"v":1,"id":"a","set":{"lamp":true,"mains":true}}': "bad-field",
      '{"v":1,"id":"a","set":{"__proto__":{"lamp":true}}}': "bad-field",
      '{"v":1,"id":"a","set":{"lamp":true},"set":{"lamp":false}}': "not-json",
    };
    for (const [command, reason] of Object.entries(refusals))
      check.equal(refusalOf(command), reason, command);
    check.equal(refusalOf(lampOn), undefined, "control: the sound one passes");
  },

  "what only an owner may ask for is refused unsigned"(check) {
    for (const cmd of ["wipe", "transfer-owner", "consent"])
      check.equal(refusalOf(`{"v":1,"id":"a","cmd":"${cmd}","args":{}}`), "not-signed", cmd);
    check.equal(refusalOf('{"v":1,"id":"a","cmd":"dance"}'), "unknown-field", "no command at all");
  },
};
