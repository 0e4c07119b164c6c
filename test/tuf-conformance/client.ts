/**
 * The device's verifier behind the command line of the TUF project's conformance suite (its
 * CLIENT-CLI.md). Only files and HTTP are added here; every decision is `device/update/metadata`'s,
 * under the device's own limits.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { crypto } from "../../device/crypto/noble.ts";
import { deviceLimits } from "../../device/update/metadata/limits.ts";
import { nobleCryptography } from "../../device/update/metadata/noble-check.ts";
import {
  type Answer,
  type Ask,
  advance,
  beginRefresh,
  lookFor,
  percentEncode,
  type Refresh,
} from "../../device/update/metadata/refresh.ts";
import { isRefused } from "../../device/update/metadata/refusal.ts";
import type { VerifiedTarget } from "../../device/update/metadata/targets.ts";
import { trustRoot } from "../../device/update/metadata/trusted-set.ts";
import { decodeState, encodeState } from "../../device/update/metadata/trusted-state.ts";

class Failed extends Error {}

const cryptography = nobleCryptography(crypto);
const now = Math.floor(Date.now() / 1000);
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    "metadata-dir": { type: "string" },
    "metadata-url": { type: "string" },
    "target-name": { type: "string", multiple: true },
    "target-base-url": { type: "string" },
    "target-dir": { type: "string" },
  },
});

function need(option: Exclude<keyof typeof values, "target-name">): string {
  const value = values[option];
  if (value === undefined) throw new Failed(`--${option} is missing`);
  return value;
}

/** All at once or not at all. */
function store(path: string, bytes: Uint8Array): void {
  writeFileSync(`${path}.new`, bytes);
  renameSync(`${path}.new`, path);
}

const kept = (role: string) => join(need("metadata-dir"), `${percentEncode(role)}.json`);
const statePath = () => join(need("metadata-dir"), "trusted.state");

function init(rootPath: string | undefined): void {
  if (rootPath === undefined) throw new Failed("init needs a trusted root");
  const root = readFileSync(rootPath);
  const state = trustRoot(root, { now, limits: deviceLimits, ...cryptography });
  if (isRefused(state)) throw new Failed(`the trusted root is refused: ${state.refused}`);
  store(kept("root"), root);
  store(statePath(), encodeState(state));
}

async function get(base: string, file: string, maxBytes: number): Promise<Answer> {
  const url = `${base}${base.endsWith("/") ? "" : "/"}${file}`;
  const response = await fetch(url);
  if (response.status === 404 || response.status === 403) return "absent";
  if (!response.ok || !response.body) return "failed";
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > maxBytes) return "too-large";
    chunks.push(chunk);
  }
  return { bytes: new Uint8Array(Buffer.concat(chunks)) };
}

async function answer(ask: Exclude<Ask, { ask: "nothing" }>): Promise<Answer> {
  if (ask.ask === "fetch") return get(need("metadata-url"), ask.file, ask.maxBytes);
  const path = kept(ask.role);
  return existsSync(path) ? { bytes: new Uint8Array(readFileSync(path)) } : "absent";
}

/** Runs the machine to its end, storing what is trusted before anything else is asked for. */
async function run(start: Refresh): Promise<Refresh> {
  let refresh = start;
  while (refresh.ask.ask !== "nothing") {
    const given = await answer(refresh.ask);
    const next = advance(refresh, given, cryptography);
    if (next.state !== refresh.state) store(statePath(), encodeState(next.state));
    if (next.accepted !== undefined && typeof given === "object")
      store(kept(next.accepted), given.bytes);
    refresh = next;
  }
  const { outcome } = refresh.ask;
  if ("refused" in outcome) throw new Failed(`${outcome.role}: ${outcome.refused}`);
  return refresh;
}

function begin(target: string | undefined): Refresh {
  const state = existsSync(statePath()) ? decodeState(readFileSync(statePath())) : undefined;
  if (!state) throw new Failed("there is no trusted root: run init");
  return beginRefresh(state, {
    now,
    limits: deviceLimits,
    ...(target === undefined ? {} : { target }),
  });
}

async function download(): Promise<void> {
  let refresh: Refresh | undefined;
  for (const name of values["target-name"] ?? []) {
    refresh = await run((refresh && lookFor(refresh, name)) ?? begin(name));
    const { ask } = refresh;
    if (ask.ask === "nothing" && "found" in ask.outcome) await fetchTarget(ask.outcome.found);
  }
}

async function fetchTarget(target: VerifiedTarget): Promise<void> {
  const path = join(need("target-dir"), percentEncode(target.path));
  if (existsSync(path) && isWhole(readFileSync(path), target)) return;
  const given = await get(need("target-base-url"), target.file, target.length);
  if (typeof given !== "object") throw new Failed(`${target.path}: ${given}`);
  if (!isWhole(given.bytes, target)) throw new Failed(`${target.path}: wrong length or hash`);
  store(path, given.bytes);
}

function isWhole(bytes: Uint8Array, { length, digest }: VerifiedTarget): boolean {
  const hash = createHash(digest.algorithm).update(bytes).digest();
  return bytes.length === length && hash.equals(digest.value);
}

async function main(): Promise<void> {
  const [command, ...rest] = positionals;
  if (command === "init") init(rest[0]);
  else if (command === "refresh") await run(begin(undefined));
  else if (command === "download") await download();
  else throw new Failed("usage: client [options] init <root> | refresh | download");
}

main().catch((error: unknown) => {
  const line = error instanceof Failed ? error.message : error;
  console.error(line);
  process.exitCode = 1;
});
