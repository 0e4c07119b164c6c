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
import type { Json, JsonMap, JsonObject } from "../../commands/strict-json.ts";
import { encodeText } from "../../platform/text.ts";

/** What was read, or what is about to be signed. */
type Value = Json<JsonMap | JsonObject>;

interface Sink {
  readonly bytes: Uint8Array;
  /** Goes on counting past the end of `bytes`. */
  length: number;
}

/** An array or object being written. */
interface Container {
  /** In the order in which they are written. */
  readonly names: readonly string[] | undefined;
  readonly elements: readonly Value[];
  next: number;
}

const quote = 0x22;
const backslash = 0x5c;

/**
 * Undefined for what has no canonical form (a fraction, a number above 2^53) or needs more than
 * `capacity` bytes. Pass the length of the file: a form without white space and signatures is longer
 * than the file only when its numbers are spelt with exponents, which nobody does in good faith.
 *
 * A loop and not a recursion, for the chip's small stack.
 */
export function canonicalJson(value: Value, capacity: number): Uint8Array | undefined {
  const sink = { bytes: new Uint8Array(capacity), length: 0 };
  const open: Container[] = [];
  let due: Value | undefined = value;
  while (due !== undefined) {
    const container = containerOf(due);
    if (container) {
      writeText(sink, container.names ? "{" : "[");
      open.push(container);
    } else if (!writeScalar(sink, due)) return undefined;
    due = nextDue(sink, open);
  }
  return sink.length <= capacity ? sink.bytes.subarray(0, sink.length) : undefined;
}

function containerOf(value: Value): Container | undefined {
  if (Array.isArray(value)) return { names: undefined, elements: value, next: 0 };
  if (typeof value !== "object" || value === null) return undefined;
  const members: ReadonlyMap<string, Value> =
    value instanceof Map ? value : new Map(Object.entries(value));
  const names = [...members.keys()].sort(byCodePoint);
  return { names, elements: names.map((name) => members.get(name) as Value), next: 0 };
}

/** Ends what has no more elements, and begins the next one of what has. */
function nextDue(sink: Sink, open: Container[]): Value | undefined {
  for (;;) {
    const container = open[open.length - 1];
    if (!container) return undefined;
    const { names, elements, next } = container;
    if (next < elements.length) {
      container.next++;
      if (next > 0) writeText(sink, ",");
      if (names) {
        writeString(sink, names[next] as string);
        writeText(sink, ":");
      }
      return elements[next];
    }
    writeText(sink, names ? "}" : "]");
    open.pop();
  }
}

function writeScalar(sink: Sink, value: Value): boolean {
  if (typeof value === "number" && !Number.isSafeInteger(value)) return false;
  if (typeof value === "string") writeString(sink, value);
  else writeText(sink, String(value));
  return true;
}

function writeText(sink: Sink, ascii: string): void {
  for (let index = 0; index < ascii.length; index++) writeByte(sink, ascii.charCodeAt(index));
}

function writeString(sink: Sink, text: string): void {
  writeByte(sink, quote);
  for (const byte of encodeText(text)) {
    if (byte === quote || byte === backslash) writeByte(sink, backslash);
    writeByte(sink, byte);
  }
  writeByte(sink, quote);
}

function writeByte(sink: Sink, byte: number): void {
  if (sink.length < sink.bytes.length) sink.bytes[sink.length] = byte;
  sink.length++;
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
