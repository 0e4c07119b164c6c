/**
 * What a client must remember of its conversation with a broker, how much of it there may be, and
 * when an answer is overdue. The decisions themselves are in `mqtt-session.ts`.
 */

import { costOf, type Message } from "./outbox.ts";
import type { UnitTopics } from "./topics.ts";

export interface SessionLimits {
  /** Told to the broker, which hangs up after one and a half times this silence (3.1.2.10). */
  readonly keepAliveSeconds: number;
  /** From CONNECT to CONNACK. */
  readonly connackMs: number;
  /** Nothing at all heard while an answer is due: the broker is gone. */
  readonly silenceMs: number;
  /** Something heard, but not the answer that is due. */
  readonly answerMs: number;
  /** Unacknowledged publications at a time, and the bytes above which no further one starts. */
  readonly window: number;
  readonly windowBytes: number;
  /** Connections on which one message may stay unacknowledged before it is given up. */
  readonly attempts: number;
}

export interface SessionConfig {
  readonly topics: UnitTopics;
  readonly limits: SessionLimits;
}

export interface InFlight {
  readonly packetId: number;
  /** Undefined for the availability, which is made anew on every connection. */
  readonly message: Message | undefined;
  /** Connections the broker accepted on which this was sent. */
  readonly attempts: number;
  readonly sentAtMs: number;
}

export interface Session {
  readonly phase: "closed" | "connecting" | "open";
  readonly lastPacketId: number;
  /** In the order first sent; they are sent again in the same order [MQTT-4.6.0-1]. */
  readonly inFlight: readonly InFlight[];
  /** Packet id of the SUBSCRIBE that waits for its SUBACK; 0 for none. */
  readonly subscribing: number;
  readonly openedAtMs: number;
  readonly sentAtMs: number;
  readonly heardAtMs: number;
  /** When the oldest unanswered PINGREQ was sent. */
  readonly pingedAtMs: number | undefined;
}

export const closedSession: Session = {
  phase: "closed",
  lastPacketId: 0,
  inFlight: [],
  subscribing: 0,
  openedAtMs: 0,
  sentAtMs: 0,
  heardAtMs: 0,
  pingedAtMs: undefined,
};

/** Whether a further publication may start: bounds what an idle broker makes us keep. */
export function hasRoom(config: SessionConfig, session: Session): boolean {
  const { window, windowBytes } = config.limits;
  if (session.phase === "closed" || session.inFlight.length >= window) return false;
  let bytes = 0;
  for (const { message } of session.inFlight) bytes += message === undefined ? 0 : costOf(message);
  return bytes < windowBytes;
}

/** When the oldest answer still due was asked for. */
export function askedAt(session: Session): number | undefined {
  const oldest = session.inFlight[0]?.sentAtMs ?? Number.POSITIVE_INFINITY;
  const subscribed = session.subscribing !== 0 ? session.openedAtMs : Number.POSITIVE_INFINITY;
  const asked = Math.min(oldest, subscribed, session.pingedAtMs ?? Number.POSITIVE_INFINITY);
  return asked === Number.POSITIVE_INFINITY ? undefined : asked;
}

/**
 * When a PINGREQ is due: three quarters of the keep-alive after we last sent, since the broker
 * counts our silence, or after we last heard, since we count the broker's.
 */
export function pingDueMs(config: SessionConfig, session: Session): number {
  const quiet =
    session.pingedAtMs === undefined
      ? Math.min(session.sentAtMs, session.heardAtMs)
      : session.sentAtMs;
  return quiet + config.limits.keepAliveSeconds * 750;
}

/** When `tick` next has something to do; undefined while closed. */
export function nextDeadline(config: SessionConfig, session: Session): number | undefined {
  const { connackMs, silenceMs, answerMs } = config.limits;
  if (session.phase === "closed") return undefined;
  if (session.phase === "connecting") return session.openedAtMs + connackMs;
  const ping = pingDueMs(config, session);
  const asked = askedAt(session);
  if (asked === undefined) return ping;
  return Math.min(ping, Math.max(asked, session.heardAtMs) + silenceMs, asked + answerMs);
}

/** The next packet id not in use, from 1 to 65,535 (section 2.3.1). */
export function freePacketId(last: number, inFlight: readonly InFlight[]): number {
  let packetId = last;
  do packetId = (packetId % 65_535) + 1;
  while (inFlight.some((entry) => entry.packetId === packetId));
  return packetId;
}
