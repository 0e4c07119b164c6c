/** Tells the page what happens at the desk, in plain words, and the judge of the lights too. */
import type { BrokerEvent } from "../broker/broker-type.ts";
import type { TimelineEntry, UnitView, WireEntry } from "../panel/view.ts";
import type { ViewStore } from "../panel/view-store.ts";
import type { Answer, Attack } from "../scenario/scenario.ts";
import { brokerName, type Desk } from "./desk.ts";
import type { Judge } from "./judge.ts";
import { isSilence, sentenceFor } from "./sentences.ts";

const heapPeriodMs = 1_000;

export class Narrator {
  readonly #desk: Desk;
  readonly #store: ViewStore;
  readonly #judge: Judge;
  #id = 0;
  #owned: boolean;
  #windowOpen = false;

  constructor(desk: Desk, store: ViewStore, judge: Judge) {
    this.#desk = desk;
    this.#store = store;
    this.#judge = judge;
    this.#owned = desk.owned();
  }

  /** Starts to watch; the result stops it. */
  watch(): () => void {
    const { broker, owner } = this.#desk;
    this.#watchBoard();
    this.#watchDevice();
    this.#watchLink();
    owner.on("message", (_, topic, body) => this.#heard(topic, body));
    const stop = broker.watch((event) => this.#brokerSaw(event));
    const timer = setInterval(() => void this.#measure(), heapPeriodMs);
    return () => {
      clearInterval(timer);
      stop();
    };
  }

  note(entry: Omit<TimelineEntry, "id" | "atMs">): void {
    this.#store.emit({ type: "timeline", entry: { ...entry, id: ++this.#id, atMs: Date.now() } });
  }

  answered({ guideline, title, test }: Attack, { held, saw, reason }: Answer): void {
    this.note({
      part: "attacker",
      text: `${held ? "The device held" : "The attack got through"}: ${title}.`,
      detail: saw,
      ...(reason ? { reason } : {}),
      tone: held ? "good" : "bad",
    });
    this.#judge.light(guideline, held, `${title}: ${saw}`, test);
  }

  cable(isIn: boolean): void {
    if (!isIn) this.#judge.outage("network cable");
    this.note({
      part: "board",
      text: isIn ? "The network cable is back in." : "The network cable is pulled.",
      tone: "plain",
    });
  }

  #view(): UnitView {
    return this.#store.view().unit;
  }

  #unit(change: Partial<UnitView>): void {
    this.#store.emit({ type: "set", parts: { unit: { ...this.#view(), ...change } } });
  }

  #lives(): void {
    this.#unit({ life: this.#windowOpen ? "set-up" : this.#owned ? "claimed" : "new" });
  }

