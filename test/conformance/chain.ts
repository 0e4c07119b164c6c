/**
 * The record's seal: each row's hash covers the row before it, and an Ed25519 key signs the last hash
 * with everything that stands around the rows. Who changes, drops or moves a row breaks the chain.
 */
import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";

export interface Sealed<Body> {
  readonly body: Body;
  readonly rows: readonly Link[];
  readonly seal: Seal;
}

export interface Link {
  readonly row: unknown;
  /** SHA-256, hex, of the previous hash and this row in canonical form. */
  readonly hash: string;
}

export interface Seal {
  readonly algorithm: "Ed25519";
  /** SubjectPublicKeyInfo, base64. */
  readonly publicKey: string;
  /** Over the canonical form of `{ body, head }`, base64. */
  readonly signature: string;
}

const start = "0".repeat(64);

/** JSON with sorted members and without white space: the same bytes for the same content. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`);
  return `{${members.join(",")}}`;
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

function link(previous: string, row: unknown): string {
  return sha256(`${previous}\n${canonical(row)}`);
}

/** @param key a private Ed25519 key; one for this record alone where absent. */
export function seal<Body>(
  body: Body,
  rows: readonly unknown[],
  key: KeyObject = generateKeyPairSync("ed25519").privateKey,
): Sealed<Body> {
  let head = start;
  const links = rows.map((row) => {
    head = link(head, row);
    return { row, hash: head };
  });
  const signature = sign(null, Buffer.from(canonical({ body, head })), key).toString("base64");
  const publicKey = createPublicKey(key).export({ type: "spki", format: "der" }).toString("base64");
  return { body, rows: links, seal: { algorithm: "Ed25519", publicKey, signature } };
}

/** Which key signed: the first 16 hex digits of its SHA-256. */
export function fingerprint({ publicKey }: Seal): string {
  return createHash("sha256").update(Buffer.from(publicKey, "base64")).digest("hex").slice(0, 16);
}

/** What is wrong with the seal; undefined when nothing is. */
export function broken({
  body,
  rows,
  seal: { publicKey, signature },
}: Sealed<unknown>): string | undefined {
  let head = start;
  for (const [index, { row, hash }] of rows.entries()) {
    head = link(head, row);
    if (hash !== head) return `row ${index + 1} was changed, moved, added or dropped`;
  }
  try {
    const key = createPublicKey({
      key: Buffer.from(publicKey, "base64"),
      type: "spki",
      format: "der",
    });
    const signed = Buffer.from(canonical({ body, head }));
    if (key.asymmetricKeyType !== "ed25519") return "the key is not an Ed25519 key";
    if (verify(null, signed, key, Buffer.from(signature, "base64"))) return undefined;
    return "the signature does not fit: rows were dropped at the end, or what surrounds them was changed";
  } catch {
    return "the key or the signature cannot be read";
  }
}
