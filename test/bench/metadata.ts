/**
 * A complete set of update metadata, verified: a new root (2 of 3), timestamp, snapshot and targets, by
 * the device's verifier on Node and on XS under the chip's limits, and by tuf-js on the same files.
 */
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { deviceLimits } from "../../device/update/metadata/limits.ts";
import { nobleCryptography } from "../../device/update/metadata/noble-check.ts";
import { isRefused } from "../../device/update/metadata/refusal.ts";
import { trustRoot } from "../../device/update/metadata/trusted-set.ts";
import { encodeState } from "../../device/update/metadata/trusted-state.ts";
import type { Heap } from "../../host-sim/engine/engine.ts";
import { xsAvailable, xsEngine } from "../../host-sim/engine/xs-engine.ts";
import { bundle } from "../../host-sim/runtime/bundle.ts";
import { crypto } from "../crypto.ts";
import { Client } from "../update/client.ts";
import { Repository } from "../update/repository.ts";
import { ed25519Signer, type MakeSigner, p256Signer } from "../update/signers.ts";
import { TufJs } from "../update/tuf-js.ts";
import { median } from "./median.ts";

interface OnXs {
  readonly ms: number;
  /** Bytes above the loaded code: the most in use at once, and what is left afterwards. */
  readonly peakBytes: number;
  readonly afterBytes: number;
}

interface SetFigures {
  /** The four files together. */
  readonly bytes: number;
  readonly oursMs: number;
  readonly tufJsMs: number;
  readonly xs: OnXs | { readonly skipped: string };
  /** The trusted state as it is stored, bytes. */
  readonly stateBytes: number;
}

export interface MetadataFigures {
  readonly keys: Readonly<Record<string, SetFigures>>;
  readonly rounds: number;
}

interface Kind {
  readonly signer: MakeSigner;
  /** Targets beside the one that is wanted. */
  readonly others: number;
  /** Of the target, bytes: it is fetched and its digest compared as well. */
  readonly targetBytes?: number;
}

const kinds: Readonly<Record<string, Kind>> = {
  Ed25519: { signer: ed25519Signer, others: 0 },
  "P-256": { signer: p256Signer, others: 0 },
  "Ed25519, with a target of 1 MiB": { signer: ed25519Signer, others: 0, targetBytes: 1 << 20 },
  "P-256, with a target of 1 MiB": { signer: p256Signer, others: 0, targetBytes: 1 << 20 },
  "Ed25519, targets file at its limit": { signer: ed25519Signer, others: 59 },
};
const device = fileURLToPath(new URL("./metadata-device.ts", import.meta.url));
const target = "esp32c3/lamp.bin";

export async function run({ rounds = 5 } = {}): Promise<MetadataFigures> {
  const keys: Record<string, SetFigures> = {};
  for (const [name, kind] of Object.entries(kinds)) keys[name] = await verifySet(kind, rounds);
  return { keys, rounds };
}

async function verifySet(
  { signer, others, targetBytes }: Kind,
  rounds: number,
): Promise<SetFigures> {
  const now = Math.floor(Date.now() / 1000);
  const repository = new Repository(signer, now);
  const custom = { version: "1.2.0", why: { en: "Fixes a fault in the lamp's dimmer." } };
  const image = "T".repeat(targetBytes ?? 8);
  const digest = createHash("sha256").update(image).digest("hex");
  const file = target.replace("/", `/${digest}.`);
  repository.addTarget(target, image, "targets", custom);
  for (let other = 0; other < others; other++) repository.addTarget(`esp32c3/${other}.bin`, "x");
  repository.rotate("timestamp");
  repository.publish("root").release();
  const { firstRoot, files } = repository;
  if (targetBytes) files.set(file, Buffer.from(image));
  const verifier = { now, limits: deviceLimits, ...nobleCryptography(crypto) };
  const state = trustRoot(firstRoot, verifier);
  if (isRefused(state)) throw new Error(state.refused);
  const ours: number[] = [];
  const theirs: number[] = [];
  let stateBytes = 0;
  // The first round warms up and counts for nobody.
  for (let round = 0; round <= rounds; round++) {
    const client = new Client(firstRoot, { now, cryptography: verifier });
    const began = performance.now();
    found(client.verdict(files, target));
    if (targetBytes && digestOf(files.get(file)!) !== digest) throw new Error("another target");
    const between = performance.now();
    const tufJs = await TufJs.install(firstRoot);
    const installed = performance.now();
    found(await (targetBytes ? tufJs.download(files, target) : tufJs.verdict(files, target)));
    const ended = performance.now();
    await tufJs.remove();
    stateBytes = encodeState(client.state).length;
    if (round === 0) continue;
    ours.push(between - began);
    theirs.push(ended - installed);
  }
  const names = ["2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json"];
  const bytes = names.reduce((sum, name) => sum + (files.get(name)?.length ?? 0), 0);
  const fetched = targetBytes !== undefined;
  const xs = await onXs(encodeState(state), now, files, { rounds, fetched });
  return { bytes, oursMs: median(ours), tufJsMs: median(theirs), xs, stateBytes };
}

