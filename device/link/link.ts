/**
 * Keeps the unit connected to its broker: dials, listens for commands, sends what waits, notices
 * silence, and comes back with jitter. It joins the decisions (`mqtt-session.ts`, `outbox.ts`,
 * `backoff.ts`) to a socket and a timer. It is given a TLS socket class, and there is no other way
 * for it to reach anybody (EN 303 645 5.5-1, 5.9-3).
 */
import type { Clock, Timer, TLSConstructor, Trace } from "../platform/platform.ts";
import { firstWait, nextWait, uniformOf } from "./backoff.ts";
import { Connection } from "./connection.ts";
import { isUnitRefused, type LinkLimits, type LossReason, linkLimits } from "./link-limits.ts";
import { type CommandRefusal, type Effect, type SessionEvent, step } from "./mqtt-session.ts";
import { closedSession, hasRoom, nextDeadline, type SessionConfig } from "./mqtt-state.ts";
import {
  ages,
  emptyOutbox,
  enqueue,
  expire,
  forget,
  type MessageKind,
  takeNext,
} from "./outbox.ts";
import { topicsOf } from "./topics.ts";

export type LinkState =
  | { readonly phase: "connecting" }
  /** Subscribed: commands arrive from here on. */
  | { readonly phase: "connected" }
  /** `detail` is the socket's own words: for the journal, never parsed, at most 120 characters. */
  | {
      readonly phase: "waiting";
      readonly reason: LossReason;
      readonly detail: string;
      readonly retryMs: number;
    }
  | { readonly phase: "stopped" };

export interface LinkOptions {
  readonly TLS: TLSConstructor;
  readonly timer: Timer;
  readonly clock: Clock;
  /** Entropy, for the jitter. */
  readonly random: (byteLength: number) => Uint8Array;
  readonly trace: Trace;
  readonly endpoint: { readonly host: string; readonly port: number; readonly serverName: string };
  readonly identity: {
    readonly id: string;
    readonly certificate: readonly Uint8Array[];
    readonly privateKey: Uint8Array;
    readonly anchors: readonly Uint8Array[];
  };
  /** A whole command, at most `commandBytes` long, possibly empty, possibly for the second time. */
  readonly onCommand: (payload: Uint8Array) => void;
  readonly onState: (state: LinkState) => void;
  /** A command that was acknowledged but not handed over. */
  readonly onRefused?: (reason: CommandRefusal, sizeBytes: number) => void;
  /** The broker took the message to which `publish` gave this ticket. */
  readonly onAcknowledged?: (ticket: number) => void;
  /** Says in a payload how many seconds it has waited: asked for what waited for one or more. */
  readonly aged?: (payload: Uint8Array, ageS: number) => Uint8Array;
  readonly limits?: Partial<LinkLimits>;
}

export class Link {
  private readonly options: LinkOptions;
  private readonly limits: LinkLimits;
  private readonly config: SessionConfig;
  private session = closedSession;
  private outbox = emptyOutbox;
  private lastTicket = 0;
  private abandoned = 0;

  private running = false;
  private connection: Connection | undefined;
  /** When to dial again, or to give up dialling. */
  private dialAtMs = 0;
  private readyAtMs: number | undefined;
  private waitMs = 0;
  private unitRefused = false;

  private timerId: number | undefined;
  private timerAtMs = 0;
  private busy = false;

  constructor(options: LinkOptions) {
    this.options = options;
    this.limits = { ...linkLimits, ...options.limits };
    this.config = { topics: topicsOf(options.identity.id), limits: this.limits };
  }

  /**
   * Dials, and again whenever the connection is lost, until `stop`. "now" is for a person who waits;
   * "spread" for every other start, which a whole town may share (EN 303 645 5.9-3).
   */
  start(when: "now" | "spread" = "now"): void {
    if (this.running) return;
    this.running = true;
    const uniform = when === "now" ? 0 : uniformOf(this.options.random(4));
    const waitMs = firstWait(this.limits.backoff, uniform);
    this.dialAtMs = this.now() + waitMs;
    this.turn(() => {
      if (waitMs === 0) this.dial();
    });
  }

