/** A key that can sign TUF metadata (specification section 4.2). */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
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

/** Ed25519 (RFC 8032), or ECDSA on P-256 with SHA-256, which a chip checks in native code. */
export const keyKinds = ["ed25519", "p256"] as const;
export type KeyKind = (typeof keyKinds)[number];

/** A new key, PKCS#8 DER. */
export function generateSigningKey(kind: KeyKind = "ed25519"): Uint8Array {
  const { privateKey } =
    kind === "p256"
      ? generateKeyPairSync("ec", { namedCurve: "prime256v1" })
      : generateKeyPairSync("ed25519");
  return new Uint8Array(privateKey.export({ type: "pkcs8", format: "der" }));
}

/** @param pkcs8 of one of `keyKinds`, DER (RFC 8410, RFC 5915). @throws RangeError for any other. */
export function openSigner(pkcs8: Uint8Array): Signer {
  const privateKey = createPrivateKey({ key: Buffer.from(pkcs8), type: "pkcs8", format: "der" });
  const { asymmetricKeyType, asymmetricKeyDetails } = privateKey;
  if (asymmetricKeyType === "ed25519") return ed25519Signer(privateKey);
  if (asymmetricKeyDetails?.namedCurve === "prime256v1") return p256Signer(privateKey);
  throw new RangeError(`release keys are Ed25519 or P-256, not ${asymmetricKeyType}`);
}

function ed25519Signer(privateKey: KeyObject): Signer {
  // SubjectPublicKeyInfo of an Ed25519 key ends with its 32 bytes.
  const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  const keyval = { public: spki.subarray(-32).toString("hex") };
  const key = { keytype: "ed25519", scheme: "ed25519", keyval };
  return {
    ...publicKey(key),
    sign: (message) => new Uint8Array(sign(null, message, privateKey)),
  };
}

/** PEM and DER, as the specification has it (section 4.2.2). */
function p256Signer(privateKey: KeyObject): Signer {
  const pem = createPublicKey(privateKey).export({ type: "spki", format: "pem" });
  const key = {
    keytype: "ecdsa",
    scheme: "ecdsa-sha2-nistp256",
    keyval: { public: pem.toString() },
  };
  return {
    ...publicKey(key),
    sign: (message) => new Uint8Array(sign("sha256", message, privateKey)),
  };
}

export function publicKey(key: JsonObject): PublicKey {
  const canonical = canonicalJson(key, 1_000);
  if (!canonical) throw new RangeError("a key of more than a kilobyte");
  return { id: createHash("sha256").update(canonical).digest("hex"), key };
}
