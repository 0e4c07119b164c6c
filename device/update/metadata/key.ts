/**
 * Public keys as TUF writes them (specification section 4.2.2) and the check of one signature.
 * Ed25519 and ECDSA on P-256; RSA is left out, for its code and its 10 times longer keys, and a key
 * of a kind that is not known simply never counts.
 */
import { isMap, type JsonTree } from "../../commands/strict-json.ts";
import { equalBytes, fromBase64url, fromHex, toHex } from "../../platform/encoding.ts";
import { canonicalJson } from "./canonical-json.ts";

export type Scheme = "ed25519" | "ecdsa-sha2-nistp256";

/** Ed25519: 32 bytes (RFC 8032). P-256: 65 bytes, the uncompressed point (SEC 1 section 2.3.3). */
export interface Key {
  readonly scheme: Scheme;
  readonly bytes: Uint8Array;
}

/**
 * True when `signature` over `message` was made with `key`. Never throws. Noble stands behind it by
 * default (`noble-check.ts`); a chip may put its own P-256 there.
 */
export type SignatureCheck = (key: Key, message: Uint8Array, signature: Uint8Array) => boolean;

export type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** Longer than any key of ours with what others may have written beside it. */
const longestKey = 1024;

/** "The hexdigest of the SHA-256 hash of the canonical form of the key" (section 4.2.1). */
export function isKeyId(id: string, key: JsonTree, sha256: Sha256): boolean {
  const form = canonicalJson(key, longestKey);
  return form !== undefined && toHex(sha256(form)) === id;
}

/** The key, or undefined for one that this client cannot use. */
export function readKey(value: JsonTree | undefined): Key | undefined {
  if (!isMap(value)) return undefined;
  const keyval = value.get("keyval");
  const keytype = value.get("keytype");
  const scheme = value.get("scheme");
  const text = isMap(keyval) ? keyval.get("public") : undefined;
  if (typeof text !== "string") return undefined;
  if (keytype === "ed25519" && scheme === "ed25519") {
    const bytes = fromHex(text);
    return bytes?.length === 32 ? { scheme, bytes } : undefined;
  }
  // The longer key type is how the reference implementation wrote it before version 1.0 of its own.
  const ecdsa = keytype === "ecdsa" || keytype === "ecdsa-sha2-nistp256";
  if (!ecdsa || scheme !== "ecdsa-sha2-nistp256") return undefined;
  const bytes = pointFromPem(text);
  return bytes && { scheme, bytes };
}

export function sameKey(a: Key, b: Key): boolean {
  return a.scheme === b.scheme && equalBytes(a.bytes, b.bytes);
}

const pemStart = "-----BEGIN PUBLIC KEY-----";
const pemEnd = "-----END PUBLIC KEY-----";
/** SubjectPublicKeyInfo of a P-256 key up to its uncompressed point (RFC 5480 section 2). */
const spkiPrefix = "3059301306072a8648ce3d020106082a8648ce3d030107034200";

/** The point in a PEM file (RFC 7468 section 13) of exactly one P-256 key. */
function pointFromPem(pem: string): Uint8Array | undefined {
  const text = pem.trim();
  if (!text.startsWith(pemStart) || !text.endsWith(pemEnd)) return undefined;
  const der = fromBase64(text.slice(pemStart.length, -pemEnd.length).split(/\s/).join(""));
  const prefix = fromHex(spkiPrefix) as Uint8Array;
  if (der?.length !== 91 || !equalBytes(der.subarray(0, 26), prefix)) return undefined;
  const point = der.slice(26);
  return point[0] === 4 ? point : undefined;
}

function fromBase64(text: string): Uint8Array | undefined {
  const unpadded = text.endsWith("==")
    ? text.slice(0, -2)
    : text.endsWith("=")
      ? text.slice(0, -1)
      : text;
  return fromBase64url(unpadded.split("+").join("-").split("/").join("_"));
}
