import type { BackoffLimits } from "./backoff.ts";
import type { CloseReason } from "./mqtt-session.ts";
import type { SessionLimits } from "./mqtt-state.ts";
import type { OutboxLimits } from "./outbox.ts";

/** Why the link is not connected. */
export type LossReason =
  | CloseReason
  /** The socket class would not even begin. */
  | "not-dialled"
  /** No connection, or the peer failed verification. */
  | "not-reached"
  | "connect-overdue"
  /** A connection that stood is gone. */
  | "lost"
  /** We want none of it for a while (`telemetry/anomaly.ts`). */
  | "held-off";

export interface LinkLimits extends SessionLimits, OutboxLimits {
  /** Largest command, bytes; a larger PUBLISH is refused and skipped. */
  readonly commandBytes: number;
  /** From dialling to a verified connection. */
  readonly connectMs: number;
  readonly backoff: BackoffLimits;
  /** After the broker refused this very unit: asking again soon changes nothing. */
  readonly refusedBackoff: BackoffLimits;
  /** A connection that stood so long starts the backoff anew. */
  readonly settledMs: number;
}

/** What waits and what is in flight come to 14 KB at worst, on a heap of 92 KB. */
export const linkLimits: LinkLimits = {
  keepAliveSeconds: 60,
  connackMs: 15_000,
  silenceMs: 20_000,
  answerMs: 300_000,
  window: 16,
  windowBytes: 4_096,
  attempts: 8,
  messageBytes: 2_048,
  totalBytes: 8_192,
  eventMs: 3_600_000,
  commandBytes: 1_024,
  connectMs: 30_000,
  backoff: { baseMs: 1_000, capMs: 300_000 },
  refusedBackoff: { baseMs: 60_000, capMs: 3_600_000 },
  settledMs: 30_000,
};

const unitRefusals: readonly LossReason[] = [
  "unacceptable-protocol-version",
  "identifier-rejected",
  "bad-user-name-or-password",
  "not-authorised",
  "subscription-refused",
];

/** Whether the broker refused this unit, as opposed to trouble of the network or the broker. */
export function isUnitRefused(reason: LossReason): boolean {
  return unitRefusals.includes(reason);
}

/** What networks and brokers do when they are merely broken, or strict. */
const ordinary: readonly LossReason[] = [
  ...unitRefusals,
  "server-unavailable",
  "connack-overdue",
  "silent",
  "answer-overdue",
  "not-dialled",
  "not-reached",
  "connect-overdue",
  "lost",
  "held-off",
];

/** Whether what spoke in the broker's place spoke as no broker does. */
export function isOdd(reason: string): boolean {
  return !ordinary.some((one) => one === reason);
}
