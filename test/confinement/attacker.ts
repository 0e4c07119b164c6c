/**
 * A product that wants more than it was given. In a device's compartment it tries every way we know of
 * to the board, to the other rooms and to what all code shares, and dies with a list of where it got.
 * Stands in the place of `device/product/product.ts`; runs on XS and Node, so without the newest of both.
 */
import type { Capabilities, Product } from "../../device/product/capabilities.ts";

type Try = (given: Capabilities) => unknown;
type Thing = Record<PropertyKey, unknown>;

declare const hostCall: unknown;
declare const onHostEvent: unknown;

/** What of the board a global object shows. */
const boardOf = (scope: unknown): unknown => {
  const { hostCall, onHostEvent } = (scope ?? {}) as Thing;
  return hostCall ?? onHostEvent;
};

/** Code made from text, in whatever scope such code has. */
const made = (maker: unknown): unknown =>
  boardOf((maker as (text: string) => () => unknown)("return globalThis")());

const makerOf = (of: unknown): unknown => Object.getPrototypeOf(of).constructor;

/** Replaces what others use, and looks whether that worked. */
function changes(target: unknown, name: PropertyKey): boolean {
  const shared = target as Thing;
  const before = shared[name];
  const ours = () => "ours";
  try {
    shared[name] = ours;
  } catch {}
  if (shared[name] !== ours)
    try {
      Object.defineProperty(shared, name, { value: ours, configurable: true, writable: true });
    } catch {}
  const changed = shared[name] === ours;
  if (changed) shared[name] = before;
  return changed;
}

/** Everything an object leads to, own and inherited. */
function reachable(from: unknown): Set<object> {
  const found = new Set<object>();
  const add = (value: unknown) => {
    if ((typeof value === "object" && value !== null) || typeof value === "function")
      found.add(value as object);
  };
  add(from);
  for (const one of found) {
    add(Object.getPrototypeOf(one));
    for (const key of Reflect.ownKeys(one)) {
      const property = Object.getOwnPropertyDescriptor(one, key);
      add(property?.value);
      add(property?.get);
      add(property?.set);
    }
  }
  return found;
}

const tries: Readonly<Record<string, Try>> = {
  "the board by name": () => (typeof hostCall === "undefined" ? undefined : hostCall),
  "the board's events by name": () =>
    typeof onHostEvent === "undefined" ? undefined : onHostEvent,
  "the global object": () => boardOf(typeof globalThis === "undefined" ? undefined : globalThis),
  "the global object by this": () =>
    boardOf(
      (function (this: unknown) {
        return this;
      })(),
    ),
  eval: () => {
    // biome-ignore lint/security/noGlobalEval: whether it can be had is the question
    const indirect = eval;
    return boardOf(indirect("globalThis"));
  },
  "a function made of text": () => made(makerOf(() => {})),
  "a generator made of text": () => {
    const maker = makerOf(function* () {}) as (text: string) => () => Iterator<unknown>;
    return boardOf(maker("yield globalThis")().next().value);
  },
  "another compartment": () => {
    const { Compartment } = (typeof globalThis === "undefined" ? {} : globalThis) as Thing;
    if (typeof Compartment !== "function") return undefined;
    return boardOf((new (Compartment as new () => Thing)() as Thing).globalThis);
  },
  "Object.prototype": () => changes(Object.prototype, "polluted"),
  "Array.prototype": () => changes(Array.prototype, "push"),
  "Function.prototype": () => changes(Function.prototype, "call"),
  "Uint8Array.prototype": () => changes(Object.getPrototypeOf(Uint8Array.prototype), "set"),
  "Map.prototype": () => changes(Map.prototype, "get"),
  "the array iterator": () => changes(Object.getPrototypeOf([][Symbol.iterator]()), "next"),
  "Promise.prototype": () => changes(Promise.prototype, "then"),
  "RegExp.prototype": () => changes(RegExp.prototype, "exec"),
  JSON: () => changes(JSON, "parse"),
  "the stack of our callers": () => changes(Error, "prepareStackTrace"),
  "what we were given": (given) =>
    changes(given, "publish") || changes(given.lamp, "write") || changes(given.climate, "sample"),
  "what leads on from what we were given": (given) =>
    [...reachable(given)].some((one) => !Object.isFrozen(one) || boardOf(one) !== undefined),
  "what leads on from what we were lent": (given) =>
    [...reachable(given.climate.sample())].some(
      (one) => (!Object.isFrozen(one) && Object.keys(one).length > 2) || boardOf(one) !== undefined,
    ),
  "who calls us back": (given) => {
    let caller: unknown;
    const report = {
      get lamp() {
        try {
          caller = (report as unknown as { caller: unknown }).caller ?? undefined;
        } catch {}
        return true;
      },
    };
    given.publish(report);
    return caller;
  },
  "more timers than a product has": (given) => {
    for (let count = 0; count < 1_000; count++) given.every(0, () => {});
    return undefined;
  },
};

export const product: Product = {
  name: "attacker",
  names: ["lamp"],
  parse: (value) => value,
  start(given) {
    const reached = Object.entries(tries).filter(([, attempt]) => {
      try {
        const got = attempt(given);
        return got !== undefined && got !== false;
      } catch {
        return false;
      }
    });
    const names = reached.map(([name]) => name);
    throw new Error(`reached: ${names.length === 0 ? "nothing" : names.join("; ")}!`);
  },
};
