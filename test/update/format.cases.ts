/** Hostile files: what is too large, cut, garbled or shaped like something else. */
import type { JsonObject, JsonValue } from "../../device/commands/strict-json.ts";
import { decodeText, encodeText } from "../../device/platform/text.ts";
import { canonicalJson } from "../../device/update/metadata/canonical-json.ts";
import { readDate } from "../../device/update/metadata/fields.ts";
import { deviceLimits } from "../../device/update/metadata/limits.ts";
import { advance, beginRefresh } from "../../device/update/metadata/refresh.ts";
import { acceptTimestamp } from "../../device/update/metadata/trusted-set.ts";
import { decodeState, encodeState } from "../../device/update/metadata/trusted-state.ts";
import { prng } from "../prng.ts";
import type { Case } from "../suite.ts";
import { Client } from "./client.ts";
import { now, Repository, signFile } from "./repository.ts";
import { toyCryptography, treeOf } from "./signers.ts";

const verifier = { now, limits: deviceLimits, ...toyCryptography };
const canonical = (value: JsonValue) => {
  const bytes = canonicalJson(treeOf(value), 1000);
  return bytes && decodeText(bytes);
};

/** What the client says to a timestamp of these bytes, size limit of the network aside. */
function judge(bytes: Uint8Array): string {
  const { state } = new Client(new Repository().firstRoot);
  const result = acceptTimestamp(state, bytes, verifier);
  return "refused" in result ? result.refused : "accepted";
}

