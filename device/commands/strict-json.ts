/**
 * A small strict JSON reader (RFC 8259) for hostile text. Not `JSON.parse`, because that keeps the
 * last of two members with one name (so two readers of one message can see two commands), sets no
 * limit to nesting, and its errors differ between engines. Objects have no prototype: a member named
 * "__proto__" is a member like any other.
 */

export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;
export interface JsonObject {
  [name: string]: JsonValue;
}

/** `{"a":[{"b":{}}]}` is 4 deep: enough for a command. */
export const MAX_DEPTH = 4;
/** The longest number that is read: every double fits; a kilobyte of digits does not. */
const MAX_NUMBER_LENGTH = 25;

interface Cursor {
  readonly text: string;
  at: number;
}

/** An array or object that has begun. */
interface Container {
  readonly value: JsonValue[] | JsonObject;
  /** Of the member whose value is due; "" in an array. */
  name: string;
}

/** What a reading function returns when the text is not JSON; no value can be mistaken for it. */
interface Failure {
  readonly failed: true;
}
const failure: Failure = { failed: true };
type Read<T> = { readonly value: T } | Failure;

/**
 * The value, or undefined when `text` is not one JSON value within the limits. A loop and not a
 * recursion: the chip's stack is a few hundred slots, and a level of nesting would take thirty.
 */
export function readJson(
  text: string,
  maxDepth = MAX_DEPTH,
): { readonly value: JsonValue } | undefined {
  const cursor = { text, at: 0 };
  const open: Container[] = [];
  for (;;) {
    skipSpace(cursor);
    const container = startContainer(cursor);
    if (container && open.length === maxDepth) return undefined;
    if (container && !endsHere(cursor, container)) {
      if (!readName(cursor, container)) return undefined;
      open.push(container);
      continue;
    }
    const read = container ?? readScalar(cursor);
    if ("failed" in read) return undefined;
    const whole = close(cursor, open, read.value);
    if (whole !== "more") return "failed" in whole ? undefined : whole;
  }
}

/** True for what `{…}` gave; arrays and null are not objects here. */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function skipSpace(cursor: Cursor): void {
  while (" \t\n\r".includes(cursor.text.charAt(cursor.at) || "x")) cursor.at++;
}

function take(cursor: Cursor, expected: string): boolean {
  if (!cursor.text.startsWith(expected, cursor.at)) return false;
  cursor.at += expected.length;
  return true;
}

function startContainer(cursor: Cursor): Container | undefined {
  if (take(cursor, "{")) return { value: Object.create(null), name: "" };
  return take(cursor, "[") ? { value: [], name: "" } : undefined;
}

function endsHere(cursor: Cursor, { value }: Container): boolean {
  skipSpace(cursor);
  return take(cursor, Array.isArray(value) ? "]" : "}");
}

/** The name and colon of an object's next member; nothing for an array. False: not there, or twice. */
function readName(cursor: Cursor, container: Container): boolean {
  if (Array.isArray(container.value)) return true;
  skipSpace(cursor);
  const name = readString(cursor);
  if ("failed" in name || name.value in container.value) return false;
  container.name = name.value;
  skipSpace(cursor);
  return take(cursor, ":");
}

/** Puts a value where it belongs, ends what ends behind it, and says whether another is due. */
function close(cursor: Cursor, open: Container[], read: JsonValue): Read<JsonValue> | "more" {
  let value = read;
  for (;;) {
    const container = open[open.length - 1];
    skipSpace(cursor);
    if (!container) return cursor.at === cursor.text.length ? { value } : failure;
    if (Array.isArray(container.value)) container.value.push(value);
    else container.value[container.name] = value;
    if (take(cursor, ",")) return readName(cursor, container) ? "more" : failure;
    if (!endsHere(cursor, container)) return failure;
    value = container.value;
    open.pop();
  }
}

function readScalar(cursor: Cursor): Read<JsonValue> {
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
  if (letter === "u") {
    const digits = cursor.text.slice(cursor.at, cursor.at + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) return undefined;
    cursor.at += 4;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }
  const index = letter === "" ? -1 : '"\\/bfnrt'.indexOf(letter);
  return index < 0 ? undefined : '"\\/\b\f\n\r\t'.charAt(index);
}

/** An escape can spell half a surrogate pair, which has no UTF-8 form (RFC 8259 section 8.2). */
function isWellFormed(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const point = text.codePointAt(index) as number;
    if (point >= 0xd800 && point <= 0xdfff) return false;
    if (point > 0xffff) index++;
  }
  return true;
}