/** In the pieces in which a device gets it. */
function digestOf(bytes: Uint8Array): string {
  const hash = createHash("sha256");
  for (let at = 0; at < bytes.length; at += 4_096) hash.update(bytes.subarray(at, at + 4_096));
  return hash.digest("hex");
}

function found(verdict: string): void {
  if (verdict !== "found") throw new Error(`the repository is refused: ${verdict}`);
}

async function onXs(
  state: Uint8Array,
  now: number,
  files: ReadonlyMap<string, Uint8Array>,
  { rounds, fetched }: { readonly rounds: number; readonly fetched: boolean },
): Promise<SetFigures["xs"]> {
  const available = xsAvailable();
  if (!available.ok) return { skipped: available.reason };
  const { source } = await bundle(device);
  const times: number[] = [];
  let hash = createHash("sha256");
  let outcome: (text: string) => void = () => {};
  const machine = await xsEngine.start({
    source,
    hostCall(op, json, given) {
      let bytes: Uint8Array | undefined;
      if (op === "outcome") outcome(json);
      else if (op === "get") bytes = files.get(JSON.parse(json));
      else if (op === "read") {
        const asked = JSON.parse(json);
        bytes = files.get(asked.file)?.subarray(asked.at, asked.at + asked.bytes);
      } else if (op === "digest.write" && given) hash.update(given);
      else if (op === "digest.close") {
        bytes = hash.digest();
        hash = createHash("sha256");
      }
      return { json: "null", ...(bytes && { bytes }) };
    },
    onDeath: (death, detail) => outcome(`the machine died: ${death} ${detail}`),
  });
  let heap: Heap | undefined;
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    const text = await new Promise<string>((resolve) => {
      outcome = resolve;
      machine.deliver("refresh", JSON.stringify({ now, target, fetched }), state);
    });
    times.push(performance.now() - began);
    if (text !== '["found"]') throw new Error(`on XS: ${text}`);
    await machine.idle();
    heap = await machine.heap();
  }
  machine.kill();
  const { livePeak = 0, slots = 0, chunks = 0 } = heap ?? {};
  return { ms: median(times), peakBytes: livePeak, afterBytes: slots + chunks };
}

export function describe({ keys, rounds }: MetadataFigures): string {
  const lines = Object.entries(keys).map(([kind, { bytes, oursMs, tufJsMs, xs, stateBytes }]) => {
    const chip =
      "skipped" in xs
        ? xs.skipped
        : `${xs.ms.toFixed(0)} ms (${(xs.ms / tufJsMs).toFixed(1)} times tuf-js under Node), peak ${xs.peakBytes} bytes of heap, ${xs.afterBytes} after`;
    return [
      `${kind}, ${bytes} bytes: ours ${oursMs.toFixed(1)} ms, tuf-js ${tufJsMs.toFixed(1)} ms`,
      `  on XS: ${chip}; trusted state ${stateBytes} bytes`,
    ].join("\n");
  });
  return [...lines, `(median of ${rounds})`].join("\n");
}
