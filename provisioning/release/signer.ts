/** A key that can sign TUF metadata (specification section 4.2). */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
} from "node:crypto";
import type { JsonObject } from "../../device/commands/strict-json.ts";
import { canonicalJson } from "../../device/update/metadata/canonical-json.ts";

export interface Signer {
  /** SHA-256 of the key's canonical JSON, hex. */
  readonly id: string;
  /** As it stands in a root's "keys". */
  readonly key: JsonObject;
  sign(message: Uint8Array): Uint8Array;
}

/** The public half. */
export type PublicKey = Pick<Signer, "id" | "key">;

/** A new Ed25519 key, PKCS#8 DER. */
export function generateSigningKey(): Uint8Array {
  const { privateKey } = generateKeyPairSync("ed25519");
  return new Uint8Array(privateKey.export({ type: "pkcs8", format: "der" }));
}

/** @param pkcs8 Ed25519, DER (RFC 8410). */
export function openSigner(pkcs8: Uint8Array): Signer {
  const privateKey = createPrivateKey({ key: Buffer.from(pkcs8), type: "pkcs8", format: "der" });
  // SubjectPublicKeyInfo of an Ed25519 key ends with its 32 bytes.
  const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  const keyval = { public: spki.subarray(-32).toString("hex") };
  const key = { keytype: "ed25519", scheme: "ed25519", keyval };
  return {
    ...publicKey(key),
    sign: (message) => new Uint8Array(sign(null, message, privateKey)),
  };
}

export function publicKey(key: JsonObject): PublicKey {
  const canonical = canonicalJson(key, 1_000);
  if (!canonical) throw new RangeError("a key of more than a kilobyte");
  return { id: createHash("sha256").update(canonical).digest("hex"), key };
}
