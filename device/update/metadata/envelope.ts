/** The outside of every metadata file: who signed what (specification section 4.2.1). */
import { isMap, type JsonMap, type JsonTree, readTree } from "../../commands/strict-json.ts";
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
  signed(): JsonMap;
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
  const signed = isMap(file) ? file.get("signed") : undefined;
  if (!isMap(file) || !isMap(signed)) return { refused: "bad-metadata" };
  const signatures = readSignatures(file.get("signatures"));
  if (signatures === undefined) return { refused: "bad-metadata" };
  const ids = signatures.map(({ keyId }) => keyId);
  if (ids.some((id, index) => ids.indexOf(id) !== index)) return { refused: "duplicate-signature" };
  const message = canonicalJson(signed, bytes.length);
  if (!message) return { refused: "bad-metadata" };
  return { message, signatures, signed: () => (parse(bytes) as JsonMap).get("signed") as JsonMap };
}

function parse(bytes: Uint8Array): JsonTree | undefined {
  const text = decodeText(bytes);
  return text === undefined ? undefined : readTree(text, maxDepth)?.value;
}

function readSignatures(value: JsonTree | undefined): Signature[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const signatures: Signature[] = [];
  for (const entry of value) {
    if (!isMap(entry)) return undefined;
    const keyid = entry.get("keyid");
    const sig = entry.get("sig");
    if (typeof keyid !== "string" || typeof sig !== "string") return undefined;
    signatures.push({ keyId: keyid, bytes: fromHex(sig) });
  }
  return signatures;
}

/** The common fields, read only after the signatures have been found good. */
export function readHeader(signed: JsonMap, type: MetadataType): Header | Refused {
  const ownType = signed.get("_type");
  if (typeof ownType !== "string") return { refused: "bad-metadata" };
  if (ownType !== type) return { refused: "wrong-type" };
  const specification = signed.get("spec_version");
  if (typeof specification !== "string" || !/^1(\.\d+){1,2}$/.test(specification))
    return { refused: "wrong-specification" };
  const version = readCount(signed.get("version"), 1);
  const expires = readDate(signed.get("expires"));
  if (version === undefined || expires === undefined) return { refused: "bad-metadata" };
  return { version, expires };
}
