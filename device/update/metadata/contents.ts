/** What root, timestamp and snapshot say, read from verified metadata (specification section 4). */
import { isObject, type JsonObject } from "../../commands/strict-json.ts";
import { type MetaFile, readMembers, readMetaFile } from "./fields.ts";
import { type Role, readRole } from "./role.ts";

export const topLevelRoles = ["root", "timestamp", "snapshot", "targets"] as const;
export type TopLevelRole = (typeof topLevelRoles)[number];

export interface RootContent {
  /** Files are named after their version or hash, so that a repository can change while it is read. */
  readonly consistentSnapshot: boolean;
  readonly roles: Readonly<Record<TopLevelRole, Role>>;
}

export function readRoot(signed: JsonObject): RootContent | undefined {
  const { keys, roles, consistent_snapshot: consistent = false } = signed;
  if (!isObject(keys) || !isObject(roles) || typeof consistent !== "boolean") return undefined;
  const root = readRole(roles.root, keys);
  const timestamp = readRole(roles.timestamp, keys);
  const snapshot = readRole(roles.snapshot, keys);
  const targets = readRole(roles.targets, keys);
  if (!root || !timestamp || !snapshot || !targets) return undefined;
  return { consistentSnapshot: consistent, roles: { root, timestamp, snapshot, targets } };
}

/** The one entry of timestamp.json. */
export function readTimestamp(signed: JsonObject): MetaFile | undefined {
  return isObject(signed.meta) ? readMetaFile(signed.meta["snapshot.json"]) : undefined;
}

/** Role name → the file that holds its metadata. */
export type Listing = ReadonlyMap<string, MetaFile>;

const suffix = ".json";

export function readSnapshot(signed: JsonObject): Listing | undefined {
  const listing = new Map<string, MetaFile>();
  const members = readMembers(signed.meta);
  if (!members) return undefined;
  for (const [name, value] of members) {
    const file = readMetaFile(value);
    if (!file || !name.endsWith(suffix)) return undefined;
    listing.set(name.slice(0, -suffix.length), file);
  }
  return listing.has("targets") ? listing : undefined;
}
