/** The outside of every metadata file: who signed what (specification section 4.2.1). */
import { isObject, type JsonObject, type JsonValue, readJson } from "../../commands/strict-json.ts";
import { fromHex } from "../../platform/encoding.ts";
import { decodeText } from "../../platform/text.ts";
import { canonicalJson } from "./canonical-json.ts";
import { readCount, readDate } from "./fields.ts";
import type { Refused } from "./refusal.ts";

export interface Signature {
  readonly keyId: string;
  /** Undefined when it is not hexadecimal: nothing that could be good, nothing that does harm. */
  readonly bytes: Uint8Array | undefined;
}

export interface Envelope {
  /** What the signatures are over: the canonical form of "signed". */
  readonly message: Uint8Array;
  readonly signatures: readonly Signature[];
  /**
   * What was signed, parsed anew from the same bytes by the same reader: for after the check. A
   * parsed file takes four times its length and the check most of the heap, so they take turns.
   */
  signed(): JsonObject;
}

export type MetadataType = "root" | "timestamp" | "snapshot" | "targets";

/** What every role's metadata begins with. */
export interface Header {
  readonly version: number;
  /** Seconds since 1970. */
  readonly expires: number;
}

/** `signed.delegations.roles[].keyids[]` is 6 deep; the rest is room for "custom". */
const maxDepth = 12;

/** Opens a file of at most `maxBytes`. Nothing in it is believed yet. */
export function openEnvelope(bytes: Uint8Array, maxBytes: number): Envelope | Refused {
  if (bytes.length > maxBytes) return { refused: "too-large" };
  const file = parse(bytes);
  if (file === undefined) return { refused: "not-json" };
  if (!isObject(file) || !isObject(file.signed)) return { refused: "bad-metadata" };
  const signatures = readSignatures(file.signatures);
  if (signatures === undefined) return { refused: "bad-metadata" };
  const ids = signatures.map(({ keyId }) => keyId);
  if (ids.some((id, index) => ids.indexOf(id) !== index)) return { refused: "duplicate-signature" };
  const message = canonicalJson(file.signed, bytes.length);
  if (!message) return { refused: "bad-metadata" };
  return { message, signatures, signed: () => (parse(bytes) as { signed: JsonObject }).signed };
}

function parse(bytes: Uint8Array): JsonValue | undefined {
  const text = decodeText(bytes);
  return text === undefined ? undefined : readJson(text, maxDepth)?.value;
}

function readSignatures(value: JsonValue | undefined): Signature[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const signatures: Signature[] = [];
  for (const entry of value) {
    if (!isObject(entry)) return undefined;
    const { keyid, sig } = entry;
    if (typeof keyid !== "string" || typeof sig !== "string") return undefined;
    signatures.push({ keyId: keyid, bytes: fromHex(sig) });
  }
  return signatures;
}

/** The common fields, read only after the signatures have been found good. */
export function readHeader(signed: JsonObject, type: MetadataType): Header | Refused {
  if (typeof signed._type !== "string") return { refused: "bad-metadata" };
  if (signed._type !== type) return { refused: "wrong-type" };
  const { spec_version: specification } = signed;
  if (typeof specification !== "string" || !/^1(\.\d+){1,2}$/.test(specification))
    return { refused: "wrong-specification" };
  const version = readCount(signed.version, 1);
  const expires = readDate(signed.expires);
  if (version === undefined || expires === undefined) return { refused: "bad-metadata" };
  return { version, expires };
}
