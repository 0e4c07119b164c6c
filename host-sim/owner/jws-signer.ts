/** The owner's app signs what only the owner may ask for: JWS compact, EdDSA (RFC 7515, RFC 8037). */
import { ed25519 } from "@noble/curves/ed25519.js";
import type { Claims } from "../../device/commands/command.ts";
import { COMMAND_TYPE } from "../../device/commands/jws.ts";
import { toBase64url } from "../../device/platform/encoding.ts";
import { encodeText } from "../../device/platform/text.ts";

/** An order as it is written into the payload; `key` in base64url. */
export type Order =
  | { readonly cmd: "wipe" | "sight"; readonly args: Readonly<Record<string, never>> }
  | {
      readonly cmd: "quiet-hours";
      readonly args: { readonly from: number; readonly to: number };
    }
  | { readonly cmd: "child-profile"; readonly args: { readonly on: boolean } }
  | { readonly cmd: "transfer-owner"; readonly args: { readonly key: string } }
  | {
      readonly cmd: "consent";
      readonly args: { readonly purpose: string; readonly granted: boolean };
    };

/**
 * The bytes to publish on `units/<aud>/command`.
 * @param privateKey the owner's Ed25519 seed, 32 bytes (RFC 8032 section 5.1.5).
 */
export function signCommand(privateKey: Uint8Array, order: Claims & Order): Uint8Array {
  const { aud, ctr, iat, exp, cmd, args } = order;
  const payload = encodeText(JSON.stringify({ aud, ctr, iat, exp, cmd, args }));
  return encodeText(signCompact(privateKey, { alg: "EdDSA", typ: COMMAND_TYPE }, payload));
}

/** RFC 7515 section 5.1 for any header: tests forge with it what `signCommand` would not write. */
export function signCompact(privateKey: Uint8Array, header: object, payload: Uint8Array): string {
  const input = `${toBase64url(encodeText(JSON.stringify(header)))}.${toBase64url(payload)}`;
  return `${input}.${toBase64url(ed25519.sign(encodeText(input), privateKey))}`;
}

/** The public key a unit is given at set-up, 32 bytes. */
export function ownerPublicKey(privateKey: Uint8Array): Uint8Array {
  return ed25519.getPublicKey(privateKey);
}
