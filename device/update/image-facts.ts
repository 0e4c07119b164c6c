/** What a verified target says of the image it is, or (a delta) that it becomes. */
import { isObject, type JsonValue } from "../commands/strict-json.ts";
import { toHex } from "../platform/encoding.ts";
import type { ImageFacts } from "./boot.ts";
import type { VerifiedTarget } from "./metadata/targets.ts";

const isCount = (value: JsonValue | undefined): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value > 0;

/** Undefined when the signed description lacks what a slot must know, or has no SHA-256. */
export function imageOf({ length, digest, custom }: VerifiedTarget): ImageFacts | undefined {
  const { kind, version, counter, image } = custom;
  if (typeof version !== "string" || !/^[0-9]{1,5}(\.[0-9]{1,5}){2}$/.test(version))
    return undefined;
  if (!isCount(counter)) return undefined;
  if (kind === "image")
    return digest.algorithm === "sha256"
      ? { sha256: toHex(digest.value), length, counter, version }
      : undefined;
  if (kind !== "delta" || !isObject(image)) return undefined;
  const { sha256, length: becomes } = image;
  if (typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256) || !isCount(becomes))
    return undefined;
  return { sha256, length: becomes, counter, version };
}
