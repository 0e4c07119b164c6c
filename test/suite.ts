/**
 * Room suites run on every runtime: Node, XS on a desktop, the SDK build, the emulated chip. So a
 * suite imports no test runner, no Node and no timer: it is data, a list of named synchronous cases.
 * `test/rooms.test.ts` hands the cases to ava, once per engine.
 */

/** What a case may claim. Each throws `CheckFailed` on the first claim that does not hold. */
export interface Check {
  ok(value: unknown, what?: string): void;
  /** Deep equality over JSON-like values, `Uint8Array`, `undefined` and bigint. */
  equal(actual: unknown, expected: unknown, what?: string): void;
  /** The function throws (a `throw` in device code is our own bug, so this is rare). */
  throws(run: () => unknown, what?: string): void;
}

export type Case = (check: Check) => void;

export interface Suite {
  /** The room, e.g. "access". */
  readonly room: string;
  /** Case name → case. Named after what the attacker or the user does. */
  readonly cases: Readonly<Record<string, Case>>;
}

export class CheckFailed extends Error {}

function show(value: unknown): string {
  if (value instanceof Uint8Array)
    return `bytes[${value.length}] ${Array.from(value.subarray(0, 40), (b) => b.toString(16).padStart(2, "0")).join("")}`;
  if (typeof value === "bigint") return `${value}n`;
  const text = JSON.stringify(value);
  return text === undefined ? String(value) : text.slice(0, 400);
}

export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof ArrayBuffer)
    return b instanceof ArrayBuffer && same(new Uint8Array(a), new Uint8Array(b));
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    if (!(a instanceof Uint8Array && b instanceof Uint8Array) || a.length !== b.length)
      return false;
    return a.every((byte, index) => byte === b[index]);
  }
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keysA = Object.keys(a);
  const keysB = Object.keys(b);
  return (
    keysA.length === keysB.length &&
    keysA.every(
      (key) =>
        key in b && same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
    )
  );
}

export const check: Check = {
  ok(value, what = "value") {
    if (!value) throw new CheckFailed(`${what}: expected a truthy value, got ${show(value)}`);
  },
  equal(actual, expected, what = "value") {
    if (!same(actual, expected))
      throw new CheckFailed(`${what}: expected ${show(expected)}, got ${show(actual)}`);
  },
  throws(run, what = "call") {
    try {
      run();
    } catch {
      return;
    }
    throw new CheckFailed(`${what}: expected it to throw`);
  },
};
