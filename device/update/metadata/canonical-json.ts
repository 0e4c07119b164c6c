/**
 * The canonical form that TUF signatures are over (specification section 4.1: the OLPC "Canonical
 * JSON"): members sorted by name, no white space, integers only, and in strings nothing but `"` and
 * `\` escaped.
 *
 * The form is made from the parsed value, not cut out of the file. So what is verified is, member
 * for member, the value that is read afterwards: there is no second parser that could see another
 * document in the same bytes. Two spellings of one value share a signature; that is harmless, since
 * nothing but the value is used, and hashes and lengths are over the file as it came.
 */
import type { JsonValue } from "../../commands/strict-json.ts";
import { encodeText } from "../../platform/text.ts";

interface Sink {
  readonly bytes: Uint8Array;
  length: number;
}

const quote = 0x22;
const backslash = 0x5c;

/**
 * Undefined for what has no canonical form (a fraction, a number above 2^53) or needs more than
 * `capacity` bytes. Pass the length of the file: a form without white space and signatures is longer
 * than the file only when its numbers are spelt with exponents, which nobody does in good faith.
 */
export function canonicalJson(value: JsonValue, capacity: number): Uint8Array | undefined {
  const sink = { bytes: new Uint8Array(capacity), length: 0 };
  return writeValue(sink, value) ? sink.bytes.subarray(0, sink.length) : undefined;
}

function writeValue(sink: Sink, value: JsonValue): boolean {
  if (typeof value === "string") return writeString(sink, value);
  if (typeof value === "number")
    return Number.isSafeInteger(value) && writeText(sink, String(value));
  if (value === null || typeof value === "boolean") return writeText(sink, String(value));
  if (Array.isArray(value))
    return writeSeries(sink, "[]", value, (element) => writeValue(sink, element));
  return writeSeries(
    sink,
    "{}",
    Object.keys(value).sort(byCodePoint),
    (name) =>
      writeString(sink, name) && writeText(sink, ":") && writeValue(sink, value[name] as JsonValue),
  );
}

function writeSeries<T>(
  sink: Sink,
  brackets: string,
  elements: readonly T[],
  write: (element: T) => boolean,
): boolean {
  if (!writeText(sink, brackets.charAt(0))) return false;
  for (let index = 0; index < elements.length; index++) {
    if (index > 0 && !writeText(sink, ",")) return false;
    if (!write(elements[index] as T)) return false;
  }
  return writeText(sink, brackets.charAt(1));
}

function writeText(sink: Sink, ascii: string): boolean {
  for (let index = 0; index < ascii.length; index++)
    if (!writeByte(sink, ascii.charCodeAt(index))) return false;
  return true;
}

function writeString(sink: Sink, text: string): boolean {
  if (!writeByte(sink, quote)) return false;
  for (const byte of encodeText(text)) {
    if ((byte === quote || byte === backslash) && !writeByte(sink, backslash)) return false;
    if (!writeByte(sink, byte)) return false;
  }
  return writeByte(sink, quote);
}

function writeByte(sink: Sink, byte: number): boolean {
  if (sink.length === sink.bytes.length) return false;
  sink.bytes[sink.length++] = byte;
  return true;
}

/** As UTF-8 sorts, and Python and Go; JavaScript's own order puts surrogates before U+E000. */
function byCodePoint(a: string, b: string): number {
  let index = 0;
  while (index < a.length && a.charCodeAt(index) === b.charCodeAt(index)) index++;
  if (index === a.length || index === b.length) return a.length - b.length;
  return rank(a.charCodeAt(index)) - rank(b.charCodeAt(index));
}

/** Surrogates spell the characters above U+FFFF, so they come after all others. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
