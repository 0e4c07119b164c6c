/**
 * Tells the page what happens, in plain words, and judges the thirteen lights: a light turns green
 * only when the running device has just done what its guideline promises, and red if it ever did
 * not. Nothing lights by decree.
 */
import { dataMap } from "../../device/privacy/data-map.ts";
import type { BrokerEvent } from "../broker/broker-type.ts";
import type { GuidelineNumber } from "../panel/guidelines.ts";
import type { TimelineEntry, UnitView, WireEntry } from "../panel/view.ts";
import type { ViewStore } from "../panel/view-store.ts";
import type { Answer, Attack } from "../scenario/scenario.ts";
import { type Desk, home } from "./desk.ts";
import { sentenceFor } from "./sentences.ts";

const heapPeriodMs = 1_000;

export class Narrator {
  readonly #desk: Desk;
  readonly #store: ViewStore;
  #id = 0;
  /** Something was pulled: coming back from it by itself is what guideline 9 asks. */
  #outage = false;

  constructor(desk: Desk, store: ViewStore) {
    this.#desk = desk;
    this.#store = store;
  }

  /** Starts to watch; the result stops it. */
  watch(): () => void {
    const { broker, owner } = this.#desk;
    this.#watchBoard();
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

  /** Set-up is through: guideline 12; and what is left of the window: guideline 6. */
  claimed(): void {
    this.#light(
      12,
      true,
      "A label, a button and one form: the device is set up.",
      "test/life.test.ts",
    );
    void this.#closed();
  }

  answered(attack: Attack, answer: Answer): void {
    this.note({
      part: "attacker",
      text: answer.held ? "The attack was refused." : "The attack got through.",
      detail: answer.saw,
      ...(answer.reason ? { reason: answer.reason } : {}),
      tone: answer.held ? "refused" : "bad",
    });
    this.#light(attack.guideline, answer.held, `${attack.title}: ${answer.saw}`, attack.test);
  }

