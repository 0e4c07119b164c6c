/**
 * A small strict JSON reader (RFC 8259) for hostile text. Not `JSON.parse`, because that keeps the
 * last of two members with one name (so two readers of one message can see two commands), sets no
 * limit to nesting, and its errors differ between engines. Objects have no prototype: a member named
 * "__proto__" is a member like any other.
 */
import { isWellFormed } from "../platform/text.ts";

/** A value whose objects are kept as `O`. */
export type Json<O> = null | boolean | number | string | Json<O>[] | O;

export type JsonValue = Json<JsonObject>;
export interface JsonObject {
  [name: string]: JsonValue;
}

/** With maps for objects: for documents whose names are a stranger's to choose (`readTree`). */
export type JsonTree = Json<JsonMap>;
export interface JsonMap extends ReadonlyMap<string, JsonTree> {}

/** `{"a":[{"b":{}}]}` is 4 deep: enough for a command. */
export const MAX_DEPTH = 4;
/** The longest number that is read: every double fits; a kilobyte of digits does not. */
const MAX_NUMBER_LENGTH = 25;

interface Cursor {
  readonly text: string;
  at: number;
}

/** An array or object that has begun. */
type Container<O> =
  | { readonly elements: Json<O>[] }
  /** `name`: of the member whose value is due. */
  | { readonly object: O; name: string };

/** How objects are kept. */
interface Members<O> {
  make(): O;
  has(object: O, name: string): boolean;
  put(object: O, name: string, value: Json<O>): void;
}

const properties: Members<JsonObject> = {
  make: () => Object.create(null),
  has: (object, name) => name in object,
  put(object, name, value) {
    object[name] = value;
  },
};

const maps: Members<JsonMap> = {
  make: () => new Map(),
  has: (object, name) => object.has(name),
  put: (object, name, value) => void (object as Map<string, JsonTree>).set(name, value),
};

/**
 * Properties for the names that are expected, and one property for all others: XS keeps the name of every
 * property it has seen in a table that is emptied late or never, so a stranger with new names in
 * every message could fill the heap.
 */
function expected(names: readonly string[]): Members<JsonObject> {
  // Two strange names are not the same name twice. These strings go when the reading is over.
  const strange: { readonly object: JsonObject; readonly name: string }[] = [];
  const isExpected = (name: string) => names.includes(name);
  return {
    make: properties.make,
    has: (object, name) =>
      isExpected(name)
        ? name in object
        : strange.some((one) => one.object === object && one.name === name),
    put(object, name, value) {
      if (isExpected(name)) object[name] = value;
      else {
        strange.push({ object, name });
        object[strangeName] = value;
      }
    },
  };
}

/** What every name is called that was not expected; no schema has it. */
export const strangeName = "?";

/** What a reading function returns when the text is not JSON; no value can be mistaken for it. */
interface Failure {
  readonly failed: true;
}
const failure: Failure = { failed: true };
type Read<T> = { readonly value: T } | Failure;

/** The value, or undefined when `text` is not one JSON value within the limits. */
export function readJson(
  text: string,
  maxDepth = MAX_DEPTH,
): { readonly value: JsonValue } | undefined {
  return read(text, maxDepth, properties);
}

/**
 * As `readJson`; a member whose name is not among `names` is called "?". For messages from strangers
 * whose schema is known: see `expected` for why.
 */
export function readExpected(
  text: string,
  names: readonly string[],
  maxDepth = MAX_DEPTH,
): { readonly value: JsonValue } | undefined {
  return read(text, maxDepth, expected(names));
}

/**
 * As `readJson`, with maps, whose keys are strings like any other and go with it: for documents whose
 * names are a stranger's to choose.
 */
export function readTree(text: string, maxDepth: number): { readonly value: JsonTree } | undefined {
  return read(text, maxDepth, maps);
}

/** A loop and not a recursion: the chip's stack is short, and a level of nesting takes thirty slots. */
function read<O>(
  text: string,
  maxDepth: number,
  members: Members<O>,
): { readonly value: Json<O> } | undefined {
  const cursor = { text, at: 0 };
  const open: Container<O>[] = [];
  for (;;) {
    skipSpace(cursor);
    const container = startContainer(cursor, members);
    if (container && open.length === maxDepth) return undefined;
    if (container && !endsHere(cursor, container)) {
      if (!readName(cursor, container, members)) return undefined;
      open.push(container);
      continue;
    }
    const found: Read<Json<O>> = container ? { value: contentOf(container) } : readScalar(cursor);
    if ("failed" in found) return undefined;
    const whole = close(cursor, open, found.value, members);
    if (whole !== "more") return "failed" in whole ? undefined : whole;
  }
}

/** True for what `{…}` gave; arrays and null are not objects here. */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The same of a tree. */
export function isMap(value: JsonTree | undefined): value is JsonMap {
  return value instanceof Map;
}

function skipSpace(cursor: Cursor): void {
  while (" \t\n\r".includes(cursor.text.charAt(cursor.at) || "x")) cursor.at++;
}

