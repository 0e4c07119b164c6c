/**
 * What the service looks for in a fleet's telemetry (EN 303 645 5.10-1), as data: which events count,
 * how many of them within how long. The thresholds are held from both sides by `test/watch.test.ts`:
 * each staged attack of its list is flagged within the number of events stated there, and a clean week
 * is not.
 */
import type { BrokerEvent } from "../broker/broker-type.ts";

export type Signal =
  | "guessing"
  | "forged-orders"
  | "refused-commands"
  | "update-attack"
  | "restarts"
  | "strange-broker"
  | "damage"
  | "foreign-topics"
  | "flood"
  | "comes-and-goes"
  | "missing-events"
  | "broken-chain"
  | "device-alarm"
  | "strangers";

/** One event as the watcher counts it. Names and reasons only: a report's values are never looked at. */
export interface Observed {
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly type: BrokerEvent["type"];
  /** The unit, or undefined for a stranger. */
  readonly unit?: string;
  /** Of a security event. */
  readonly event?: string;
  readonly reason?: string;
  /** How many alike the device had counted. */
  readonly times?: number;
  readonly sequence?: number;
  /** Links of the device's journal: the number of the entry before, its mark, and this one's. */
  readonly after?: number;
  readonly prev?: string;
  readonly mark?: string;
}

export interface Rule {
  readonly signal: Signal;
  readonly counts: (seen: Observed) => boolean;
  readonly atLeast: number;
  readonly withinMs: number;
  /** One plain sentence. */
  readonly words: string;
  /** Seen at several units at once it speaks of the fleet, below the threshold of each. */
  readonly fleet?: true;
}

const minute = 60_000;
const hour = 60 * minute;
const forgeries = ["wrong-signature", "wrong-algorithm", "wrong-device", "replayed", "expired"];
const crashes = ["watchdog", "memory-full", "stack-overflow", "exception", "brown-out"];
/** What a broken network does too says nothing of a stranger. */
const losses = ["not-reached", "lost", "silent", "connect-overdue", "not-dialled"];
const abuses = ["topic", "wildcard", "system-topic", "not-granted", "client-id", "too-large"];

export const rules: readonly Rule[] = [
  {
    signal: "guessing",
    counts: ({ event }) => event === "pairing-refused",
    atLeast: 5,
    withinMs: hour,
    words: "Somebody guesses the label's password.",
    fleet: true,
  },
  {
    signal: "forged-orders",
    counts: ({ event, reason = "" }) => event === "command-refused" && forgeries.includes(reason),
    atLeast: 2,
    withinMs: hour,
    words: "Somebody sends orders that the owner did not sign, or sends hers again.",
    fleet: true,
  },
  {
    signal: "refused-commands",
    counts: ({ event }) => event === "command-refused",
    atLeast: 10,
    withinMs: hour,
    words: "Command after command is refused.",
  },
  {
    signal: "update-attack",
    counts: ({ event }) => event === "update-refused",
    atLeast: 2,
    withinMs: 24 * hour,
    words: "Updates are offered that the maker did not release.",
    fleet: true,
  },
  {
    signal: "restarts",
    counts: ({ event, reason = "" }) =>
      event === "safe-mode" || (event === "reset" && crashes.includes(reason)),
    atLeast: 3,
    withinMs: hour,
    words: "The device keeps dying.",
    fleet: true,
  },
  {
    signal: "strange-broker",
    counts: ({ event, reason = "" }) => event === "link-refused" && !losses.includes(reason),
    atLeast: 3,
    withinMs: hour,
    words: "What answers in the broker's place does not speak as a broker does.",
    fleet: true,
  },
  {
    signal: "damage",
    counts: ({ event }) => event === "storage-damaged" || event === "tampered",
    atLeast: 1,
    withinMs: hour,
    words: "The device found that its software, its settings or its journal had been changed.",
  },
  {
    signal: "device-alarm",
    counts: ({ event }) => event === "anomaly",
    atLeast: 1,
    withinMs: hour,
    words: "The device itself took what happens to it for an attack, and answered it.",
    fleet: true,
  },
  {
    signal: "foreign-topics",
    counts: ({ type, unit, reason = "" }) =>
      type === "refused" && unit !== undefined && abuses.includes(reason),
    atLeast: 2,
    withinMs: hour,
    words: "Under the device's name somebody reaches for what is not the device's.",
  },
  {
    signal: "flood",
    counts: ({ type }) => type === "published",
    atLeast: 60,
    withinMs: minute,
    words: "It sends far more than such a device does.",
  },
  {
    signal: "comes-and-goes",
    counts: ({ type, unit }) => type === "connected" && unit !== undefined,
    atLeast: 8,
    withinMs: 10 * minute,
    words: "It connects again and again: two may be using one identity.",
  },
  {
    signal: "strangers",
    counts: ({ type, unit }) => type === "refused" && unit === undefined,
    atLeast: 20,
    withinMs: 10 * minute,
    words: "Strangers knock at the broker.",
  },
];