  /** The network is back: no need to wait for the rest of the delay, unless we were sent away. */
  networkReady(): void {
    if (this.running && this.connection === undefined && !this.unitRefused)
      this.turn(() => this.dial());
  }

  /**
   * Queues a message, connected or not, and keeps `payload` as it is: it must not change any more.
   * Gives the ticket of its acknowledgement, or why it was not queued.
   */
  publish(kind: MessageKind, payload: Uint8Array): number | "too-large" | "full" {
    if (payload.length > this.limits.messageBytes) return "too-large";
    const ticket = this.lastTicket + 1;
    const message = { ticket, kind, payload, atMs: this.now() };
    const { outbox, accepted } = enqueue(this.outbox, message, this.limits);
    this.outbox = outbox;
    if (!accepted) return "full";
    this.lastTicket = ticket;
    this.turn(() => undefined);
    return ticket;
  }

  /** Drops what waits of this kind, and does not send again what was sent and not acknowledged. */
  forget(kind: MessageKind): void {
    this.outbox = forget(this.outbox, kind);
    const inFlight = this.session.inFlight.filter(({ message }) => message?.kind !== kind);
    this.session = { ...this.session, inFlight };
  }

  /**
   * Says goodbye if that can be done at once (if not, the broker publishes the will), and closes.
   * What was not acknowledged is kept for a later `start`. `traceless`: the broker is to keep not even
   * that the unit was there.
   */
  stop(traceless = false): void {
    if (!this.running) return;
    this.running = false;
    if (this.connection?.opened) {
      this.apply({ type: "leave", traceless });
      this.connection?.flush();
    }
    this.hangUp();
    if (this.timerId !== undefined) this.options.timer.clear(this.timerId);
    this.timerId = undefined;
    this.options.trace("link", "stopped");
    this.options.onState({ phase: "stopped" });
  }

  /** Counters for telemetry. */
  figures(): { waiting: number; waitingBytes: number; inFlight: number; dropped: number } {
    const { waiting, bytes, dropped } = this.outbox;
    const inFlight = this.session.inFlight.length;
    return {
      waiting: waiting.length,
      waitingBytes: bytes,
      inFlight,
      dropped: dropped + this.abandoned,
    };
  }

  /** Does one thing; then sends what came of it in as few writes as possible and sets the timer. */
  private turn(task: () => void): void {
    if (this.busy) {
      task();
      return;
    }
    this.busy = true;
    try {
      task();
      this.refill();
      this.connection?.flush();
      this.arm();
    } finally {
      this.busy = false;
    }
  }

  private dial(): void {
    const { TLS, endpoint, identity, trace, onState } = this.options;
    const { host, port, serverName } = endpoint;
    const { anchors, certificate, privateKey } = identity;
    this.readyAtMs = undefined;
    this.dialAtMs = this.now() + this.limits.connectMs;
    const topicBytes = this.config.topics.command.length;
    try {
      this.connection = new Connection({
        TLS,
        peer: { host, port, secure: { serverName, anchors, certificate, privateKey } },
        limits: { packetBytes: this.limits.commandBytes + topicBytes + 4, topicBytes },
        events: {
          turn: (task) => this.turn(task),
          opened: () => this.apply({ type: "opened" }),
          heard: () => this.apply({ type: "heard" }),
          packet: (packet) => this.apply({ type: "packet", packet }),
          lost: (detail) => this.lose(this.connection?.opened ? "lost" : "not-reached", detail),
        },
      });
    } catch (error) {
      this.lose("not-dialled", String(error));
      return;
    }
    trace("link", "connecting", { host, port });
    onState({ phase: "connecting" });
  }

  private apply(event: SessionEvent): void {
    const { session, effects } = step(this.config, this.session, event, this.now());
    this.session = session;
    // What may call back and end the connection comes last in a step, so nothing outlives it.
    for (const effect of effects) this.perform(effect);
  }