function take(cursor: Cursor, expected: string): boolean {
  if (!cursor.text.startsWith(expected, cursor.at)) return false;
  cursor.at += expected.length;
  return true;
}

function startContainer<O>(cursor: Cursor, members: Members<O>): Container<O> | undefined {
  if (take(cursor, "{")) return { object: members.make(), name: "" };
  return take(cursor, "[") ? { elements: [] } : undefined;
}

function contentOf<O>(container: Container<O>): Json<O> {
  return "elements" in container ? container.elements : container.object;
}

function endsHere<O>(cursor: Cursor, container: Container<O>): boolean {
  skipSpace(cursor);
  return take(cursor, "elements" in container ? "]" : "}");
}

/** The name and colon of an object's next member; nothing for an array. False: not there, or twice. */
function readName<O>(cursor: Cursor, container: Container<O>, members: Members<O>): boolean {
  if ("elements" in container) return true;
  skipSpace(cursor);
  const name = readString(cursor);
  if ("failed" in name || members.has(container.object, name.value)) return false;
  container.name = name.value;
  skipSpace(cursor);
  return take(cursor, ":");
}

/** Puts a value where it belongs, ends what ends behind it, and says whether another is due. */
function close<O>(
  cursor: Cursor,
  open: Container<O>[],
  found: Json<O>,
  members: Members<O>,
): Read<Json<O>> | "more" {
  let value = found;
  for (;;) {
    const container = open[open.length - 1];
    skipSpace(cursor);
    if (!container) return cursor.at === cursor.text.length ? { value } : failure;
    if ("elements" in container) container.elements.push(value);
    else members.put(container.object, container.name, value);
    if (take(cursor, ",")) return readName(cursor, container, members) ? "more" : failure;
    if (!endsHere(cursor, container)) return failure;
    value = contentOf(container);
    open.pop();
  }
}

function readScalar(cursor: Cursor): Read<string | number | boolean | null> {
  switch (cursor.text.charAt(cursor.at)) {
    case '"':
      return readString(cursor);
    case "t":
      return take(cursor, "true") ? { value: true } : failure;
    case "f":
      return take(cursor, "false") ? { value: false } : failure;
    case "n":
      return take(cursor, "null") ? { value: null } : failure;
    default:
      return readNumber(cursor);
  }
}

/** Not finite ("1e999") or longer than any double needs: refused, not rounded to infinity. */
function readNumber(cursor: Cursor): Read<number> {
  const rest = cursor.text.slice(cursor.at, cursor.at + MAX_NUMBER_LENGTH + 1);
  const digits = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/.exec(rest)?.[0];
  if (digits === undefined || digits.length > MAX_NUMBER_LENGTH) return failure;
  const value = Number(digits);
  if (!Number.isFinite(value)) return failure;
  cursor.at += digits.length;
  return { value };
}

function readString(cursor: Cursor): Read<string> {
  if (!take(cursor, '"')) return failure;
  let value = "";
  for (;;) {
    const start = cursor.at;
    while (isPlain(cursor.text.charCodeAt(cursor.at))) cursor.at++;
    value += cursor.text.slice(start, cursor.at);
    if (take(cursor, '"')) return isWellFormed(value) ? { value } : failure;
    if (!take(cursor, "\\")) return failure;
    const escaped = readEscape(cursor);
    if (escaped === undefined) return failure;
    value += escaped;
  }
}

/** Neither a quote, a backslash nor a control character; NaN (the end) is not plain. */
function isPlain(code: number): boolean {
  return code >= 0x20 && code !== 0x22 && code !== 0x5c;
}

function readEscape(cursor: Cursor): string | undefined {
  const letter = cursor.text.charAt(cursor.at++);
  if (letter === "u") return readUnits(cursor);
  const index = letter === "" ? -1 : '"\\/bfnrt'.indexOf(letter);
  return index < 0 ? undefined : '"\\/\b\f\n\r\t'.charAt(index);
}

/**
 * A \u escape, or two that spell one character. The pair is joined here: XS on the chip keeps texts as UTF-8,
 * where two halves side by side stay two.
 */
function readUnits(cursor: Cursor): string | undefined {
  const first = readUnit(cursor);
  if (first === undefined || first < 0xd800 || first > 0xdbff)
    return first === undefined ? undefined : String.fromCharCode(first);
  // A half alone is found later: such a text is not well formed.
  if (!take(cursor, "\\")) return String.fromCharCode(first);
  if (!take(cursor, "u")) return undefined;
  const second = readUnit(cursor);
  if (second === undefined || second < 0xdc00 || second > 0xdfff) return undefined;
  return String.fromCodePoint(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00));
}

function readUnit(cursor: Cursor): number | undefined {
  const digits = cursor.text.slice(cursor.at, cursor.at + 4);
  if (!/^[0-9a-fA-F]{4}$/.test(digits)) return undefined;
  cursor.at += 4;
  return Number.parseInt(digits, 16);
}
