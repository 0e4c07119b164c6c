/** The owner's app reads what a wiped device has signed (`device/wipe/receipt.ts`). */
import { verify, X509Certificate } from "node:crypto";
import { RECEIPT_TYPE } from "../../device/wipe/receipt.ts";

export interface Receipt {
  /** The unit's id. */
  readonly sub: string;
  /** Seconds since 1970, by the unit's time floor. */
  readonly iat: number;
  readonly jti: string;
  readonly cause: string;
  readonly firmware: string;
  readonly erased: string;
}

export type ReceiptFault =
  | "malformed"
  | "wrong-type"
  | "not-of-this-maker"
  | "wrong-unit"
  | "wrong-signature";

/**
 * @param anchor DER of the maker's device CA.
 * @param unit id of the unit that was wiped.
 */
export function readReceipt(
  text: string,
  anchor: Uint8Array,
  unit: string,
): Receipt | ReceiptFault {
  const [header, payload, signature, ...rest] = text.split(".");
  if (!header || !payload || !signature || rest.length > 0) return "malformed";
  let leaf: X509Certificate;
  let receipt: Receipt;
  try {
    const { alg, typ, x5c } = JSON.parse(Buffer.from(header, "base64url").toString());
    if (alg !== "ES256" || typ !== RECEIPT_TYPE) return "wrong-type";
    leaf = new X509Certificate(Buffer.from(x5c[0], "base64"));
    receipt = JSON.parse(Buffer.from(payload, "base64url").toString());
    if (typeof receipt !== "object" || receipt === null) return "malformed";
  } catch {
    return "malformed";
  }
  if (!leaf.verify(new X509Certificate(Buffer.from(anchor)).publicKey)) return "not-of-this-maker";
  if (leaf.subject !== `CN=${unit}` || receipt.sub !== unit) return "wrong-unit";
  const key = { key: leaf.publicKey, dsaEncoding: "ieee-p1363" } as const;
  const input = Buffer.from(`${header}.${payload}`);
  return verify("sha256", input, key, Buffer.from(signature, "base64url"))
    ? receipt
    : "wrong-signature";
}
