/**
 * What waits to be published, within a byte limit and an age, across outages (EN 303 645 5.9-2): a
 * first-in first-out line with one rule a class. A *state* replaces the older state that still waits,
 * since only the newest is true. *Events* are history: the oldest are dropped first, and an answer that
 * is an hour late is no answer. *Security* events are what an attacker would want forgotten: everything
 * else makes room for them. Pure: each function gives a new outbox.
 */

/** `security` events leave as events do; the others have a topic each (`topics.ts`). */
export type MessageKind = "security" | Channel;
export type Channel = "state" | "event" | "diagnostics" | "discovery" | "sight";

export const channelOf = (kind: MessageKind): Channel => (kind === "security" ? "event" : kind);

/** Kinds of which only the newest is true; the broker keeps it for whoever comes later. */
export const isRetained = (kind: MessageKind): boolean => kind === "state" || kind === "discovery";

/** Kinds that tell what was, and when; the others are for now, whenever they arrive. */
export const ages = (kind: MessageKind): boolean => kind !== "discovery" && kind !== "sight";

export interface Message {
  /** Names the message to whoever published it; 1 or more. */
  readonly ticket: number;
  readonly kind: MessageKind;
  readonly payload: Uint8Array;
  /** When it was published, ms since start. */
  readonly atMs: number;
}

export interface OutboxLimits {
  /** Payload of one message, bytes. */
  readonly messageBytes: number;
  /** Everything that waits, bytes, each message counted by `costOf`. */
  readonly totalBytes: number;
  /** Events that are older are dropped, ms. States and security events do not age. */
  readonly eventMs: number;
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

/** Who makes room for whom, first named first. */
const history = ["sight", "diagnostics", "event"] as const;
const roomFor: Readonly<Record<MessageKind, readonly MessageKind[]>> = {
  event: history,
  sight: history,
  diagnostics: history,
  state: history,
  discovery: history,
  security: [...history, "discovery", "state", "security"],
};

/**
 * Adds a message at the end, making room by the rules above. A message that cannot fit even then
 * is itself dropped and counted; `accepted` says which.
 */
export function enqueue(
  outbox: Outbox,
  message: Message,
  limits: OutboxLimits,
): { readonly outbox: Outbox; readonly accepted: boolean } {
  const waiting = outbox.waiting.filter(
    (other) => !isRetained(message.kind) || other.kind !== message.kind,
  );
  let bytes = waiting.reduce((sum, other) => sum + costOf(other), costOf(message));
  let { dropped } = outbox;
  while (bytes > limits.totalBytes) {
    const lost = takeOldest(waiting, roomFor[message.kind]);
    // The newcomer is refused only when nobody is left to make room, so the line it found is kept.
    if (lost === undefined)
      return { outbox: { ...outbox, dropped: outbox.dropped + 1 }, accepted: false };
    bytes -= costOf(lost);
    dropped++;
  }
  waiting.push(message);
  return { outbox: { waiting, bytes, dropped }, accepted: true };
}

/** Takes the oldest message of the first kind that has one. */
function takeOldest(waiting: Message[], kinds: readonly MessageKind[]): Message | undefined {
  for (const kind of kinds) {
    const oldest = waiting.findIndex((other) => other.kind === kind);
    if (oldest >= 0) return waiting.splice(oldest, 1)[0];
  }
  return undefined;
}

/** The outbox without the events that are too old by now; each is counted as dropped. */
export function expire(outbox: Outbox, nowMs: number, { eventMs }: OutboxLimits): Outbox {
  const waiting = outbox.waiting.filter(
    ({ kind, atMs }) => kind !== "event" || nowMs - atMs <= eventMs,
  );
  const expired = outbox.waiting.length - waiting.length;
  if (expired === 0) return outbox;
  const bytes = waiting.reduce((sum, other) => sum + costOf(other), 0);
  return { waiting, bytes, dropped: outbox.dropped + expired };
}

/** The outbox without what waits of this kind: its owner no longer agrees that it leaves. */
export function forget(outbox: Outbox, kind: MessageKind): Outbox {
  const waiting = outbox.waiting.filter((message) => message.kind !== kind);
  return { ...outbox, waiting, bytes: waiting.reduce((sum, message) => sum + costOf(message), 0) };
}

/** The message to send next and the outbox without it. */
export function takeNext(
  outbox: Outbox,
): { readonly message: Message; readonly outbox: Outbox } | undefined {
  const [message, ...waiting] = outbox.waiting;
  if (message === undefined) return undefined;
  return { message, outbox: { ...outbox, waiting, bytes: outbox.bytes - costOf(message) } };
}
