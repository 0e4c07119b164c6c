/**
 * What the device gives to whoever owned it: its word, signed by the key it was made with, that it has
 * forgotten (EN 303 645 5.11-4). A JWS in compact serialisation (RFC 7515) with ES256 (RFC 7518 section
 * 3.4) and the unit's certificate in the header (`x5c`), so that the maker's root is all it takes to check it.
 */
import type { Crypto } from "../crypto/crypto.ts";
import { toBase64, toBase64url } from "../platform/encoding.ts";
import { encodeText } from "../platform/text.ts";
import type { Identity } from "../storage/identity.ts";
import type { Wipe } from "./wipe.ts";

export const RECEIPT_TYPE = "thirteen-wipe+jwt";

/** Only a wipe that is done can be vouched for; undefined for one that is not. */
export function receiptOf(
  wipe: Wipe,
  identity: Pick<Identity, "id" | "certificate" | "privateKey">,
  firmware: string,
  crypto: Crypto,
): string | undefined {
  if (!wipe.done) return undefined;
  const leaf = identity.certificate[0];
  if (leaf === undefined) return undefined;
  const header = { alg: "ES256", typ: RECEIPT_TYPE, x5c: [toBase64(leaf)] };
  const payload = {
    sub: identity.id,
    iat: wipe.at,
    jti: wipe.request,
    cause: wipe.cause,
    firmware,
    erased: "owner area: key and flash",
  };
  const part = (value: object) => toBase64url(encodeText(JSON.stringify(value)));
  const input = `${part(header)}.${part(payload)}`;
  const signature = crypto.signing().signP256(encodeText(input), identity.privateKey);
  return `${input}.${toBase64url(signature)}`;
}
