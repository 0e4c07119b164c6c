/**
 * What happens at a desk, as named functions: the tests call them, the page calls them, and so will
 * the conformance record. What a visitor clicks is what runs in the tests.
 */
import type { Clock } from "../board/clock.ts";
import type { Trace } from "../board/events.ts";
import type { Desk } from "../desk/desk.ts";
import type { GuidelineNumber } from "../panel/guidelines.ts";

/** What the device did about it. */
export interface Answer {
  /** The promise held. */
  readonly held: boolean;
  /** One plain sentence. */
  readonly saw: string;
  /** The reason as the code names it. */
  readonly reason?: string;
}

export interface Attack {
  /** Lower-case letters and dashes; unique. */
  readonly name: string;
  readonly guideline: GuidelineNumber;
  readonly title: string;
  /** What the attacker does, one or two sentences. */
  readonly explain: string;
  /** The test that holds the promise for good. */
  readonly test: string;
  /** What must be so before it makes sense, or undefined. */
  readonly needs?: "owner";
  run(desk: Desk): Promise<Answer>;
}

/** The scenario cannot be played now; the message says what to do first. */
export class NotNow extends Error {}

/** Resolves with the first thing `listen` reports; rejects after `timeoutMs`. */
export function first<Thing>(
  listen: (report: (thing: Thing) => void) => () => void,
  timeoutMs: number,
  what: string,
): Promise<Thing> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      stop();
      reject(new Error(`${what}: nothing within ${timeoutMs / 1000} s`));
    }, timeoutMs);
    const stop = listen((thing) => {
      clearTimeout(timer);
      stop();
      resolve(thing);
    });
  });
}

/** The next trace of the device among these events of a room. */
export function nextTrace(
  { unit }: Desk,
  room: string,
  events: readonly string[],
  timeoutMs: number,
): Promise<{ event: string; reason: string }> {
  return first(
    (report) => {
      const listener = (trace: Trace) => {
        if (trace.room !== room || !events.includes(trace.event)) return;
        report({ event: trace.event, reason: String(trace.detail?.reason ?? "") });
      };
      unit.on("trace", listener);
      return () => void unit.off("trace", listener);
    },
    timeoutMs,
    `${room} ${events.join(" or ")}`,
  );
}

/** Waits by the desk's clock. */
export const pause = (clock: Clock, ms: number) =>
  new Promise<void>((resolve) => void clock.after(ms, resolve));
