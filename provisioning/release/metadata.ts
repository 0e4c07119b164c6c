/** TUF 1.0 metadata as the release desk writes it: canonical, with lengths and hashes of everything. */
import { createHash } from "node:crypto";
import type { JsonObject, JsonValue } from "../../device/commands/strict-json.ts";
import { canonicalJson } from "../../device/update/metadata/canonical-json.ts";
import type { PublicKey, Signer } from "./signer.ts";

export const topLevelRoles = ["root", "targets", "snapshot", "timestamp"] as const;
export type TopLevelRole = (typeof topLevelRoles)[number];
export type OnlineRole = Exclude<TopLevelRole, "root">;

/** Any metadata file is far below; what a device takes is less (device/update/metadata/limits.ts). */
const largestFile = 1 << 20;

export interface Common {
  readonly version: number;
  readonly expires: Date;
}

export interface RoleKeys {
  readonly threshold: number;
  readonly keys: readonly PublicKey[];
}

export interface TargetFile {
  readonly length: number;
  /** Hex. */
  readonly sha256: string;
  readonly custom?: JsonObject;
}

export interface Delegation {
  readonly name: string;
  readonly paths: readonly string[];
  readonly keys: readonly PublicKey[];
}

/** A metadata file as another one names it. */
export interface NamedFile {
  readonly version: number;
  readonly bytes: Uint8Array;
}

/** Root's own member that says its keys are samples; TUF clients pass over members they do not know. */
export const sampleMark = "x-sample";

export function rootContent(
  common: Common,
  roles: Readonly<Record<TopLevelRole, RoleKeys>>,
  isSample: boolean,
): JsonObject {
  const keys: JsonObject = {};
  const described: JsonObject = {};
  for (const role of topLevelRoles) {
    for (const { id, key } of roles[role].keys) keys[id] = key;
    described[role] = {
      keyids: roles[role].keys.map(({ id }) => id),
      threshold: roles[role].threshold,
    };
  }
  return {
    ...head("root", common),
    consistent_snapshot: true,
    keys,
    roles: described,
    ...(isSample && { [sampleMark]: true }),
  };
}

export function targetsContent(
  common: Common,
  targets: ReadonlyMap<string, TargetFile>,
  delegations: readonly Delegation[] = [],
): JsonObject {
  const listed: JsonObject = {};
  for (const [path, { length, sha256, custom }] of targets)
    listed[path] = { length, hashes: { sha256 }, ...(custom && { custom }) };
  return {
    ...head("targets", common),
    targets: listed,
    ...(delegations.length > 0 && { delegations: delegationsContent(delegations) }),
  };
}

function delegationsContent(delegations: readonly Delegation[]): JsonObject {
  const keys: JsonObject = {};
  for (const delegation of delegations) for (const { id, key } of delegation.keys) keys[id] = key;
  const roles = delegations.map(({ name, paths, keys }) => ({
    name,
    paths: [...paths],
    keyids: keys.map(({ id }) => id),
    threshold: 1,
    // Nobody else speaks for these paths, so a search that comes here ends here.
    terminating: true,
  }));
  return { keys, roles };
}

/** @param roles targets roles by name. */
export function snapshotContent(common: Common, roles: ReadonlyMap<string, NamedFile>): JsonObject {
  const meta: JsonObject = {};
  for (const [name, file] of roles) meta[`${name}.json`] = named(file);
  return { ...head("snapshot", common), meta };
}

export function timestampContent(common: Common, snapshot: NamedFile): JsonObject {
  return { ...head("timestamp", common), meta: { "snapshot.json": named(snapshot) } };
}

function head(type: TopLevelRole, { version, expires }: Common): JsonObject {
  return {
    _type: type,
    spec_version: "1.0.34",
    version,
    expires: `${expires.toISOString().slice(0, 19)}Z`,
  };
}

function named({ version, bytes }: NamedFile): JsonObject {
  return { version, length: bytes.length, hashes: { sha256: sha256Hex(bytes) } };
}

export function sha256Hex(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * The file: `signed` with a signature of every signer over its canonical form. The file itself is plain JSON:
 * in canonical form the line ends of a PEM key would stand as they are, which no reader of JSON takes.
 */
export function signFile(signed: JsonObject, signers: readonly Signer[]): Uint8Array {
  const message = canonical(signed);
  const signatures = signers.map((one) => ({
    keyid: one.id,
    sig: Buffer.from(one.sign(message)).toString("hex"),
  }));
  return new Uint8Array(Buffer.from(JSON.stringify({ signatures, signed })));
}

function canonical(value: JsonValue): Uint8Array {
  const bytes = canonicalJson(value, largestFile);
  if (!bytes) throw new RangeError("metadata without a canonical form, or above a megabyte");
  return bytes.slice();
}
