/** What a targets role says: about targets, and about who else may speak for which (section 4.5). */
import {
  isMap,
  type JsonMap,
  type JsonObject,
  type JsonTree,
  type JsonValue,
} from "../../commands/strict-json.ts";
import { topLevelRoles } from "./contents.ts";
import { type Digest, readCount, readDigest, readTexts } from "./fields.ts";
import type { Sha256 } from "./key.ts";
import { matchesPattern } from "./path-pattern.ts";
import type { Refused } from "./refusal.ts";
import { type Role, readRole } from "./role.ts";

declare const verified: unique symbol;

/**
 * A file as the repository's keys describe it, found by the whole workflow and by nothing else: only
 * this opens a slot for writing.
 */
export interface VerifiedTarget {
  readonly [verified]: true;
  /** The name it was asked for by. */
  readonly path: string;
  /** Where it is, relative to the targets' base URL: with its hash in front in a consistent one. */
  readonly file: string;
  /** Bytes. */
  readonly length: number;
  readonly digest: Digest;
  /** The release's own words (version, board, texts), as signed; `{}` when there are none. */
  readonly custom: JsonObject;
}

/** A delegated role as its delegator describes it. */
export interface Delegation {
  readonly name: string;
  readonly role: Role;
  readonly terminating: boolean;
  /** Exactly one of the two. */
  readonly paths: readonly string[] | undefined;
  readonly hashPrefixes: readonly string[] | undefined;
}

export interface TargetsContent {
  readonly targets: JsonMap;
  /** In order of priority. */
  readonly delegations: readonly Delegation[];
}

export function readTargets(signed: JsonMap, sha256: Sha256): TargetsContent | undefined {
  const targets = signed.get("targets");
  const delegations = readDelegations(signed.get("delegations"), sha256);
  return isMap(targets) && delegations ? { targets, delegations } : undefined;
}

function readDelegations(value: JsonTree | undefined, sha256: Sha256): Delegation[] | undefined {
  if (value === undefined) return [];
  const keys = isMap(value) ? value.get("keys") : undefined;
  const roles = isMap(value) ? value.get("roles") : undefined;
  if (!isMap(keys) || !Array.isArray(roles)) return undefined;
  const delegations: Delegation[] = [];
  for (const entry of roles) {
    const delegation = readDelegation(entry, keys, sha256);
    if (!delegation || delegations.some(({ name }) => name === delegation.name)) return undefined;
    delegations.push(delegation);
  }
  return delegations;
}

function readDelegation(value: JsonTree, keys: JsonMap, sha256: Sha256): Delegation | undefined {
  const role = readRole(value, keys, sha256);
  if (!role || !isMap(value)) return undefined;
  const name = value.get("name");
  const terminating = value.get("terminating") ?? false;
  // A delegated "timestamp" would share its file names with the real one.
  if (typeof name !== "string" || name === "" || topLevelRoles.some((top) => top === name))
    return undefined;
  const paths = readTexts(value.get("paths"));
  const hashPrefixes = readTexts(value.get("path_hash_prefixes"));
  if (typeof terminating !== "boolean" || (paths === undefined) === (hashPrefixes === undefined))
    return undefined;
  return { name, role, terminating, paths, hashPrefixes };
}

/** @param pathHash SHA-256 of the path, lower-case hexadecimal. */
export function covers(
  { paths, hashPrefixes }: Delegation,
  path: string,
  pathHash: string,
): boolean {
  if (paths) return paths.some((pattern) => matchesPattern(pattern, path));
  return hashPrefixes?.some((prefix) => pathHash.startsWith(prefix)) ?? false;
}

/** The entry for `path`; undefined when this role says nothing about it. */
export function readTarget(
  { targets }: TargetsContent,
  path: string,
): Omit<VerifiedTarget, "file" | typeof verified> | Refused | undefined {
  const entry = targets.get(path);
  if (entry === undefined) return undefined;
  if (!isMap(entry)) return { refused: "bad-metadata" };
  const length = readCount(entry.get("length"), 0);
  const digest = readDigest(entry.get("hashes"), ["sha256", "sha512"]);
  const custom = entry.get("custom") ?? new Map();
  if (digest === "unknown") return { refused: "unknown-hash" };
  if (length === undefined || !digest || !isMap(custom)) return { refused: "bad-metadata" };
  return { path, length, digest, custom: asObject(custom) };
}

/** Plain objects for the rest of the firmware: few names, and now signed ones. */
function asObject(map: JsonMap): JsonObject {
  const object: JsonObject = Object.create(null);
  for (const [name, value] of map) object[name] = asValue(value);
  return object;
}

function asValue(tree: JsonTree): JsonValue {
  if (Array.isArray(tree)) return tree.map(asValue);
  return isMap(tree) ? asObject(tree) : tree;
}
