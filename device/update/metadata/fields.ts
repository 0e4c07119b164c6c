/** The field types that TUF metadata is made of (specification section 4); undefined: not one. */
import { isMap, type JsonTree } from "../../commands/strict-json.ts";
import { fromHex } from "../../platform/encoding.ts";

export type HashAlgorithm = "sha256" | "sha512";

const digestBytes = { sha256: 32, sha512: 64 };

export interface Digest {
  readonly algorithm: HashAlgorithm;
  readonly value: Uint8Array;
}

/** A whole number from `least` up. */
export function readCount(value: JsonTree | undefined, least: number): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= least ? (value as number) : undefined;
}

export function readTexts(value: JsonTree | undefined): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.every((element) => typeof element === "string") ? (value as string[]) : undefined;
}

/** Seconds since 1970 of "YYYY-MM-DDTHH:MM:SSZ" (section 4.2.3), and of no other spelling. */
export function readDate(value: JsonTree | undefined): number | undefined {
  if (typeof value !== "string") return undefined;
  const parts = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z$/.exec(value);
  if (!parts) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/**
 * The first of `algorithms` that is among the hashes: one strong hash that matches is enough.
 * "unknown" when there are hashes and none of these, so that they are never skipped.
 */
export function readDigest(
  value: JsonTree | undefined,
  algorithms: readonly HashAlgorithm[],
): Digest | "unknown" | undefined {
  if (!isMap(value) || value.size === 0) return undefined;
  const algorithm = algorithms.find((name) => value.has(name));
  if (algorithm === undefined) return "unknown";
  const text = value.get(algorithm);
  const bytes = typeof text === "string" ? fromHex(text) : undefined;
  return bytes?.length === digestBytes[algorithm] ? { algorithm, value: bytes } : undefined;
}

/** One entry of METAFILES (section 4.4). */
export interface MetaFile {
  readonly version: number;
  /** Bytes; undefined when the repository does not say. */
  readonly length: number | undefined;
  /** SHA-256; "unknown" when it says a hash, and not this one. */
  readonly sha256: Uint8Array | "unknown" | undefined;
}

export function readMetaFile(value: JsonTree | undefined): MetaFile | undefined {
  if (!isMap(value)) return undefined;
  const version = readCount(value.get("version"), 1);
  const length = readCount(value.get("length"), 1);
  const digest = readDigest(value.get("hashes"), ["sha256"]);
  if (version === undefined) return undefined;
  if (value.has("length") && length === undefined) return undefined;
  if (value.has("hashes") && digest === undefined) return undefined;
  return { version, length, sha256: typeof digest === "object" ? digest.value : digest };
}
