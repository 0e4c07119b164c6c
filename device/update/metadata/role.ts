/** Who may sign for a role, and whether enough of them did (specification sections 4.3, 5.3.4). */
import { isMap, type JsonMap, type JsonTree } from "../../commands/strict-json.ts";
import type { Envelope } from "./envelope.ts";
import { readCount, readTexts } from "./fields.ts";
import { type Key, readKey, type SignatureCheck, sameKey } from "./key.ts";

export interface NamedKey extends Key {
  /** As the signatures name it. Taken as a name: see `readRole`. */
  readonly id: string;
}

export interface Role {
  readonly threshold: number;
  /** Of kinds this client can check; no key twice. May be fewer than the threshold asks for. */
  readonly keys: readonly NamedKey[];
}

const longestKeyId = 64;

/**
 * A role's keys out of `keys` (KEYID → KEY). Undefined when it is malformed or lists an id twice.
 *
 * An id is not recomputed from its key: real repositories add members to a key after naming it, and
 * the reference client does not recompute it either (TAP 12). What the rule is for, that one key
 * does not count twice, is met at the root: one key under two ids is one key here.
 */
export function readRole(value: JsonTree | undefined, keys: JsonMap): Role | undefined {
  if (!isMap(value)) return undefined;
  const threshold = readCount(value.get("threshold"), 1);
  const ids = readTexts(value.get("keyids"));
  if (threshold === undefined || ids === undefined) return undefined;
  if (ids.some((id, index) => id.length > longestKeyId || ids.indexOf(id) !== index))
    return undefined;
  const usable: NamedKey[] = [];
  for (const id of ids) {
    const key = readKey(keys.get(id));
    if (key && !usable.some((other) => sameKey(other, key))) usable.push({ id, ...key });
  }
  return { threshold, keys: usable };
}

/**
 * The keys of `role` with a good signature on `envelope`; looks no further once there are `enough`.
 * Each key is asked once, so it counts once, however the signatures are arranged.
 */
export function signersOf(
  role: Role,
  { message, signatures }: Envelope,
  check: SignatureCheck,
  enough = role.keys.length,
): NamedKey[] {
  const signers: NamedKey[] = [];
  for (const key of role.keys) {
    if (signers.length >= enough) break;
    const signature = signatures.find(({ keyId }) => keyId === key.id)?.bytes;
    if (signature && check(key, message, signature)) signers.push(key);
  }
  return signers;
}

export function meetsThreshold(role: Role, envelope: Envelope, check: SignatureCheck): boolean {
  return signersOf(role, envelope, check, role.threshold).length >= role.threshold;
}

/** Remembers what it has checked: the keys of two successive roots are mostly the same. */
export function checkOnce(check: SignatureCheck): SignatureCheck {
  const done: { key: Key; message: Uint8Array; signature: Uint8Array; good: boolean }[] = [];
  return (key, message, signature) => {
    const known = done.find(
      (one) => one.message === message && one.signature === signature && sameKey(one.key, key),
    );
    if (known) return known.good;
    const good = check(key, message, signature);
    done.push({ key, message, signature, good });
    return good;
  };
}
