/**
 * Judges the thirteen lights: one turns green only when the running device has just done what its
 * guideline promises, and red if it ever did not. Nothing lights by decree.
 */
import { dataMap } from "../../device/privacy/data-map.ts";
import type { GuidelineNumber } from "../panel/guidelines.ts";
import type { ViewStore } from "../panel/view-store.ts";
import { type Desk, home } from "./desk.ts";
import { journalInWords } from "./sentences.ts";

/** The tests that hold for good what the lights show once, as "file: case". */
export const heldBy: Partial<Record<GuidelineNumber, string>> = {
  1: "test/access/lock-out.cases.ts: a month of guessing, with and without power cuts, gets few answers",
  5: "test/host-sim/tls.test.ts: refused: TLS 1.1",
  6: "test/page.test.ts: set up from its label, its lamp, its report, its lights",
  8: "test/privacy/data-map.cases.ts: what the data map does not hold does not leave, by name or by type",
  9: "test/link/link.test.ts: a broker that crashes is found again, and what it did not acknowledge is sent again",
  10: "test/rooms/telemetry.suite.ts: an event survives a restart, and numbering goes on",
  12: "test/page.test.ts: set up from its label, its lamp, its report, its lights",
};

/** What the device was without although it had been connected. */
interface Outage {
  readonly of: "power" | "network cable";
  readonly since: number;
}

export class Judge {
  readonly #desk: Desk;
  readonly #store: ViewStore;
  #outage: Outage | undefined;

  constructor(desk: Desk, store: ViewStore) {
    this.#desk = desk;
    this.#store = store;
  }

  /** `test` is the one that holds the promise for good. */
  light(guideline: GuidelineNumber, held: boolean, what: string, test = heldBy[guideline]): void {
    const before = this.#store.view().lights.find((light) => light.guideline === guideline);
    // A broken promise stays red until the desk is restarted.
    if (!before || before.state === "red") return;
    const { title } = before;
    const state = held ? "green" : "red";
    const proof = test === undefined ? {} : { test };
    this.#store.emit({
      type: "light",
      light: { guideline, title, state, what, when: Date.now(), ...proof },
    });
  }

  /** The owner's app has set the device up, and is connected. */
  setUp(): void {
    this.light(12, true, "A label, a button and one form: the device is set up.");
  }

  /** The device told the owner's app to wait after wrong passwords. */
  slowedDown(retryAfterMs: number): void {
    const seconds = Math.ceil(retryAfterMs / 1000);
    this.light(1, true, `After wrong passwords the device answered nobody for ${seconds} s.`);
  }

  /** A connection that the device dialled stands. */
  spoke(protocol: string, peer: string): void {
    if (!/^TLSv1\.[23]$/.test(protocol))
      this.light(5, false, `The device spoke ${protocol || "without TLS"} to ${peer}.`);
  }

  /**
   * The unit is on its broker: the board's TLS has verified the broker before a byte of the unit
   * left, and the broker has verified the unit's certificate.
   */
  online(version: string): void {
    this.light(
      5,
      true,
      `Connected by ${version}; each end proved by a certificate who it is. To see whom the device turns away, be the attacker.`,
    );
  }

  /** The device is without power or network from now on. */
  outage(of: Outage["of"]): void {
    if (this.#store.view().unit.connected) this.#outage = { of, since: Date.now() };
  }

  /** From now on a return would prove nothing. */
  forgetOutage(): void {
    this.#outage = undefined;
  }

  /** The device has just spoken to its broker; nobody has touched it since the outage. */
  heardAtBroker(): void {
    if (!this.#outage || !this.#store.view().unit.cable) return;
    const { of, since } = this.#outage;
    this.#outage = undefined;
    const seconds = Math.max(1, Math.round((Date.now() - since) / 1000));
    this.light(
      9,
      true,
      `The ${of} was gone; ${seconds} s later the device was back at its broker by itself.`,
    );
  }

  /** A message of the device reached its owner. */
  heardByOwner(topic: string, body: object): void {
    const undeclared = Object.keys(body).filter((name) => !Object.hasOwn(dataMap, name));
    this.light(
      8,
      undeclared.length === 0,
      undeclared.length === 0
        ? "A message reached the owner, encrypted on its way, and every field of it is on the declared list."
        : `Fields that are not on the declared list: ${undeclared.join(", ")}.`,
    );
    if (topic !== "event" || !("sequence" in body)) return;
    const { event, reason } = body as { event?: unknown; reason?: unknown };
    this.light(10, true, `The device told its owner that ${journalInWords(event, reason)}.`);
  }

  /** Looks from inside the home network whether anything of a unit in use listens. */
  async scan(): Promise<void> {
    const { radio } = this.#desk;
    // Where the unit is not, an empty scan would say nothing.
    const inUse = () => {
      const { life, wifi } = this.#store.view().unit;
      return life === "claimed" && wifi === "joined";
    };
    const link = inUse() && (await radio.join(home.ssid, home.password).catch(() => undefined));
    if (!link) return;
    const open = await link.scan();
    link.leave();
    if (!inUse()) return;
    const ports = open.map(({ port }) => port).join(", ");
    this.light(
      6,
      open.length === 0,
      open.length === 0
        ? "A scan of the device from inside its Wi-Fi found no open port."
        : `A scan of the device found open ports: ${ports}.`,
    );
  }
}
