/**
 * The conversation with the broker, as decisions: a state and an event in, a state and effects out.
 * OASIS MQTT 3.1.1; the packets come from `mqtt-decoder.ts` and go to `mqtt-encoder.ts`.
 *
 * **Clean session.** A command is for now: a lamp that was off line for a day must not obey
 * yesterday, and what one owner sent must not wait at the broker for the next (EN 303 645 5.11-1).
 * The owner's app sees "offline", and repeats what no state report confirmed. In the other
 * direction nothing is lost by it: what the broker has not acknowledged stays here and is sent
 * again, in order and marked DUP, on the next connection (section 4.4).
 *
 * **At least once.** A publication or a command may arrive twice when its acknowledgement was lost.
 * Commands are therefore absolute ("on", not "toggle") or carry a counter. A command is acknowledged
 * as it is handed over, not after it was obeyed: one that restarts the unit is not sent again.
 *
 * **One flight.** CONNECT, SUBSCRIBE and the first publications leave together, which section 3.1.4
 * allows and which saves two round trips on a slow network. A server that refuses the CONNECT may
 * not process the rest, so nothing counts as delivered before its acknowledgement.
 */

import { equalBytes } from "../platform/encoding.ts";
import { encodeText } from "../platform/text.ts";
import type { ConnackCode, Incoming, Malformed } from "./mqtt-decoder.ts";
import type { Outgoing } from "./mqtt-encoder.ts";
import {
  askedAt,
  closedSession,
  freePacketId,
  type InFlight,
  pingDueMs,
  type Session,
  type SessionConfig,
} from "./mqtt-state.ts";
import { channelOf, isRetained, type Message } from "./outbox.ts";
import type { UnitTopics } from "./topics.ts";

/** CONNACK return codes 1 to 5 (section 3.2.2.3) by name. */
export type ConnackRefusal =
  | "unacceptable-protocol-version"
  | "identifier-rejected"
  | "server-unavailable"
  | "bad-user-name-or-password"
  | "not-authorised";

export type CloseReason =
  | Malformed
  | ConnackRefusal
  | "expected-connack"
  | "unexpected-packet"
  | "subscription-refused"
  | "connack-overdue"
  | "silent"
  | "answer-overdue";

export type CommandRefusal = "too-large" | "retained" | "wrong-topic";

export type SessionEvent =
  /** The TLS connection stands, both ends verified. */
  | { readonly type: "opened" }
  /** Bytes arrived, whatever they are. */
  | { readonly type: "heard" }
  | { readonly type: "packet"; readonly packet: Incoming }
  /** Only while `hasRoom`. */
  | { readonly type: "publish"; readonly message: Message }
  | { readonly type: "tick" }
  /** We are leaving in good order; `traceless`: nothing of us is to stay at the broker. */
  | { readonly type: "leave"; readonly traceless?: boolean }
  | { readonly type: "closed" };

export type Effect =
  | { readonly type: "send"; readonly packet: Outgoing }
  | { readonly type: "deliver"; readonly payload: Uint8Array }
  | { readonly type: "refused"; readonly reason: CommandRefusal; readonly sizeBytes: number }
  /** Subscribed: from here on commands arrive. */
  | { readonly type: "ready" }
  | { readonly type: "acknowledged"; readonly ticket: number }
  | { readonly type: "abandoned"; readonly ticket: number }
  | { readonly type: "close"; readonly reason: CloseReason };

export interface Step {
  readonly session: Session;
  readonly effects: readonly Effect[];
}

/** The next event of a connection. `nowMs` is monotonic. */
export function step(
  config: SessionConfig,
  session: Session,
  event: SessionEvent,
  nowMs: number,
): Step {
  if (event.type === "opened") return open(config, session, nowMs);
  if (session.phase === "closed") return { session, effects: [] };
  switch (event.type) {
    case "heard":
      return { session: { ...session, heardAtMs: nowMs }, effects: [] };
    case "packet":
      return receive(config, session, event.packet, nowMs);
    case "publish":
      return publish(config, session, event.message, nowMs);
    case "tick":
      return tick(config, session, nowMs);
    case "leave":
      return leave(config, session, event.traceless ? "" : offline);
    case "closed":
      return { session: close(session), effects: [] };
  }
}

