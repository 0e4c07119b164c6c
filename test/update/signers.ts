/** Keys for repositories made on demand, on any engine: numbered, so that a case can name them. */
import { ed25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { type JsonObject, type JsonTree, readTree } from "../../device/commands/strict-json.ts";
import { equalBytes, fromHex, toBase64url, toHex } from "../../device/platform/encoding.ts";
import { encodeText } from "../../device/platform/text.ts";
import { canonicalJson } from "../../device/update/metadata/canonical-json.ts";
import type { SignatureCheck } from "../../device/update/metadata/key.ts";
import type { Cryptography } from "../../device/update/metadata/refresh.ts";

ed25519.Point.BASE.precompute(1);
p256.Point.BASE.precompute(1);

export interface Signer {
  readonly id: string;
  /** As it stands in "keys". */
  readonly key: JsonObject;
  sign(message: Uint8Array): Uint8Array;
}

export type MakeSigner = (number: number) => Signer;

/** A plain value as the verifier parses it. */
export function treeOf(value: unknown): JsonTree {
  return readTree(JSON.stringify(value), 20)?.value ?? null;
}

/** What is signed. */
export function canonical(value: unknown): Uint8Array {
  return canonicalJson(treeOf(value), 1_000_000) as Uint8Array;
}

function signer(key: JsonObject, sign: Signer["sign"]): Signer {
  return { id: toHex(sha256(canonical(key))), key, sign };
}

/** The same key with a member more, and so with another id. */
export function alias(one: Signer): Signer {
  return signer({ ...one.key, note: "the same key" }, (message) => one.sign(message));
}

const seed = (kind: string, number: number) => sha256(encodeText(`${kind} ${number}`));

export const ed25519Signer: MakeSigner = (number) => {
  const secret = seed("ed25519", number);
  const keyval = { public: toHex(ed25519.getPublicKey(secret)) };
  const key = { keytype: "ed25519", scheme: "ed25519", keyval };
  return signer(key, (message) => ed25519.sign(message, secret));
};

export const p256Signer: MakeSigner = (number) => {
  const secret = seed("p256", number);
  const keyval = { public: pem(p256.getPublicKey(secret, false)) };
  const key = { keytype: "ecdsa", scheme: "ecdsa-sha2-nistp256", keyval };
  return signer(key, (message) => p256.sign(message, secret, { format: "der" }));
};

/** SubjectPublicKeyInfo of an uncompressed P-256 point, as PEM. */
export function pem(point: Uint8Array): string {
  const prefix = fromHex("3059301306072a8648ce3d020106082a8648ce3d030107034200") as Uint8Array;
  const text = toBase64url(Uint8Array.of(...prefix, ...point))
    .split("-")
    .join("+");
  const lines = `${text.split("_").join("/")}==`.replace(/^(.{64})/, "$1\n");
  return `-----BEGIN PUBLIC KEY-----\n${lines}\n-----END PUBLIC KEY-----\n`;
}

/**
 * Signatures for cases about the rules of trust and not about curves, which take 20 ms each on XS:
 * a hash over the public key and the message. Anyone could forge one; no case tries to.
 */
export const toySigner: MakeSigner = (number) => {
  const bytes = seed("toy", number);
  const key = { keytype: "ed25519", scheme: "ed25519", keyval: { public: toHex(bytes) } };
  return signer(key, (message) => toySignature(bytes, message));
};

function toySignature(key: Uint8Array, message: Uint8Array): Uint8Array {
  return sha256.create().update(key).update(message).digest();
}

const toyCheck: SignatureCheck = ({ bytes }, message, signature) =>
  equalBytes(toySignature(bytes, message), signature);

export const toyCryptography: Cryptography = { check: toyCheck, sha256 };