export const cases: Record<string, Case> = {
  "a file above its role's limit is refused before it is read"(check) {
    const limit = {
      root: deviceLimits.rootBytes,
      timestamp: deviceLimits.timestampBytes,
      snapshot: deviceLimits.snapshotBytes,
      targets: deviceLimits.targetsBytes,
    };
    for (const [name, role] of [
      ["2.root.json", "root"],
      ["timestamp.json", "timestamp"],
      ["2.snapshot.json", "snapshot"],
      ["2.targets.json", "targets"],
    ] as const) {
      const repository = new Repository();
      repository.describes = false;
      repository.publish("root").release();
      const whole = repository.files.get(name) as Uint8Array;
      const padded = (length: number) => {
        const bytes = new Uint8Array(length).fill(0x20);
        bytes.set(whole);
        return new Map(repository.files).set(name, bytes);
      };
      const client = new Client(repository.firstRoot);
      check.equal(client.verdict(padded(limit[role] + 1)), `${role}: too-large`);
      check.equal(client.verdict(padded(limit[role])), "refreshed", "control: at the limit");
    }
  },

  "endless data given in spite of the limit is refused all the same"(check) {
    const { state } = new Client(new Repository().firstRoot);
    const start = beginRefresh(state, { now, limits: deviceLimits });
    const flood = { bytes: new Uint8Array(200_000).fill(0x20) };
    const next = advance(start, flood, toyCryptography);
    check.equal(next.ask, { ask: "nothing", outcome: { refused: "too-large", role: "root" } });
  },

  "a listed length above the limit is not even fetched"(check) {
    const repository = new Repository();
    const meta = repository.signed.snapshot?.meta;
    meta["targets.json"].length = deviceLimits.targetsBytes + 1;
    repository.publish("snapshot", "timestamp");
    const client = new Client(repository.firstRoot);
    check.equal(client.verdict(repository.files), "targets: too-large");
    check.equal(client.asked.length, 3, "root, timestamp, snapshot");
  },

  "a snapshot with more roles than can be remembered is refused"(check) {
    const repository = new Repository();
    const meta = repository.signed.snapshot?.meta;
    for (let number = 0; number < 60; number++)
      meta[`${"r".repeat(30)}${number}.json`] = { version: 1 };
    repository.publish("snapshot", "timestamp");
    const client = new Client(repository.firstRoot);
    check.equal(client.verdict(repository.files), "snapshot: too-large");
    client.limits = { ...deviceLimits, stateBytes: 10_000 };
    check.equal(client.verdict(repository.files), "refreshed", "control: with room for them");
  },

  "what is not JSON, or not of the right shape, is refused with a reason"(check) {
    const texts: [string, string][] = [
      ["", "not-json"],
      ["{", "not-json"],
      ["[]", "bad-metadata"],
      ["null", "bad-metadata"],
      ["{}", "bad-metadata"],
      ['{"signed":{}}', "bad-metadata"],
      ['{"signed":[],"signatures":[]}', "bad-metadata"],
      ['{"signed":{},"signatures":{}}', "bad-metadata"],
      ['{"signed":{},"signatures":[1]}', "bad-metadata"],
      ['{"signed":{},"signatures":[{"keyid":1,"sig":"00"}]}', "bad-metadata"],
      ['{"signed":{"a":1.5},"signatures":[]}', "bad-metadata"],
      ['{"signed":{"a":1e300},"signatures":[]}', "bad-metadata"],
      ['{"signed":{},"signatures":[]}', "threshold-not-met"],
      ['{"signed":{"a":1,"a":1},"signatures":[]}', "not-json"],
      [`{"signed":${"[".repeat(500)}${"]".repeat(500)},"signatures":[]}`, "not-json"],
      ['{"signed":{"a":1e15},"signatures":[]}', "threshold-not-met"],
    ];
    for (const [text, reason] of texts)
      check.equal(judge(encodeText(text)), reason, text.slice(0, 60));
    check.equal(judge(Uint8Array.of(0xff, 0xfe)), "not-json", "not UTF-8");
  },

  "well-signed metadata without its fields is refused with a reason"(check) {
    const repository = new Repository();
    const signers = repository.keys.timestamp.signers;
    const whole = repository.signed.timestamp ?? {};
    const meta = { "snapshot.json": { version: 1 } };
    for (const change of [
      { _type: 7 },
      { _type: undefined },
      { version: 0 },
      { version: -1 },
      { version: "1" },
      { version: undefined },
      { expires: "2030-01-01" },
      { expires: "2030-01-01T00:00:00+00:00" },
      { expires: "2030-02-30T00:00:00Z" },
      { expires: 1_900_000_000 },
      { expires: undefined },
      { meta: undefined },
      { meta: {} },
      { meta: { "snapshot.json": {} } },
      { meta: { "snapshot.json": { version: 0 } } },
      { meta: { "snapshot.json": { version: 1, length: 0 } } },
      { meta: { "snapshot.json": { version: 1, hashes: {} } } },
      { meta: { "snapshot.json": { version: 1, hashes: { sha256: "00" } } } },
    ]) {
      const signed = JSON.parse(JSON.stringify({ ...whole, meta, ...change }));
      check.equal(judge(signFile(signed, signers)), "bad-metadata", JSON.stringify(change));
    }
    check.equal(judge(signFile({ ...whole, meta }, signers)), "accepted", "control");
    check.equal(
      judge(signFile({ ...whole, meta, extra: [{}] }, signers)),
      "accepted",
      "unknown fields",
    );
  },

  "garbled files are refused with a reason, never with an exception"(check) {
    const random = prng(4);
    const repository = new Repository();
    const names = ["2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"];
    repository.publish("root");
    for (let round = 0; round < 12; round++) {
      const name = names[round % names.length] as string;
      const bytes = Uint8Array.from(repository.files.get(name) as Uint8Array);
      for (let flips = 0; flips < 3; flips++)
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      const verdict = new Client(repository.firstRoot).verdict(
        new Map(repository.files).set(name, bytes),
      );
      check.ok(verdict !== "refreshed" || sameMeaning(bytes, repository, name), verdict);
    }
  },

  "canonical form: sorted, bare, and only quote and backslash escaped"(check) {
    check.equal(canonical({ b: [true, null, -1], a: "x" }), '{"a":"x","b":[true,null,-1]}');
    check.equal(canonical('"\\\n\u0000é€😀'), '"\\"\\\\\n\u0000é€😀"');
    check.equal(
      decodeText(canonicalJson({ b: 1, a: [{}] }, 99) ?? new Uint8Array(0)),
      '{"a":[{}],"b":1}',
    );
    check.equal(canonical([]), "[]");
    check.equal(canonical({}), "{}");
    check.equal(canonical(-0), "0");
    check.equal(canonical({ "\uffee": 1, "😀": 2, a: 3, "": 4 }), '{"":4,"a":3,"\uffee":1,"😀":2}');
    check.equal(canonical({ ab: 1, a: 2, abc: 3 }), '{"a":2,"ab":1,"abc":3}');
    check.equal(canonical(9007199254740991), "9007199254740991");
    check.equal(canonical(9007199254740992), undefined, "not exact any more");
    check.equal(canonical(0.5), undefined, "a fraction");
    check.equal(canonicalJson("abc", 4), undefined, "no room");
    check.equal(canonicalJson("abc", 5)?.length, 5);
  },

  "dates have one spelling"(check) {
    check.equal(readDate("1985-10-21T01:21:00Z"), 498705660);
    check.equal(readDate("2000-02-29T23:59:59Z"), 951868799);
    check.equal(readDate("9999-12-31T23:59:59Z"), 253402300799);
    for (const text of [
      "1900-02-29T00:00:00Z",
      "2030-13-01T00:00:00Z",
      "2030-00-01T00:00:00Z",
      "2030-04-31T00:00:00Z",
      "2030-01-00T00:00:00Z",
      "2030-01-01T24:00:00Z",
      "2030-01-01T00:60:00Z",
      "2030-01-01T00:00:60Z",
      "2030-01-01T00:00:00z",
      "2030-01-01 00:00:00Z",
      "2030-01-01T00:00:00.0Z",
      "12030-01-01T00:00:00Z",
      "2030-1-1T00:00:00Z",
      "",
    ])
      check.equal(readDate(text), undefined, text);
  },

  "the trusted state is stored in one small value and read back the same"(check) {
    const repository = new Repository();
    repository.delegate("targets", { name: "__proto__", paths: ["p/*"] });
    repository.release("__proto__");
    const client = new Client(repository.firstRoot);
    check.equal(client.verdict(repository.files), "refreshed");
    const stored = encodeState(client.state);
    check.ok(stored.length < 1500, `${stored.length} bytes`);
    const read = decodeState(stored);
    check.equal(read && encodeState(read), stored);
    check.equal(read?.snapshot?.versions.get("__proto__"), 1);
  },

  "a stored state that is damaged is not read"(check) {
    const repository = new Repository();
    const client = new Client(repository.firstRoot);
    client.refresh(repository.files);
    const text = decodeText(encodeState(client.state)) ?? "";
    const broken = (change: (state: JsonObject) => void) => {
      const state = JSON.parse(text);
      change(state);
      return decodeState(encodeText(JSON.stringify(state)));
    };
    check.ok(
      broken(() => {}),
      "control",
    );
    // biome-ignore lint/suspicious/noExplicitAny: breaking what has a type
    const changes: ((state: any) => void)[] = [
      (state) => {
        state.format = 2;
      },
      (state) => {
        state.root.version = 0;
      },
      (state) => {
        state.root.roles.pop();
      },
      (state) => {
        state.root.roles[0].keys = [99];
      },
      (state) => {
        state.root.roles[0].threshold = 0;
      },
      (state) => {
        state.keys[0][2] = "!";
      },
      (state) => {
        state.timestamp.snapshot = {};
      },
      (state) => {
        state.snapshot.versions = [["targets"]];
      },
      (state) => {
        state.timestamp.signers = ["length"];
      },
    ];
    changes.forEach((change, index) => {
      check.equal(broken(change), undefined, `change ${index}`);
    });
    check.equal(decodeState(encodeText(text.slice(0, -1))), undefined, "cut");
    check.equal(decodeState(new Uint8Array(0)), undefined, "empty");
  },
};

/** A flip may land in white space or spell the same value: then nothing was changed. */
function sameMeaning(bytes: Uint8Array, repository: Repository, name: string): boolean {
  try {
    const changed = JSON.parse(String.fromCharCode(...bytes));
    const honest = repository.parsed(name);
    return JSON.stringify(changed.signed) === JSON.stringify(honest.signed);
  } catch {
    return false;
  }
}
