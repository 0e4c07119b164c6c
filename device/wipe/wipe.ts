/**
 * Forgetting an owner (EN 303 645 5.11-1): a record that a wipe was begun, then the key, so that all is
 * unreadable at one stroke, then the flash itself, read back; only then is it called done. Power may go
 * at any write: what the record says was begun is finished at the next start.
 *
 * The record stays until the services have said that they erased too (5.11-2), over outages and into the
 * next owner's days. It lies in the `system` area and names nobody: a random number, a time, a cause.
 */
import type { Crypto } from "../crypto/crypto.ts";
import { equalBytes, toBase64url, toHex } from "../platform/encoding.ts";
import { decodeText, encodeText } from "../platform/text.ts";
import type { Areas } from "../storage/areas.ts";
import type { KeyValue } from "../storage/key-value.ts";

/** Held button · the owner's order · the owner's order in favour of the next one. */
export const wipeCauses = ["button", "order", "hand-over"] as const;
export type WipeCause = (typeof wipeCauses)[number];

export interface Wipe {
  /** Names this wipe to the services; 8 random bytes in hex. */
  readonly request: string;
  readonly cause: WipeCause;
  /** Seconds since 1970, by the time floor. */
  readonly at: number;
  /** The flash was erased and read back. */
  readonly done: boolean;
  /** `heirMark` of whom it was handed on to, base64url. */
  readonly heir?: string;
}

const key = "wipe";
const heirKey = "heir";

export function readWipe(system: KeyValue): Wipe | undefined {
  const bytes = system.read(key);
  if (bytes === undefined) return undefined;
  try {
    const wipe = JSON.parse(decodeText(bytes) ?? "");
    return typeof wipe?.request === "string" ? wipe : undefined;
  } catch {
    return undefined;
  }
}

const write = (system: KeyValue, wipe: Wipe): void =>
  system.write(key, encodeText(JSON.stringify(wipe)));

/** Forgets the owner, and returns when nothing of her is left in the flash. */
export function wipe(
  areas: Areas,
  begin: Pick<Wipe, "cause" | "at"> & { readonly random: Uint8Array; readonly heir?: Uint8Array },
): Wipe {
  const { cause, at, random, heir } = begin;
  const named = heir === undefined ? {} : { heir: toBase64url(heir) };
  write(areas.system, { request: toHex(random), cause, at, done: false, ...named });
  return finishWipe(areas) as Wipe;
}

/** Goes on with a wipe that was cut short; undefined when there is none to finish. */
export function finishWipe(areas: Areas): Wipe | undefined {
  const begun = readWipe(areas.system);
  if (begun === undefined || begun.done) return undefined;
  areas.endOwner();
  // A held button frees a unit from a hand-over that nobody took up.
  if (begun.heir === undefined) areas.system.delete(heirKey);
  else areas.system.write(heirKey, encodeText(begun.heir));
  // `endOwner` has read the flash back; a receipt must never be older than that.
  const done = { ...begun, done: true };
  write(areas.system, done);
  return done;
}

/** The services have erased what they held: nothing remains to be asked. */
export function confirmWipe(system: KeyValue, request: string): boolean {
  if (readWipe(system)?.request !== request) return false;
  system.delete(key);
  return true;
}

const markBytes = 16;

/** What is kept of the next owner's public key before she has claimed the unit: enough to know it again. */
export const heirMark = (ownerKey: Uint8Array, crypto: Crypto): Uint8Array =>
  crypto.hashes().sha256(ownerKey).subarray(0, markBytes);

/** May this key claim the unit? Anybody's may, unless the unit was handed on to somebody. */
export function mayClaim(system: KeyValue, ownerKey: Uint8Array, crypto: Crypto): boolean {
  const heir = system.read(heirKey);
  if (heir === undefined) return true;
  return equalBytes(heir, encodeText(toBase64url(heirMark(ownerKey, crypto))));
}

export const handedOn = (system: KeyValue): boolean => system.read(heirKey) !== undefined;

/** The unit has an owner again. */
export function forgetHeir(system: KeyValue): void {
  system.delete(heirKey);
}
