/** The parsers and state machines of an update: metadata, what is kept of it, the host's answers, images. */
import { readTree } from "../../device/commands/strict-json.ts";
import { decodeText, encodeText } from "../../device/platform/text.ts";
import { DeltaReader } from "../../device/update/delta.ts";
import { readIndex } from "../../device/update/download.ts";
import { ResponseDecoder } from "../../device/update/http.ts";
import { openEnvelope, readHeader } from "../../device/update/metadata/envelope.ts";
import { deviceLimits } from "../../device/update/metadata/limits.ts";
import { isRefused } from "../../device/update/metadata/refusal.ts";
import { readTargets, type VerifiedTarget } from "../../device/update/metadata/targets.ts";
import { trustRoot } from "../../device/update/metadata/trusted-set.ts";
import {
  decodeState,
  encodeState,
  type TrustedState,
} from "../../device/update/metadata/trusted-state.ts";
import { readRelease } from "../../device/update/policy.ts";
import { makeDelta } from "../../provisioning/release/delta.ts";
import { prng, randomBytes } from "../prng.ts";
import { now, Repository } from "../update/repository.ts";
import { sampleDelta, sampleRelease } from "../update/sample-release.ts";
import { toyCryptography } from "../update/signers.ts";
import type { GuidedOptions } from "./guided.ts";
import { json, must, texts } from "./words.ts";

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

const folder = "T13-LAMP-1/desk/";
const index: GuidedOptions = {
  name: "release index",
  seeds: texts(
    `{"v":1,"targets":["${folder}1.2.3.bin","${folder}1.2.3-from-0123456789abcdef.delta"]}`,
  ),
  tokens: [...json, ...texts("../", "%2e", "//", folder, '"v":1', '"targets":')],
  longest: 2_100,
  attempt(bytes) {
    const paths = readIndex(bytes, folder);
    for (const path of paths ?? [])
      must(/^T13-LAMP-1\/desk\/[\w.-]+$/.test(path), "a path that leads elsewhere");
    return paths ? `${Math.min(paths.length, 4)} paths` : "no index";
  },
};

const description: GuidedOptions = {
  name: "release description",
  seeds: texts(
    JSON.stringify(sampleRelease),
    JSON.stringify({ ...sampleRelease, ...sampleDelta(5) }),
  ),
  tokens: [
    ...json,
    ...texts('"severity":"critical"', '"percent":101', "2031-02-30", '"counter":-1', "1.2.65536"),
  ],
  longest: 2_000,
  attempt(bytes) {
    const text = decodeText(bytes);
    if (text === undefined || !readTree(text, 8)) return "no JSON";
    const custom = JSON.parse(text); // the device's own tree is stricter, and was asked
    if (typeof custom !== "object" || custom === null || Array.isArray(custom)) return "no object";
    const signed = { algorithm: "sha256", value: new Uint8Array(32) };
    const target = { path: `${folder}1.2.3.bin`, length: 5, digest: signed, custom };
    const release = readRelease(target as unknown as VerifiedTarget);
    if (typeof release === "string") return release;
    must(release.why.trim() !== "" && release.risk.trim() !== "", "a release that says nothing");
    must(release.percent >= 0 && release.percent <= 100, "a share that is none");
    must(release.image.counter >= 0, "a counter below any floor");
    return release.base === undefined ? "image" : "delta";
  },
};

export const updateParsers: readonly GuidedOptions[] = [
  metadata,
  state,
  http,
  delta,
  index,
  description,
];
