/**
 * The owner's envelope: a JWS in compact serialisation (RFC 7515 sections 3.1 and 7.1) with EdDSA
 * over Ed25519 (RFC 8037). One algorithm, one type, no other header: what cannot be said cannot be
 * used to confuse ("none", a MAC under the public key, a key that comes along: RFC 8725).
 */
import type { Signatures } from "../crypto/crypto.ts";
import { fromBase64url } from "../platform/encoding.ts";
import { decodeText, encodeText } from "../platform/text.ts";
import type { Refused } from "./command.ts";
import { isObject, type JsonObject, readExpected } from "./strict-json.ts";

export const COMMAND_TYPE = "thirteen-command+jwt";
export const SIGNATURE_BYTES = 64;

/** Members of header, claims and the arguments of every order: names that no schema has are not kept. */
export const signedNames = [
  ...["alg", "typ"],
  ...["aud", "ctr", "iat", "exp", "cmd", "args"],
  ...["key", "purpose", "granted", "on", "from", "to"],
];

export interface Compact {
  readonly header: Uint8Array;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  readonly signingInput: Uint8Array;
}

/** Three base64url parts between two dots; anything looser has two spellings. */
export function parseCompact(text: string): Compact | undefined {
  const parts = text.split(".");
  const [header, payload, signature] = parts.map(fromBase64url);
  if (parts.length !== 3 || !header || !payload || !signature) return undefined;
  const signingInput = encodeText(`${parts[0]}.${parts[1]}`);
  return { header, payload, signature, signingInput };
}

/** The JSON object in a part, wrapped: its members are the sender's, and one may be "refused". */
export function readPart(part: Uint8Array): { readonly object: JsonObject } | Refused {
  const text = decodeText(part);
  if (text === undefined) return { refused: "not-utf8" };
  const value = readExpected(text, signedNames)?.value;
  return isObject(value) ? { object: value } : { refused: "not-json" };
}

/** Why a header is not ours, or undefined. "alg" first: it is what attacks play with. */
export function refuseHeader(header: JsonObject): Refused | undefined {
  if (header.alg !== "EdDSA") return { refused: "wrong-algorithm" };
  if (Object.keys(header).some((name) => name !== "alg" && name !== "typ"))
    return { refused: "unknown-field" };
  return header.typ === COMMAND_TYPE ? undefined : { refused: "bad-field" };
}

/** Whether the owner signed it (RFC 7515 section 5.2). */
export function verifyCompact(
  signatures: Signatures,
  signed: { readonly signingInput: Uint8Array; readonly signature: Uint8Array },
  publicKey: Uint8Array,
): boolean {
  return signatures.verifyEd25519(signed.signature, signed.signingInput, publicKey);
}