  private perform(effect: Effect): void {
    const { trace, onCommand, onState, onRefused, onAcknowledged } = this.options;
    switch (effect.type) {
      case "send":
        this.connection?.send(effect.packet);
        return;
      case "deliver":
        onCommand(effect.payload);
        return;
      case "refused":
        trace("link", "refused", { reason: effect.reason, sizeBytes: effect.sizeBytes });
        onRefused?.(effect.reason, effect.sizeBytes);
        return;
      case "ready":
        this.readyAtMs = this.now();
        this.unitRefused = false;
        trace("link", "connected");
        onState({ phase: "connected" });
        return;
      case "acknowledged":
        onAcknowledged?.(effect.ticket);
        return;
      case "abandoned":
        this.abandoned++;
        trace("link", "abandoned", { ticket: effect.ticket });
        return;
      case "close":
        this.lose(effect.reason, "");
    }
  }

  /** What comes from there is not wanted: no dial for `ms`, up to twice that, so that a fleet spreads. */
  holdOff(ms: number): void {
    if (!this.running) return;
    const waitMs = Math.floor(ms * (1 + uniformOf(this.options.random(4))));
    this.turn(() => this.lose("held-off", "", waitMs));
  }

  /** Ends the attempt or the connection, and plans the next. Never dials at once: no spinning. */
  private lose(reason: LossReason, detail: string, waitMs?: number): void {
    if (!this.running) return; // the goodbye could not be written; `stop` goes on
    const held =
      this.readyAtMs !== undefined && this.now() - this.readyAtMs >= this.limits.settledMs;
    this.hangUp();
    this.unitRefused = waitMs !== undefined || isUnitRefused(reason);
    const limits = this.unitRefused ? this.limits.refusedBackoff : this.limits.backoff;
    const uniform = uniformOf(this.options.random(4));
    this.waitMs = waitMs ?? nextWait(limits, held ? 0 : this.waitMs, uniform);
    this.dialAtMs = this.now() + this.waitMs;
    const loss = { reason, detail: detail.slice(0, 120), retryMs: this.waitMs };
    this.options.trace("link", "waiting", loss);
    this.options.onState({ phase: "waiting", ...loss });
  }

  private hangUp(): void {
    const { connection } = this;
    this.connection = undefined;
    connection?.close();
    this.apply({ type: "closed" });
  }

  /** Moves what waits into the window. */
  private refill(): void {
    while (this.connection !== undefined && hasRoom(this.config, this.session)) {
      this.outbox = expire(this.outbox, this.now(), this.limits);
      const next = takeNext(this.outbox);
      if (next === undefined) return;
      this.outbox = next.outbox;
      const { aged } = this.options;
      const ageS = Math.floor((this.now() - next.message.atMs) / 1_000);
      const payload =
        aged && ageS > 0 && ages(next.message.kind)
          ? aged(next.message.payload, ageS)
          : next.message.payload;
      this.apply({ type: "publish", message: { ...next.message, payload } });
    }
  }

  /** One timer. It may ring early, which costs a look; moving it at every packet would cost more. */
  private arm(): void {
    if (!this.running) return;
    const atMs = this.deadline();
    if (this.timerId !== undefined) {
      if (this.timerAtMs <= atMs) return;
      this.options.timer.clear(this.timerId);
    }
    this.timerAtMs = atMs;
    this.timerId = this.options.timer.set(
      () => {
        this.timerId = undefined;
        if (this.running) this.turn(() => this.wake());
      },
      Math.max(0, atMs - this.now()),
    );
  }

  private deadline(): number {
    if (this.connection === undefined) return this.dialAtMs;
    if (this.connection.unfinished) return this.now();
    return nextDeadline(this.config, this.session) ?? this.dialAtMs;
  }

  private wake(): void {
    if (this.connection?.opened) {
      this.apply({ type: "tick" });
      if (this.connection?.unfinished) this.connection.receive();
      return;
    }
    if (this.now() < this.dialAtMs) return;
    if (this.connection === undefined) this.dial();
    else this.lose("connect-overdue", "");
  }

  private now(): number {
    return this.options.clock.ticks();
  }
}