const online = "online";
const offline = "offline";

/** Everything of the first flight, in order: whoever reads "online" can already send commands. */
function open(config: SessionConfig, session: Session, nowMs: number): Step {
  const { topics, limits } = config;
  const effects: Effect[] = [];
  const kept: InFlight[] = [];
  for (const entry of close(session).inFlight) {
    if (entry.attempts < limits.attempts) kept.push({ ...entry, sentAtMs: nowMs });
    else if (entry.message) effects.push({ type: "abandoned", ticket: entry.message.ticket });
  }
  const subscribing = freePacketId(session.lastPacketId, kept);
  const packetId = freePacketId(subscribing, kept);
  const will = { topic: topics.availability, payload: encodeText(offline) };
  const { keepAliveSeconds } = limits;
  effects.push(
    send({ type: "connect", clientId: topics.clientId, keepAliveSeconds, will }),
    send({ type: "subscribe", packetId: subscribing, topic: topics.command }),
    send({ ...availability(topics, online), packetId }),
  );
  for (const entry of kept)
    if (entry.message) effects.push(send(publication(topics, entry.message, entry.packetId, true)));
  const announced = { packetId, message: undefined, attempts: 0, sentAtMs: nowMs };
  const times = { openedAtMs: nowMs, sentAtMs: nowMs, heardAtMs: nowMs };
  return {
    session: {
      ...closedSession,
      ...times,
      phase: "connecting",
      lastPacketId: packetId,
      inFlight: [announced, ...kept],
      subscribing,
    },
    effects,
  };
}

/** What survives a connection: packet ids and messages without an acknowledgement. */
function close(session: Session): Session {
  const inFlight = session.inFlight.filter((entry) => entry.message !== undefined);
  return { ...closedSession, lastPacketId: session.lastPacketId, inFlight };
}

function publish(config: SessionConfig, session: Session, message: Message, nowMs: number): Step {
  const packetId = freePacketId(session.lastPacketId, session.inFlight);
  const attempts = session.phase === "open" ? 1 : 0;
  const inFlight = [...session.inFlight, { packetId, message, attempts, sentAtMs: nowMs }];
  return {
    session: { ...session, lastPacketId: packetId, inFlight, sentAtMs: nowMs },
    effects: [send(publication(config.topics, message, packetId, false))],
  };
}

function receive(config: SessionConfig, session: Session, packet: Incoming, nowMs: number): Step {
  if (packet.type === "malformed") return closing(session, packet.reason);
  if (packet.type === "connack") return accept(session, packet.code);
  // The first packet from the server must be the CONNACK [MQTT-3.2.0-1].
  if (session.phase === "connecting") return closing(session, "expected-connack");
  switch (packet.type) {
    case "publish":
    case "oversize":
      return take(config, session, packet, nowMs);
    case "puback": {
      const index = session.inFlight.findIndex(({ packetId }) => packetId === packet.packetId);
      const entry = session.inFlight[index];
      // Twice acknowledged is harmless: a server may answer both copies of a retransmission.
      if (entry === undefined) return { session, effects: [] };
      const inFlight = session.inFlight.slice();
      inFlight.splice(index, 1);
      const ticket = entry.message?.ticket;
      const effects: Effect[] = ticket === undefined ? [] : [{ type: "acknowledged", ticket }];
      return { session: { ...session, inFlight }, effects };
    }
    case "suback":
      if (packet.packetId !== session.subscribing) return closing(session, "unexpected-packet");
      if (packet.granted === "failure") return closing(session, "subscription-refused");
      return { session: { ...session, subscribing: 0 }, effects: [{ type: "ready" }] };
    case "pingresp":
      return { session: { ...session, pingedAtMs: undefined }, effects: [] };
  }
}

