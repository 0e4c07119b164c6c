/** What root, timestamp and snapshot say, read from verified metadata (specification section 4). */
import { isMap, type JsonMap } from "../../commands/strict-json.ts";
import { type MetaFile, readMetaFile } from "./fields.ts";
import type { Sha256 } from "./key.ts";
import { type Role, readRole } from "./role.ts";

export const topLevelRoles = ["root", "timestamp", "snapshot", "targets"] as const;
export type TopLevelRole = (typeof topLevelRoles)[number];

export interface RootContent {
  /** Files are named after their version or hash, so that a repository can change while it is read. */
  readonly consistentSnapshot: boolean;
  readonly roles: Readonly<Record<TopLevelRole, Role>>;
}

export function readRoot(signed: JsonMap, sha256: Sha256): RootContent | undefined {
  const keys = signed.get("keys");
  const roles = signed.get("roles");
  const consistent = signed.get("consistent_snapshot") ?? false;
  if (!isMap(keys) || !isMap(roles) || typeof consistent !== "boolean") return undefined;
  const root = readRole(roles.get("root"), keys, sha256);
  const timestamp = readRole(roles.get("timestamp"), keys, sha256);
  const snapshot = readRole(roles.get("snapshot"), keys, sha256);
  const targets = readRole(roles.get("targets"), keys, sha256);
  if (!root || !timestamp || !snapshot || !targets) return undefined;
  return { consistentSnapshot: consistent, roles: { root, timestamp, snapshot, targets } };
}

export interface TimestampContent {
  /** The one entry of timestamp.json. */
  readonly snapshot: MetaFile;
}

export function readTimestamp(signed: JsonMap): TimestampContent | undefined {
  const meta = signed.get("meta");
  const snapshot = isMap(meta) ? readMetaFile(meta.get("snapshot.json")) : undefined;
  return snapshot && { snapshot };
}

/** Role name → the file that holds its metadata. */
export type Listing = ReadonlyMap<string, MetaFile>;

const suffix = ".json";

export function readSnapshot(signed: JsonMap): { readonly listing: Listing } | undefined {
  const listing = new Map<string, MetaFile>();
  const meta = signed.get("meta");
  if (!isMap(meta)) return undefined;
  for (const [name, value] of meta) {
    const file = readMetaFile(value);
    if (!file || !name.endsWith(suffix)) return undefined;
    listing.set(name.slice(0, -suffix.length), file);
  }
  return listing.has("targets") ? { listing } : undefined;
}
