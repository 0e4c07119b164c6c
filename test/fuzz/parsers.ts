/** The parsers and state machines that meet the outside, beside MQTT and commands. */
import { readFileSync } from "node:fs";
import { encodeText } from "../../device/platform/text.ts";
import { readConsents } from "../../device/privacy/consent.ts";
import type { OwnerRecords } from "../../device/privacy/owner-records.ts";
import { parseClaim, parseObject } from "../../device/setup/claim.ts";
import { encodeImprov, ImprovDecoder } from "../../device/setup/improv-packet.ts";
import { parseRequest } from "../../device/setup/request.ts";
import { openKeyValue } from "../../device/storage/key-value.ts";
import { DeltaReader } from "../../device/update/delta.ts";
import { ResponseDecoder } from "../../device/update/http.ts";
import { openEnvelope, readHeader } from "../../device/update/metadata/envelope.ts";
import { deviceLimits } from "../../device/update/metadata/limits.ts";
import { isRefused } from "../../device/update/metadata/refusal.ts";
import { readTargets } from "../../device/update/metadata/targets.ts";
import { trustRoot } from "../../device/update/metadata/trusted-set.ts";
import {
  decodeState,
  encodeState,
  type TrustedState,
} from "../../device/update/metadata/trusted-state.ts";
import { parseLabelPayload } from "../../provisioning/label.ts";
import { makeDelta } from "../../provisioning/release/delta.ts";
import { normaliseSerial } from "../../provisioning/serial.ts";
import { normalisePassword } from "../../provisioning/set-up-password.ts";
import { NorModel } from "../nor-model.ts";
import { prng, randomBytes } from "../prng.ts";
import { now, Repository } from "../update/repository.ts";
import { toyCryptography } from "../update/signers.ts";
import type { GuidedOptions } from "./guided.ts";

const texts = (...list: string[]) => list.map(encodeText);
const json = texts(
  '"',
  "{",
  "}",
  "[",
  "]",
  ":",
  ",",
  "null",
  "true",
  "1e999",
  '"__proto__":',
  "\\u0000",
  "\\ud800",
  "-0",
  "9007199254740993",
);

/** What is thrown here is a broken promise. */
function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

const repository = new Repository();
repository.addTarget("lamp/1.0.0.bin", "image", "targets", { v: 1 });
repository.delegate("targets", { name: "beta", paths: ["lamp/*"] });
repository.release();
const files = [...repository.files.values()].map((bytes) => bytes.slice());
const verifier = { now, limits: deviceLimits, ...toyCryptography };

const metadata: GuidedOptions = {
  name: "update metadata",
  seeds: files,
  tokens: [
    ...json,
    ...texts(
      '"keyids":[',
      '"threshold":0',
      '"signatures":',
      '"paths":["*"]',
      "2099-01-01T00:00:00Z",
      "../",
    ),
  ],
  longest: deviceLimits.rootBytes + 64,
  attempt(bytes) {
    const root = trustRoot(bytes, verifier);
    if (!isRefused(root)) {
      must(bytes.length <= deviceLimits.rootBytes, "a root above its limit was believed");
      return "root believed";
    }
    const envelope = openEnvelope(bytes, deviceLimits.targetsBytes);
    if (isRefused(envelope)) return `envelope ${envelope.refused}`;
    const header = readHeader(envelope.signed(), "targets");
    if (isRefused(header)) return `header ${header.refused}`;
    return readTargets(envelope.signed(), toyCryptography.sha256) ? "targets read" : "no targets";
  },
};

const trusted = trustRoot(repository.firstRoot, verifier) as TrustedState;
const state: GuidedOptions = {
  name: "stored trust",
  seeds: [encodeState(trusted)],
  tokens: json,
  longest: deviceLimits.stateBytes,
  attempt(bytes) {
    const read = decodeState(bytes);
    if (!read) return "not read";
    must(read.root.version >= 1, "a root without a version");
    return "read";
  },
};