  #wire(entry: Omit<WireEntry, "id" | "atMs">): void {
    this.#store.emit({ type: "wire", entry: { ...entry, id: ++this.#id, atMs: Date.now() } });
  }

  #watchBoard(): void {
    const { unit } = this.#desk;
    unit.on("state", (state) => {
      if (state === "off") this.#powerGone();
      this.#unit({ powered: state !== "off", booting: state === "booting" || state === "waiting" });
      if (state === "no-image")
        this.note({ part: "board", text: "The bootloader found no valid firmware.", tone: "bad" });
    });
    unit.on("boot", ({ resetReason, digest }) =>
      this.note({
        part: "board",
        text: resetReason === "power-on" ? "The device starts." : "The device starts again.",
        reason: resetReason,
        detail: `Firmware ${digest.slice(0, 16)}; the bootloader has compared it with its digest.`,
        tone: "plain",
      }),
    );
    unit.on("death", ({ death, detail }) => {
      this.#unit({ connected: false, wifi: "off" });
      if (death !== "power-cut") this.#judge.forgetOutage();
      if (death !== "restart" && death !== "power-cut")
        this.note({
          part: "board",
          text: "The device reset itself.",
          reason: death,
          detail,
          tone: "bad",
        });
    });
    unit.on("lamp", (lamp) => this.#unit({ lamp }));
    unit.on("button", (buttonDown) => this.#unit({ buttonDown }));
    unit.on("flash", ({ kind, offset, length, cut }) =>
      this.#store.emit({
        type: "flash",
        operation: { atMs: Date.now(), kind, offset, length, ...(cut ? { cut } : {}) },
      }),
    );
  }

  #powerGone(): void {
    this.#unit({ connected: false, wifi: "off", heap: null });
    this.note({ part: "board", text: "The power is gone.", tone: "plain" });
  }

  #watchDevice(): void {
    const { unit } = this.#desk;
    unit.on("trace", ({ room, event, detail }) => {
      const told = sentenceFor(room, event, detail);
      if (told) this.note(told);
      const heard = `${room} ${event}`;
      if (heard === "telemetry claimed") this.#owned = true;
      if (heard === "telemetry wiped") this.#owned = false;
      if (room === "telemetry" && ["claimed", "wifi-changed"].includes(event))
        this.#judge.forgetOutage();
      this.#lives();
      if (heard === "telemetry set-up-closed") void this.#judge.scan();
    });
    unit.on("listen", () => {
      this.#windowOpen = true;
      this.#lives();
    });
    unit.on("unlisten", () => {
      this.#windowOpen = false;
      this.#lives();
    });
  }

  #watchLink(): void {
    const { unit } = this.#desk;
    unit.on("wifi", ({ connection, failure }) =>
      this.#unit({
        wifi: connection === 3 ? "joined" : connection > 0 ? "joining" : failure ? "failed" : "off",
      }),
    );
    unit.on("connected", ({ direction, host, port, protocol }) => {
      if (direction === "accepted") return;
      const peer = `${host}:${port}`;
      this.#judge.spoke(protocol, peer);
      this.#wire({
        direction: "out",
        kind: "connection",
        peer: `${peer}, ${protocol.replace("v", " ")}`,
        bytes: 0,
        outcome: "encrypted",
      });
    });
    unit.on("refused", ({ host, port, reason }) =>
      this.#wire({
        direction: "out",
        kind: "connection",
        peer: `${host}:${port}`,
        bytes: 0,
        outcome: isSilence(reason) ? "unanswered" : "refused",
        reason,
      }),
    );
    unit.on("disconnected", ({ host, reason }) => {
      // The set-up's callers and the update server come and go; the broker is what it is connected to.
      if (host !== brokerName) return;
      if (reason === "power gone") this.#judge.outage("power");
      this.#unit({ connected: false });
    });
  }

  #brokerSaw(event: BrokerEvent): void {
    const { papers, owner } = this.#desk;
    if (event.type === "refused")
      this.note({
        part: "broker",
        text: "The broker turned somebody away.",
        reason: event.reason,
        tone: "refused",
      });
    if (event.type === "connected" && event.name === owner.name)
      this.note({ part: "broker", text: "The owner's phone is connected.", tone: "plain" });
    if (event.type === "connected" && event.name === papers.id) this.#online(event.tls);
    if (event.type === "published" && event.topic.startsWith(`units/${papers.id}/`))
      this.#passed(event);
  }

  /** A message went through the broker, from or to the unit. */
  #passed({ name, topic, payload }: Extract<BrokerEvent, { type: "published" }>): void {
    const { papers } = this.#desk;
    const own = name === papers.id;
    // The will of a unit that is gone is the broker's to speak, not the unit's.
    if (own && !this.#view().connected) return;
    this.#wire({
      direction: own ? "out" : "in",
      kind: "message",
      peer: "broker",
      topic: topic.replace(papers.id, "…"),
      fields: fieldsOf(payload),
      bytes: payload.length,
      outcome: "encrypted",
    });
    if (own) this.#judge.heardAtBroker();
  }

  #online(protocol = "TLS"): void {
    const version = protocol.replace("v", " ");
    this.#unit({ connected: true });
    this.note({
      part: "device",
      text: "The device is connected to its broker.",
      detail: `${version}: it verified the broker's certificate and name, and showed a certificate of its own.`,
      tone: "good",
    });
    this.#judge.online(version);
    this.#judge.heardAtBroker();
    void this.#judge.scan();
  }

  /** A message that reached the owner's app. */
  #heard(topic: string, body: unknown): void {
    if (topic === "availability")
      this.#unit({ availability: body === "online" ? "online" : "offline" });
    if (typeof body !== "object" || body === null) return;
    this.#judge.heardByOwner(topic, body);
    if (topic === "state")
      this.#reported(body as { lamp: boolean; temperature?: number; humidity?: number });
  }

  #reported(state: { lamp: boolean; temperature?: number; humidity?: number }): void {
    const { lamp, temperature, humidity } = state;
    const climate =
      temperature === undefined || humidity === undefined
        ? {}
        : { climate: { temperature, humidity: Math.round(humidity * 100) } };
    this.#store.emit({ type: "report", report: { atMs: Date.now(), lamp, ...climate } });
  }

  async #measure(): Promise<void> {
    const { unit } = this.#desk;
    if (unit.state !== "running") return;
    const { slots, chunks, limit } = await unit.heap();
    const heap = limit > 0 ? { slots, chunks, limit } : null;
    if (JSON.stringify(heap) !== JSON.stringify(this.#view().heap)) this.#unit({ heap });
  }
}

/** Names from the data map, never values; a bare word (availability, a signed order) has no fields. */
function fieldsOf(payload: Uint8Array): string[] {
  try {
    const body: unknown = JSON.parse(Buffer.from(payload).toString());
    return typeof body === "object" && body !== null ? Object.keys(body) : [];
  } catch {
    return [];
  }
}