  #light(guideline: GuidelineNumber, held: boolean, what: string, test: string): void {
    const before = this.#store.view().lights.find((light) => light.guideline === guideline);
    // A broken promise stays red until the desk is restarted.
    if (!before || before.state === "red") return;
    const state = held ? "green" : "red";
    this.#store.emit({ type: "light", light: { ...before, state, what, when: Date.now(), test } });
  }

  #unit(change: Partial<UnitView>): void {
    this.#store.emit({ type: "set", parts: { unit: { ...this.#store.view().unit, ...change } } });
  }

  #wire(entry: Omit<WireEntry, "id" | "atMs">): void {
    this.#store.emit({ type: "wire", entry: { ...entry, id: ++this.#id, atMs: Date.now() } });
  }

  #watchBoard(): void {
    const { unit } = this.#desk;
    unit.on("state", (state) => {
      this.#unit({ powered: state !== "off", booting: state === "booting" || state === "waiting" });
      if (state === "off") {
        this.#outage = true;
        this.#unit({ connected: false, wifi: "off", heap: null });
        this.note({ part: "board", text: "The power is gone.", tone: "plain" });
      }
      if (state === "no-image")
        this.note({ part: "board", text: "The bootloader found no valid firmware.", tone: "bad" });
    });
    unit.on("boot", ({ resetReason, digest }) =>
      this.note({
        part: "board",
        text: resetReason === "power-on" ? "The device starts." : "The device starts again.",
        reason: resetReason,
        detail: `Firmware ${digest.slice(0, 16)}, checked against its digest by the bootloader.`,
        tone: "plain",
      }),
    );
    unit.on("death", ({ death, detail }) => {
      this.#unit({ connected: false });
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
    unit.on("trace", ({ room, event, detail }) => {
      const told = sentenceFor(room, event, detail);
      if (told) this.note(told);
    });
    unit.on("listen", () => this.#unit({ life: "set-up" }));
    unit.on("unlisten", () => this.#unit({ life: this.#mine() ? "claimed" : "new" }));
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
      this.#wire({
        direction: "out",
        kind: "connection",
        peer: `${host}:${port} (${protocol})`,
        bytes: 0,
        outcome: "encrypted",
      });
    });
    unit.on("refused", ({ host, port, reason }) => {
      this.#wire({
        direction: "out",
        kind: "connection",
        peer: `${host}:${port}`,
        bytes: 0,
        outcome: "refused",
        reason,
      });
    });
    unit.on("disconnected", ({ direction }) => {
      if (direction === "dialled") this.#unit({ connected: false });
    });
  }

  #brokerSaw(event: BrokerEvent): void {
    const { papers } = this.#desk;
    if (event.type === "connected" && event.name === papers.id) this.#online(event.tls ?? "TLS");
    if (event.type === "published" && event.topic.startsWith(`units/${papers.id}/`))
      this.#wire({
        direction: event.name === papers.id ? "out" : "in",
        kind: "message",
        peer: "broker",
        topic: event.topic.replace(papers.id, "…"),
        fields: fieldsOf(event.payload),
        bytes: event.payload.length,
        outcome: "encrypted",
      });
  }

  /** The unit is on its broker, which means that it has verified it. */
  #online(protocol: string): void {
    this.#unit({ connected: true });
    this.note({
      part: "device",
      text: "The device is connected to its broker.",
      detail: `${protocol}; the broker's certificate and name were verified, and the device showed its own.`,
      tone: "good",
    });
    this.#light(
      5,
      true,
      `Connected by ${protocol}, after verifying the broker.`,
      "test/attacks.test.ts",
    );
    if (this.#outage)
      this.#light(9, true, "After the outage the device came back by itself.", "test/life.test.ts");
    this.#outage = false;
  }

  cablePulled(): void {
    this.#outage = true;
  }

  /** A message that reached the owner's app. */
  #heard(topic: string, body: unknown): void {
    if (topic === "availability") {
      this.#unit({ availability: body === "online" ? "online" : "offline" });
      return;
    }
    if (typeof body !== "object" || body === null) return;
    const undeclared = Object.keys(body).filter((name) => !Object.hasOwn(dataMap, name));
    this.#light(
      8,
      undeclared.length === 0,
      undeclared.length === 0
        ? "A report arrived, and every field of it is on the declared list."
        : `Undeclared fields: ${undeclared.join(", ")}.`,
      "test/rooms/privacy.suite.ts",
    );
    if (topic === "state")
      this.#reported(body as { lamp: boolean; temperature: number; humidity: number });
    if (topic === "event" && "sequence" in body)
      this.#light(
        10,
        true,
        `The device told its owner of what happened: ${(body as { event?: string }).event}.`,
        "test/rooms/telemetry.suite.ts",
      );
  }

  #reported({
    lamp,
    temperature,
    humidity,
  }: {
    lamp: boolean;
    temperature: number;
    humidity: number;
  }): void {
    this.#store.emit({
      type: "report",
      report: { atMs: Date.now(), lamp, temperature, humidity: Math.round(humidity * 100) },
    });
  }

  /** Looks from outside whether anything still listens. */
  async #closed(): Promise<void> {
    const { unit, radio } = this.#desk;
    while (unit.listening().length > 0) await new Promise((resolve) => setTimeout(resolve, 100));
    const link = await radio.join(home.ssid, home.password).catch(() => undefined);
    if (!link) return;
    const open = await link.scan();
    link.leave();
    this.#light(
      6,
      open.length === 0,
      `A scan of the device found ${open.length} open ports.`,
      "test/attacks.test.ts",
    );
  }

  async #measure(): Promise<void> {
    const { unit } = this.#desk;
    if (unit.state !== "running") return;
    const { slots, chunks, limit } = await unit.heap();
    const heap = limit > 0 ? { slots, chunks, limit } : null;
    if (JSON.stringify(heap) !== JSON.stringify(this.#store.view().unit.heap)) this.#unit({ heap });
  }

  #mine(): boolean {
    const { stage } = this.#store.view().owner;
    return stage === "done" || stage === "joining";
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