const answer = (...lines: string[]) =>
  encodeText(`${lines.join("\r\n")}\r\n\r\nhello world, this is the file`);
const http: GuidedOptions = {
  name: "http answer",
  seeds: [
    answer("HTTP/1.1 200 OK", "Content-Length: 30"),
    answer("HTTP/1.1 206 Partial Content", "Content-Length: 20", "Content-Range: bytes 10-29/30"),
    answer("HTTP/1.1 404 Not Found", "Content-Length: 0"),
  ],
  tokens: texts(
    "\r\n",
    "Transfer-Encoding: chunked",
    "Content-Length: ",
    "99999999999999999999",
    "Content-Encoding: gzip",
    "HTTP/1.0 ",
    "206 ",
    "bytes 0-",
    "\0",
    ": ",
  ),
  longest: 6_000,
  attempt(bytes, random) {
    const from = random() < 0.5 ? 0 : 10;
    const decoder = new ResponseDecoder({ path: "/f", from, maxBytes: 64 } as ConstructorParameters<
      typeof ResponseDecoder
    >[0]);
    let taken = 0;
    for (let at = 0; at < bytes.length; ) {
      const size = 1 + Math.floor(random() * bytes.length);
      const piece = decoder.push(bytes.subarray(at, at + size));
      at += size;
      if (typeof piece === "string") return piece;
      taken += piece.body.length;
      must(taken <= 64, "more was taken than was allowed");
      if (piece.whole) return "whole";
    }
    return "waits";
  },
};

const base = randomBytes(prng(3), 5_000);
const image = Uint8Array.from(base, (byte, at) => (at % 50 === 0 ? byte ^ 1 : byte));
const sha256 = toyCryptography.sha256;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
class Digest {
  #bytes: number[] = [];
  write(bytes: ArrayBuffer | Uint8Array): void {
    for (const byte of new Uint8Array(bytes as ArrayBuffer)) this.#bytes.push(byte);
  }
  close(): Uint8Array {
    return sha256(Uint8Array.from(this.#bytes));
  }
}
/** The slot that the base lies in; what is behind it is none of a delta's business, and harmless. */
const slot = new Uint8Array(8_192).fill(0xff);
slot.set(base);
const baseSha256 = hex(sha256(base));
/** The digest of the base is the same every time: it is not what is tried here. */
class KnownDigest extends Digest {
  override write(): void {}
  override close(): Uint8Array {
    return sha256(base);
  }
}
const delta: GuidedOptions = {
  name: "delta",
  seeds: [makeDelta(base, image, { shift: 12 }) as Uint8Array],
  tokens: [
    Uint8Array.of(0xff, 0xff, 0xff, 0xff),
    Uint8Array.of(0, 0, 0, 0),
    Uint8Array.of(12),
    Uint8Array.of(20),
  ],
  longest: 4_000,
  attempt(bytes, random) {
    let made = 0;
    const reader = new DeltaReader({
      base: {
        status: () => ({ size: 8_192, blockLength: 4_096, blocks: 2 }),
        read(length: number, offset: number) {
          must(offset >= 0 && offset + length <= slot.length, "read outside of the slot");
          return slot.slice(offset, offset + length).buffer;
        },
      } as unknown as ConstructorParameters<typeof DeltaReader>[0]["base"],
      baseSha256,
      image: {
        sha256: hex(sha256(image)),
        length: image.length,
        counter: 1,
        version: "1.0.0",
      } as never,
      Digest: KnownDigest as never,
      onBytes(part) {
        made += part.length;
        must(made <= image.length, "made more than the image");
      },
    });
    for (let at = 0; at < bytes.length; ) {
      const size = 1 + Math.floor(random() * bytes.length);
      const fault = reader.push(bytes.subarray(at, at + size));
      at += size;
      if (fault) return fault;
    }
    return made === image.length ? "whole" : "waits";
  },
};

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
  metadata,
  state,
  http,
  delta,
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
