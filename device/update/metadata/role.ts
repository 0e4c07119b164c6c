/** Who may sign for a role, and whether enough of them did (specification sections 4.3, 5.3.4). */
import { isMap, type JsonMap, type JsonTree } from "../../commands/strict-json.ts";
import type { Envelope } from "./envelope.ts";
import { readCount, readTexts } from "./fields.ts";
import { isKeyId, type Key, readKey, type Sha256, type SignatureCheck, sameKey } from "./key.ts";

export interface NamedKey extends Key {
  /** As the signatures name it. */
  readonly id: string;
}

export interface Role {
  readonly threshold: number;
  /** Of kinds this client can check; no key twice. May be fewer than the threshold asks for. */
  readonly keys: readonly NamedKey[];
}

/**
 * A role's keys out of `keys` (KEYID → KEY). Undefined when it is malformed or lists an id twice.
 *
 * A key under an id that is not its own is passed over, as one of an unknown kind is. Ids do not keep
 * a key from counting twice, since a member more makes another id of it: so keys are compared too.
 */
export function readRole(
  value: JsonTree | undefined,
  keys: JsonMap,
  sha256: Sha256,
): Role | undefined {
  if (!isMap(value)) return undefined;
  const threshold = readCount(value.get("threshold"), 1);
  const ids = readTexts(value.get("keyids"));
  if (threshold === undefined || ids === undefined) return undefined;
  if (ids.some((id, index) => ids.indexOf(id) !== index)) return undefined;
  const usable: NamedKey[] = [];
  for (const id of ids) {
    const entry = keys.get(id);
    const key = readKey(entry);
    if (!entry || !key || !isKeyId(id, entry, sha256)) continue;
    if (!usable.some((other) => sameKey(other, key))) usable.push({ id, ...key });
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
