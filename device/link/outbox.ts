/**
 * What waits to be published, within a byte limit, across outages (EN 303 645 5.9-2): a first-in
 * first-out line with one rule a class. A *state* replaces the older state that still waits, since
 * only the newest is true. *Events* are history: the oldest are dropped first, and counted.
 * Pure: each function gives a new outbox.
 */

export type MessageKind = "state" | "event";

export interface Message {
  /** Names the message to whoever published it; 1 or more. */
  readonly ticket: number;
  readonly kind: MessageKind;
  readonly payload: Uint8Array;
}

export interface OutboxLimits {
  /** Payload of one message, bytes. */
  readonly messageBytes: number;
  /** Everything that waits, bytes, each message counted by `costOf`. */
  readonly totalBytes: number;
}

export interface Outbox {
  /** In the order they will be sent. */
  readonly waiting: readonly Message[];
  readonly bytes: number;
  /** Messages lost to the limits since start. A replaced state is not lost: its successor waits. */
  readonly dropped: number;
}

export const emptyOutbox: Outbox = { waiting: [], bytes: 0, dropped: 0 };

/** Without a price for its objects in RAM an empty message would be free, and the line endless. */
const overheadBytes = 64;

export function costOf(message: Message): number {
  return message.payload.length + overheadBytes;
}

/**
 * Adds a message at the end, making room by the rules above. A message that cannot fit even then
 * is itself dropped and counted; `accepted` says which.
 */
export function enqueue(
  outbox: Outbox,
  message: Message,
  limits: OutboxLimits,
): { readonly outbox: Outbox; readonly accepted: boolean } {
  const cost = costOf(message);
  const waiting = outbox.waiting.filter(
    (other) => message.kind === "event" || other.kind !== "state",
  );
  let bytes = waiting.reduce((sum, other) => sum + costOf(other), cost);
  let { dropped } = outbox;
  while (bytes > limits.totalBytes) {
    const oldest = waiting.findIndex((other) => other.kind === "event");
    const [lost] = oldest < 0 ? [] : waiting.splice(oldest, 1);
    // The newcomer is refused only when every event has gone, so the line it found is kept.
    if (lost === undefined)
      return { outbox: { ...outbox, dropped: outbox.dropped + 1 }, accepted: false };
    bytes -= costOf(lost);
    dropped++;
  }
  waiting.push(message);
  return { outbox: { waiting, bytes, dropped }, accepted: true };
}

/** The message to send next and the outbox without it. */
export function takeNext(
  outbox: Outbox,
): { readonly message: Message; readonly outbox: Outbox } | undefined {
  const [message, ...waiting] = outbox.waiting;
  if (message === undefined) return undefined;
  return { message, outbox: { ...outbox, waiting, bytes: outbox.bytes - costOf(message) } };
}
