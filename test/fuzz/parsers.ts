/** The parsers and state machines that meet the outside, beside MQTT and commands. */
import { readFileSync } from "node:fs";
import { encodeText } from "../../device/platform/text.ts";
import { readConsents } from "../../device/privacy/consent.ts";
import type { OwnerRecords } from "../../device/privacy/owner-records.ts";
import { parseClaim, parseObject } from "../../device/setup/claim.ts";
import { encodeImprov, ImprovDecoder } from "../../device/setup/improv-packet.ts";
import { parseRequest } from "../../device/setup/request.ts";
import { openKeyValue } from "../../device/storage/key-value.ts";
import { parseLabelPayload } from "../../provisioning/label.ts";
import { normaliseSerial } from "../../provisioning/serial.ts";
import { normalisePassword } from "../../provisioning/set-up-password.ts";
import { NorModel } from "../nor-model.ts";
import type { GuidedOptions } from "./guided.ts";
import { updateParsers } from "./update-parsers.ts";
import { json, must, texts } from "./words.ts";

const wish = {
  do: "set-up",
  wifi: { ssid: "Home", password: "correct horse" },
  broker: { host: "broker.example", port: 8883 },
  owner: Buffer.alloc(32, 7).toString("base64url"),
  time: 1_800_000_000,
};
const request: GuidedOptions = {
  name: "set-up request",
  seeds: texts(
    JSON.stringify(wish),
    '{"do":"status"}',
    JSON.stringify({ wifi: wish.wifi, broker: wish.broker, owner: wish.owner }),
  ),
  tokens: [...json, ...texts('"host":"', "..", "-", "65536", "0.5", '"do":"', '"spreadS":')],
  longest: 2_048,
  attempt(bytes) {
    const parsed = parseRequest(bytes);
    if (parsed?.do === "set-up") {
      must(parsed.owner.length === 32, "an owner's key of another length");
      must(/^[a-z0-9.-]+$/.test(parsed.broker.host), "a broker that is no name");
      if (parsed.wifi !== "by-cable")
        must(encodeText(parsed.wifi.ssid).length <= 32, "a network's name too long");
    }
    return `${parsed?.do ?? "no request"}, ${parseClaim(parseObject(bytes)) ? "claim" : "no claim"}`;
  },
};

const stored = new NorModel(2, 256);
const store = openKeyValue(stored);
store.write("one", encodeText("a value of some length"));
store.write("two", encodeText("another"));
store.delete("one");
store.write("three", Uint8Array.of(1, 2, 3));
const storage: GuidedOptions = {
  name: "flash",
  seeds: [stored.bytes.slice(), new Uint8Array(512).fill(0xff)],
  tokens: [
    Uint8Array.of(0xff, 0xff),
    Uint8Array.of(0, 0),
    Uint8Array.of(0xff, 0x7f),
    encodeText("two"),
  ],
  longest: 512,
  attempt(bytes) {
    const flash = new NorModel(2, 256);
    flash.bytes.set(bytes);
    const found = openKeyValue(flash);
    const keys = found.keys();
    for (const key of keys) must(found.read(key) !== undefined, "a key without its value");
    const value = Uint8Array.of(42);
    found.write("new", value);
    must(
      openKeyValue(flash).read("new")?.[0] === 42,
      "what was written is not there at the next start",
    );
    return `${Math.min(keys.length, 4)} keys`;
  },
};

const improv: GuidedOptions = {
  name: "improv",
  seeds: [
    encodeImprov({
      type: 3,
      data: Uint8Array.of(1, 11, 4, ...encodeText("Home"), 5, ...encodeText("wrong")),
    }),
    encodeImprov({ type: 3, data: Uint8Array.of(2, 0) }),
    encodeText("noise of a console\r\nIMPROV"),
  ],
  tokens: [encodeText("IMPROV"), Uint8Array.of(1), Uint8Array.of(0x0a), Uint8Array.of(255)],
  longest: 600,
  attempt(bytes, random) {
    const decoder = new ImprovDecoder();
    const kinds = new Set<string>();
    for (let at = 0; at < bytes.length; ) {
      const size = 1 + Math.floor(random() * bytes.length);
      for (const one of decoder.feed(bytes.subarray(at, at + size)))
        kinds.add(one === "damaged" ? "damaged" : "packet");
      at += size;
      must(decoder.keptBytes <= 160, "keeps more than a packet");
    }
    return [...kinds].sort().join(" and ") || "nothing";
  },
};

const consents: GuidedOptions = {
  name: "stored choices",
  seeds: texts('{"child":false,"choices":{"climate":{"granted":true,"notice":1,"at":1800000000}}}'),
  tokens: [...json, ...texts('"granted":true', '"choices":', '"child":true')],
  longest: 400,
  attempt(bytes) {
    const { child, choices } = readConsents({ read: () => bytes } as unknown as OwnerRecords);
    must(typeof child === "boolean", "a profile that is none");
    for (const choice of Object.values(choices))
      must(typeof choice.granted === "boolean", "a choice that is none");
    return `${Object.keys(choices).length} choices`;
  },
};

const label: GuidedOptions = {
  name: "label",
  seeds: texts("T13:1:7K3QF9M2XW4C:0123456789ABCDEF:ABCD", "7k3q-f9m2-xw4c", "0123-4567-89AB-CDEF"),
  tokens: texts(":", "-", " ", "I", "O", "l", "T13:1:"),
  longest: 120,
  attempt(bytes) {
    const text = Buffer.from(bytes).toString("latin1");
    const content = parseLabelPayload(text);
    if (content) must(normaliseSerial(content.serial) === content.serial, "a serial that is none");
    const password = normalisePassword(text);
    if (password) must(/^[0-9A-HJKMNP-TV-Z]{16}$/.test(password), "a password that is none");
    return content ? "label" : password ? "password" : normaliseSerial(text) ? "serial" : "none";
  },
};

export const parsers: readonly GuidedOptions[] = [
  ...updateParsers,
  request,
  storage,
  improv,
  consents,
  label,
];

/** Inputs that long runs found worth keeping, small and committed. */
export function keptCorpus(name: string): Uint8Array[] {
  try {
    const file = new URL(`./corpus/${name.replaceAll(" ", "-")}.json`, import.meta.url);
    return (JSON.parse(readFileSync(file, "utf8")) as string[]).map((one) =>
      Uint8Array.from(Buffer.from(one, "base64")),
    );
  } catch {
    return [];
  }
}
