import { linkLimits } from "../../device/link/link-limits.ts";
import type { Incoming } from "../../device/link/mqtt-decoder.ts";
import { Decoder } from "../../device/link/mqtt-decoder.ts";
import { encode, encodedBytes } from "../../device/link/mqtt-encoder.ts";
import { type Effect, type SessionEvent, step } from "../../device/link/mqtt-session.ts";
import {
  closedSession,
  nextDeadline,
  type Session,
  type SessionConfig,
} from "../../device/link/mqtt-state.ts";
import type { Message } from "../../device/link/outbox.ts";
import { topicsOf } from "../../device/link/topics.ts";
import { type Read, readClient, server } from "./wire.ts";

export const config: SessionConfig = {
  topics: topicsOf("unit7"),
  limits: { ...linkLimits, window: 4, windowBytes: 1_000, attempts: 3 },
};
export const command = "units/unit7/command";

export type Step = typeof step;

function incoming(stream: Uint8Array): Incoming {
  const decoder = new Decoder({ packetBytes: 200, topicBytes: 40 });
  decoder.feed(stream);
  return decoder.next() as Incoming;
}

/** A session with a clock, and everything it did. */
export class Conversation {
  session: Session = closedSession;
  nowMs = 1_000;
  sent: Read[] = [];
  effects: Effect[] = [];
  private readonly step: Step;

  constructor(decide: Step = step) {
    this.step = decide;
  }

  /** Applies one event and keeps its effects as the latest. */
  on(event: SessionEvent): this {
    const result = this.step(config, this.session, event, this.nowMs);
    this.session = result.session;
    this.effects = [...result.effects];
    this.sent = [];
    for (const effect of result.effects) {
      if (effect.type !== "send") continue;
      const bytes = new Uint8Array(encodedBytes(effect.packet));
      encode(effect.packet, bytes, 0);
      this.sent.push(...readClient(bytes));
    }
    return this;
  }

  receive(stream: Uint8Array): this {
    this.on({ type: "heard" });
    return this.on({ type: "packet", packet: incoming(stream) });
  }

  /** Connected and subscribed. */
  open(): this {
    this.on({ type: "opened" });
    const subscribe = this.sent.find((packet) => packet.type === "subscribe");
    const online = this.sent.find((packet) => packet.type === "publish");
    this.receive(server.connack());
    this.receive(server.suback(subscribe?.packetId ?? 0));
    return this.receive(server.puback(online?.packetId ?? 0));
  }

  publish(ticket: number, kind: Message["kind"] = "event", size = 10): this {
    return this.on({
      type: "publish",
      message: { ticket, kind, payload: new Uint8Array(size), atMs: this.nowMs },
    });
  }

  /** Lets time pass from deadline to deadline; stops at a close and gives its reason. */
  wait(durationMs: number): string | undefined {
    const endMs = this.nowMs + durationMs;
    for (;;) {
      const deadline = nextDeadline(config, this.session);
      if (deadline === undefined || deadline > endMs) break;
      this.nowMs = Math.max(deadline, this.nowMs + 1);
      const reason = this.on({ type: "tick" }).closeReason;
      if (reason !== undefined) return reason;
      if (this.sent.some((packet) => packet.type === "pingreq")) this.pings++;
    }
    this.nowMs = endMs;
    return undefined;
  }
  pings = 0;

  get closeReason(): string | undefined {
    const close = this.effects.find((effect) => effect.type === "close");
    return close?.type === "close" ? close.reason : undefined;
  }
}