const refusals: readonly ConnackRefusal[] = [
  "unacceptable-protocol-version",
  "identifier-rejected",
  "server-unavailable",
  "bad-user-name-or-password",
  "not-authorised",
];

function accept(session: Session, code: ConnackCode): Step {
  if (session.phase !== "connecting") return closing(session, "unexpected-packet");
  const refusal = refusals[code - 1];
  if (refusal !== undefined) return closing(session, refusal);
  const inFlight = session.inFlight.map((entry) => ({ ...entry, attempts: entry.attempts + 1 }));
  return { session: { ...session, phase: "open", inFlight }, effects: [] };
}

/** A PUBLISH from the broker: acknowledged in any case, handed over if it is a command for now. */
function take(
  config: SessionConfig,
  session: Session,
  packet: Extract<Incoming, { type: "publish" | "oversize" }>,
  nowMs: number,
): Step {
  const effects: Effect[] = [];
  if (packet.packetId !== 0) effects.push(send({ type: "puback", packetId: packet.packetId }));
  const sizeBytes = packet.type === "oversize" ? packet.sizeBytes : packet.payload.length;
  const refused = (reason: CommandRefusal): Effect => ({ type: "refused", reason, sizeBytes });
  if (!equalBytes(packet.topic, config.topics.command)) effects.push(refused("wrong-topic"));
  else if (packet.type === "oversize") effects.push(refused("too-large"));
  // The broker would repeat a retained command on every connection, for ever.
  else if (packet.retained) effects.push(refused("retained"));
  else effects.push({ type: "deliver", payload: packet.payload });
  const sentAtMs = packet.packetId !== 0 ? nowMs : session.sentAtMs;
  return { session: { ...session, sentAtMs }, effects };
}

function tick(config: SessionConfig, session: Session, nowMs: number): Step {
  const { connackMs, silenceMs, answerMs } = config.limits;
  if (session.phase === "connecting") {
    if (nowMs >= session.openedAtMs + connackMs) return closing(session, "connack-overdue");
    return { session, effects: [] };
  }
  const asked = askedAt(session);
  if (asked !== undefined) {
    if (nowMs >= Math.max(asked, session.heardAtMs) + silenceMs) return closing(session, "silent");
    if (nowMs >= asked + answerMs) return closing(session, "answer-overdue");
  }
  if (nowMs < pingDueMs(config, session)) return { session, effects: [] };
  const pingedAtMs = session.pingedAtMs ?? nowMs;
  return {
    session: { ...session, sentAtMs: nowMs, pingedAtMs },
    effects: [send({ type: "pingreq" })],
  };
}

/**
 * DISCONNECT makes the broker forget the will [MQTT-3.14.4-3], so we say "offline" ourselves; an empty
 * message makes it forget what it has kept [MQTT-3.3.1-10].
 */
function leave(config: SessionConfig, session: Session, word: string): Step {
  const goodbye = send({ ...availability(config.topics, word), packetId: 0 });
  return { session: close(session), effects: [goodbye, send({ type: "disconnect" })] };
}

function closing(session: Session, reason: CloseReason): Step {
  return { session: close(session), effects: [{ type: "close", reason }] };
}

function send(packet: Outgoing): Effect {
  return { type: "send", packet };
}

function availability(topics: UnitTopics, text: string) {
  const payload = encodeText(text);
  return {
    type: "publish",
    topic: topics.availability,
    payload,
    retain: true,
    duplicate: false,
  } as const;
}

function publication(
  topics: UnitTopics,
  message: Message,
  packetId: number,
  duplicate: boolean,
): Outgoing {
  const { kind, payload } = message;
  const retain = isRetained(kind);
  return { type: "publish", topic: topics[channelOf(kind)], payload, retain, duplicate, packetId };
}
