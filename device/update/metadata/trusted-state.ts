/**
 * What the client has come to trust, and all it keeps between refreshes and over power cuts: one
 * value of the system area, so that it changes as a whole or not at all.
 *
 * Of a root the essentials are kept (keys, thresholds, date), not the file. Its own signatures
 * prove nothing to someone who could already write our flash, the record log's checksum finds
 * damage, and three kilobytes hold what otherwise takes eight. Of timestamp and snapshot the
 * versions are kept that must never fall, with the names of the keys that vouched for them: when
 * the root role revokes those, the versions go too (5.3.11), in the same write as the new root. So
 * a power cut between the two cannot make the client forget that it had to recover.
 */
import {
  isMap,
  type JsonMap,
  type JsonObject,
  type JsonTree,
  readTree,
} from "../../commands/strict-json.ts";
import { fromBase64url, toBase64url, toHex } from "../../platform/encoding.ts";
import { decodeText, encodeText } from "../../platform/text.ts";
import { type RootContent, type TopLevelRole, topLevelRoles } from "./contents.ts";
import type { Header } from "./envelope.ts";
import { type MetaFile, readCount, readMetaFile } from "./fields.ts";
import type { Scheme } from "./key.ts";
import type { NamedKey, Role } from "./role.ts";

export interface TrustedTimestamp extends Header {
  /** The snapshot it names. */
  readonly snapshot: MetaFile;
  readonly signers: readonly NamedKey[];
}

export interface TrustedSnapshot {
  /** Targets role → version. */
  readonly versions: ReadonlyMap<string, number>;
  readonly signers: readonly NamedKey[];
}

export interface TrustedState {
  readonly root: Header & RootContent;
  readonly timestamp: TrustedTimestamp | undefined;
  readonly snapshot: TrustedSnapshot | undefined;
}

/** Raised when the stored form changes: an older one is then not read, and trust starts anew. */
const format = 1;
const schemes: readonly Scheme[] = ["ed25519", "ecdsa-sha2-nistp256"];

/** UTF-8 JSON; `Limits.stateBytes` holds for it. */
export function encodeState({ root, timestamp, snapshot }: TrustedState): Uint8Array {
  const table: NamedKey[] = [];
  const place = (key: NamedKey): number => {
    const known = table.findIndex(({ id }) => id === key.id);
    return known >= 0 ? known : table.push(key) - 1;
  };
  const roles = topLevelRoles.map((name) => {
    const { threshold, keys } = root.roles[name];
    return { threshold, keys: keys.map(place) };
  });
  const stored = {
    format,
    root: { ...header(root), consistent: root.consistentSnapshot, roles },
    ...(timestamp && {
      timestamp: {
        ...header(timestamp),
        signers: timestamp.signers.map(place),
        snapshot: storedFile(timestamp.snapshot),
      },
    }),
    ...(snapshot && {
      snapshot: {
        signers: snapshot.signers.map(place),
        versions: [...snapshot.versions],
      },
    }),
    keys: table.map(({ id, scheme, bytes }) => [id, schemes.indexOf(scheme), toBase64url(bytes)]),
  };
  return encodeText(JSON.stringify(stored));
}

const header = ({ version, expires }: Header) => ({ version, expires });

function storedFile({ version, length, sha256 }: MetaFile): JsonObject {
  return {
    version,
    ...(length !== undefined && { length }),
    ...(typeof sha256 === "object" && { hashes: { sha256: toHex(sha256) } }),
  };
}

/** Undefined for anything that `encodeState` did not write. */
export function decodeState(bytes: Uint8Array): TrustedState | undefined {
  const text = decodeText(bytes);
  const stored = text === undefined ? undefined : readTree(text, 6)?.value;
  if (!isMap(stored) || stored.get("format") !== format) return undefined;
  const keys = readAll(stored.get("keys"), readStoredKey);
  const root = keys && readStoredRoot(stored.get("root"), keys);
  const timestamp = keys && readStoredTimestamp(stored.get("timestamp"), keys);
  const snapshot = keys && readStoredSnapshot(stored.get("snapshot"), keys);
  if (!root) return undefined;
  if (stored.get("timestamp") !== undefined && !timestamp) return undefined;
  if (stored.get("snapshot") !== undefined && !snapshot) return undefined;
  return { root, timestamp, snapshot };
}

/** Every element read, or undefined if one of them could not be. */
function readAll<T>(
  value: JsonTree | undefined,
  read: (element: JsonTree) => T | undefined,
): T[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const all: T[] = [];
  for (const element of value) {
    const one = read(element);
    if (one === undefined) return undefined;
    all.push(one);
  }
  return all;
}

function readStoredKey(value: JsonTree): NamedKey | undefined {
  if (!Array.isArray(value)) return undefined;
  const [id, kind, text] = value;
  const scheme = typeof kind === "number" ? schemes[kind] : undefined;
  const bytes = typeof text === "string" ? fromBase64url(text) : undefined;
  return typeof id === "string" && scheme && bytes ? { id, scheme, bytes } : undefined;
}

/** An index as the key it stands for. */
function named(keys: readonly NamedKey[]): (index: JsonTree) => NamedKey | undefined {
  return (index) => (typeof index === "number" ? keys[index] : undefined);
}

function readStoredHeader(value: JsonMap): Header | undefined {
  const version = readCount(value.get("version"), 1);
  const expires = readCount(value.get("expires"), Number.MIN_SAFE_INTEGER);
  return version === undefined || expires === undefined ? undefined : { version, expires };
}

function readStoredRoot(
  value: JsonTree | undefined,
  keys: readonly NamedKey[],
): TrustedState["root"] | undefined {
  if (!isMap(value)) return undefined;
  const consistentSnapshot = value.get("consistent");
  const about = readStoredHeader(value);
  const all = readAll(value.get("roles"), (role): Role | undefined => {
    const threshold = isMap(role) ? readCount(role.get("threshold"), 1) : undefined;
    const own = isMap(role) ? readAll(role.get("keys"), named(keys)) : undefined;
    return threshold === undefined || own === undefined ? undefined : { threshold, keys: own };
  });
  if (!about || all?.length !== topLevelRoles.length) return undefined;
  if (typeof consistentSnapshot !== "boolean") return undefined;
  const roles = Object.fromEntries(
    topLevelRoles.map((name, index) => [name, all[index] as Role]),
  ) as Record<TopLevelRole, Role>;
  return { ...about, consistentSnapshot, roles };
}

function readStoredTimestamp(
  value: JsonTree | undefined,
  keys: readonly NamedKey[],
): TrustedTimestamp | undefined {
  if (!isMap(value)) return undefined;
  const about = readStoredHeader(value);
  const signers = readAll(value.get("signers"), named(keys));
  const snapshot = readMetaFile(value.get("snapshot"));
  return about && signers && snapshot ? { ...about, signers, snapshot } : undefined;
}

function readStoredSnapshot(
  value: JsonTree | undefined,
  keys: readonly NamedKey[],
): TrustedSnapshot | undefined {
  if (!isMap(value)) return undefined;
  const signers = readAll(value.get("signers"), named(keys));
  const versions = readAll(value.get("versions"), (pair): [string, number] | undefined => {
    const [name, stored] = Array.isArray(pair) ? pair : [];
    const version = readCount(stored, 1);
    return typeof name === "string" && version !== undefined ? [name, version] : undefined;
  });
  return signers && versions ? { signers, versions: new Map(versions) } : undefined;
}
