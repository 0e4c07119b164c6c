/**
 * The maker at the page: publishes and halts releases with the repository that the tests use, and sees
 * what its units report of them. A maker cannot make a unit look: it looks once a day, or when its owner asks.
 */
import { version as builtVersion } from "../../device/about/version.ts";
import { unwell } from "../../provisioning/release/health.ts";
import { formatSerial } from "../../provisioning/serial.ts";
import type { BrokerEvent } from "../broker/broker-type.ts";
import type { MakerAction, MakerView, ReleaseRow } from "../panel/maker.ts";
import type { ViewStore } from "../panel/view-store.ts";
import { broken } from "../runtime/variants.ts";
import { NotNow } from "../scenario/scenario.ts";
import type { Flag } from "../watch/watcher.ts";
import type { Desk } from "./desk.ts";
import type { Narrator } from "./narrator.ts";
import type { Edition } from "./updates.ts";

const keptFlags = 20;
/** A desk is a fleet of one: its one report has to do. */
const limits = { mostRolledBack: 1, leastReports: 1 };

const editions: Readonly<Record<"good" | "bad", Edition>> = {
  good: {
    text: {
      why: "Mends how a report is queued in an outage.",
      risk: "A report may be lost in an outage.",
      severity: "important",
    },
  },
  bad: {
    changes: broken["crashes at boot"],
    text: {
      why: "Meant to start faster. (It crashes at boot: see what the device makes of it.)",
      risk: "The device starts as slowly as before.",
      severity: "routine",
    },
  },
};

export const freshMaker = ({ papers, updating }: Desk): MakerView => ({
  units: [{ id: papers.id, serial: formatSerial(papers.serial), version: builtVersion }],
  releases: [],
  flags: [],
  updating,
  publishing: false,
});

interface Tally {
  confirmed: number;
  rolledBack: number;
}

export class MakerSide {
  readonly #desk: Desk;
  readonly #store: ViewStore;
  readonly #narrator: Narrator;
  /** Version → how units fared with it. */
  readonly #tallies = new Map<string, Tally>();
  #flags = 0;

  constructor(desk: Desk, store: ViewStore, narrator: Narrator) {
    this.#desk = desk;
    this.#store = store;
    this.#narrator = narrator;
  }

  /** Starts to listen; the result stops it. */
  watch(): () => void {
    const stopBroker = this.#desk.broker.watch((event) => this.#brokerSaw(event));
    const stopStore = this.#store.subscribe((event) => {
      // Attacks on updates publish releases of their own, and take them back.
      if (event.type === "attack" && !event.attack.running) this.#refresh();
    });
    return () => {
      stopBroker();
      stopStore();
    };
  }

  flagged({ signal, about, atMs, words }: Flag): void {
    const flag = { id: ++this.#flags, signal, about, atMs, words };
    this.#set({ flags: [flag, ...this.#store.view().maker.flags].slice(0, keptFlags) });
  }

  async act(action: MakerAction): Promise<void> {
    if (!this.#desk.updating) throw new NotNow("The firmware on this desk looks for no updates.");
    // Its repository is put back when it ends, and what was published meanwhile would be gone.
    if (this.#store.view().attacks.some(({ running }) => running))
      throw new NotNow("An attack is under way: wait for the device's answer.");
    if (this.#store.view().maker.publishing)
      throw new NotNow("A release is being signed already: wait for it.");
    return action.type === "halt" ? this.#halt() : this.#publish(action.quality);
  }

  async #publish(quality: "good" | "bad"): Promise<void> {
    this.#set({ publishing: true });
    try {
      const { version, image } = await this.#desk.updates.publish(editions[quality]);
      this.#narrator.note({
        part: "maker",
        text: `The maker has signed and published firmware ${version}.`,
        detail: `${image.length} bytes, SHA-256 ${image.sha256.slice(0, 16)}…, for every unit.`,
        tone: "plain",
      });
    } finally {
      this.#set({ publishing: false });
      this.#refresh();
    }
  }

  #halt(): void {
    const { repository } = this.#desk.updates;
    const newest = repository.releases.at(-1);
    if (!newest || newest.percent === 0)
      throw new NotNow("Nothing is on offer that could be halted. Publish a release first.");
    repository.now = new Date(this.#desk.clock.wall());
    repository.amend(newest, { percent: 0 });
    this.#narrator.note({
      part: "maker",
      text: `The maker has halted firmware ${newest.version}.`,
      detail:
        "It is offered to no more units; one that has fetched it and not installed it lets it be.",
      tone: "plain",
    });
    this.#refresh();
  }

  #brokerSaw(event: BrokerEvent): void {
    if (event.type !== "published" || event.name !== this.#desk.papers.id) return;
    if (!event.topic.endsWith("/event")) return;
    const { event: told, version } = parse(event.payload);
    if (typeof version !== "string") return;
    const tally = this.#tallies.get(version) ?? { confirmed: 0, rolledBack: 0 };
    if (told === "update-confirmed") tally.confirmed++;
    else if (told === "update-rolled-back") tally.rolledBack++;
    else return;
    this.#tallies.set(version, tally);
    if (told === "update-confirmed")
      this.#set({ units: this.#store.view().maker.units.map((unit) => ({ ...unit, version })) });
    this.#refresh();
  }

  #refresh(): void {
    const releases = this.#desk.updates.repository.releases.map(
      ({ version, percent, text }): ReleaseRow => {
        const { confirmed = 0, rolledBack = 0 } = this.#tallies.get(version) ?? {};
        const { severity, why } = text;
        return { version, severity, why, percent, confirmed, rolledBack };
      },
    );
    const { unwell: _, ...rest } = this.#store.view().maker;
    const newest = releases.at(-1);
    const fault =
      newest && newest.percent > 0 && newest.rolledBack > 0 ? unwell(newest, limits) : undefined;
    const maker = { ...rest, releases: releases.reverse(), ...(fault ? { unwell: fault } : {}) };
    this.#store.emit({ type: "set", parts: { maker } });
  }

  #set(change: Partial<MakerView>): void {
    this.#store.emit({ type: "set", parts: { maker: { ...this.#store.view().maker, ...change } } });
  }
}

function parse(payload: Uint8Array): { event?: unknown; version?: unknown } {
  try {
    return JSON.parse(Buffer.from(payload).toString()) ?? {};
  } catch {
    return {};
  }
}
