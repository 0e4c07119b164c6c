/** The owner's moments, swept at a real desk: the unit is claimed; the unit is wiped. */
import { Buffer } from "node:buffer";
import { readWipe } from "../../device/wipe/wipe.ts";
import { VirtualClock } from "../board/clock.ts";
import type { NorFlash } from "../board/nor-flash.ts";
import { boardPartitions, partition } from "../board/partitions.ts";
import type { InProcessBroker } from "../broker/broker.ts";
import { type Desk, home, openDesk } from "../desk/desk.ts";
import type { Engine } from "../engine/engine.ts";
import { areasOn } from "../fleet/claimed.ts";
import { Unit } from "../unit.ts";
import { type Canary, canariesIn, plantCanaries } from "./canaries.ts";
import { type Holdings, inspect } from "./inspect.ts";
import type { Ending, Scenario } from "./sweep-run.ts";

/** Virtual time that may pass in one life. */
const longestMs = 120_000;
const stepMs = 20;
const tapMs = 120;

/** A desk whose unit has just been made, or has an owner already. */
export interface OwnerWorld {
  readonly desk: Desk;
  readonly clock: VirtualClock;
}

export async function openWorld(engine: Engine): Promise<OwnerWorld> {
  const clock = new VirtualClock(Date.now());
  return { desk: await openDesk({ engine, clock }), clock };
}

/** One life of a unit at the desk; `act` does the owner's part and may wait for the unit. */
async function live(
  { desk, clock }: OwnerWorld,
  engine: Engine,
  flash: NorFlash,
  act: (unit: Unit) => Promise<void>,
  done: () => boolean,
): Promise<Ending> {
  const unit = new Unit({ name: "swept", engine, flash, radio: desk.radio, clock });
  await unit.plug();
  // What the owner's app makes of a unit that falls silent is its own affair.
  act(unit).catch(() => {});
  const end = clock.now() + longestMs;
  let ending: Ending = "stuck";
  let looked = -1;
  while (clock.now() < end && ending === "stuck") {
    await clock.advance(stepMs);
    await turn();
    if (unit.state === "off") ending = "cut";
    else if (unit.state === "running" && flash.operations !== looked) {
      looked = flash.operations;
      if (done()) ending = "done";
    }
  }
  unit.unplug();
  await turn();
  return ending;
}

/** Sockets are real: they make progress by turns of the event loop. */
const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 1));

async function seen(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

/** Values that are there from the start, and what may not become of them. */
function lasting(start: Holdings, now: Holdings): string[] {
  const faults: string[] = [];
  if (now.boots !== start.boots) faults.push("another image boots, or none");
  if (now.identity !== start.identity) faults.push("the identity changed");
  if (now.slots.floor < start.slots.floor) faults.push("the floor fell");
  const seconds = (holdings: Holdings) =>
    Buffer.from(holdings.system.get("time-floor") ?? "00000000", "hex").readUInt32LE();
  if (seconds(now) < seconds(start)) faults.push("the time floor fell");
  return faults;
}

/** A new unit comes into somebody's hands. */
export function claimScenario(world: OwnerWorld, engine: Engine): Scenario {
  const { desk, clock } = world;
  const flash = desk.unit.flash.clone();
  const start = inspect(flash);
  const wished = { host: "broker.thirteen.test", ssid: home.ssid, password: home.password };
  const whole = (claim: string) => Object.values(wished).every((text) => claim.includes(text));
  return {
    name: "claim",
    flash,
    live: (chip) =>
      live(
        world,
        engine,
        chip,
        async (unit) => {
          if (inspect(chip).claim !== undefined) return;
          unit.press();
          clock.after(tapMs, () => unit.release());
          await seen(() => unit.listening().length > 0 || unit.state === "off");
          if (unit.state !== "off") await desk.setUp();
        },
        () => inspect(chip).claim !== undefined,
      ),
    faults(chip, done) {
      const now = inspect(chip);
      const faults = lasting(start, now);
      if (now.claim !== undefined && !whole(now.claim)) faults.push("the unit is half claimed");
      if (done && now.claim === undefined) faults.push("the unit is not claimed");
      return faults;
    },
  };
}

/** The owner of a unit orders that it forgets everything. */
export async function wipeScenario(world: OwnerWorld, engine: Engine): Promise<Scenario> {
  const { desk } = world;
  const claim = claimScenario(world, engine);
  const flash = claim.flash.clone();
  if ((await claim.live(flash)) !== "done") throw new Error("a unit cannot even be claimed");
  await desk.connectOwner();
  await desk.connectKeeper();
  const canaries = plantCanaries(flash);
  const elsewhere = new Elsewhere(desk, canaries);
  /** Chips whose wipe the services have confirmed. */
  const answered = new WeakSet<NorFlash>();
  const start = inspect(flash);
  const key = Buffer.from(start.system.get("owner-key") ?? "", "hex");
  if (key.length !== 32) throw new Error("a claimed unit has no key of its owner's");
  return {
    name: "wipe",
    flash,
    live: async (chip) => {
      let online = false;
      const order = async (unit: Unit) => {
        elsewhere.listen(unit);
        unit.on("trace", ({ room, event }) => {
          if (room === "link" && event === "connected") online = true;
        });
        await seen(() => online || unit.state === "off");
        if (online) await desk.owner.order(desk.papers.id, { cmd: "wipe", args: {} });
      };
      const before = elsewhere.answers;
      // The services may have answered before anybody looked: then there is nothing left to ask them.
      const confirmed = () => elsewhere.answers > before || answered.has(chip);
      const done = () => isForgotten(chip, key) && (isDone(chip) || confirmed());
      const ending = await live(world, engine, chip, order, done);
      await elsewhere.search();
      if (confirmed()) answered.add(chip);
      return ending;
    },
    faults(chip, done) {
      const now = inspect(chip);
      const faults = lasting(start, now);
      if (now.claim !== undefined && now.claim !== start.claim)
        faults.push("the owner's settings are half there");
      if (done && !isForgotten(chip, key)) faults.push("something of the owner is left");
      if (done) faults.push(...canariesIn(chip.image(), canaries).map((what) => `left: ${what}`));
      faults.push(...elsewhere.found);
      const begun = readWipe(areasOn(chip.clone()).system);
      if (begun?.done && !isForgotten(chip, key)) faults.push("called done before it was");
      if (done && begun === undefined && !answered.has(chip))
        faults.push("the services were not asked");
      return faults;
    },
  };
}

/** Where else what only the owner knows could be: it is searched after each life. */
export class Elsewhere {
  readonly #desk: Desk;
  readonly #canaries: readonly Canary[];
  readonly #found = new Set<string>();
  /** How often the service has said that it has erased. */
  answers = 0;

  constructor(desk: Desk, canaries: readonly Canary[]) {
    this.#desk = desk;
    this.#canaries = canaries;
    desk.broker.watch((event) => {
      if (event.type !== "published") return;
      this.#look("passed the broker", event.payload);
      if (event.name === desk.keeper.app.name) this.answers++;
    });
  }

  /** Once found, for good: what was said cannot be taken back. */
  get found(): readonly string[] {
    return [...this.#found];
  }

  /** The unit's own log. */
  listen(unit: Unit): void {
    unit.on("trace", (trace) => this.#look("in the log", Buffer.from(JSON.stringify(trace))));
  }

  /** What the broker keeps, and the service. */
  async search(): Promise<void> {
    const { broker, keeper } = this.#desk;
    for (const kept of (await (broker as InProcessBroker).retained()).values())
      this.#look("kept by the broker", kept);
    this.#look("kept by the service", Buffer.from(JSON.stringify(keeper.rows())));
  }

  #look(where: string, bytes: Uint8Array): void {
    for (const name of canariesIn(bytes, this.#canaries)) this.#found.add(`${where}: ${name}`);
  }
}

const isDone = (chip: NorFlash) => readWipe(areasOn(chip.clone()).system)?.done === true;

/** Read from the bare chip: the owner's partition is blank and the key is nowhere. */
function isForgotten(chip: NorFlash, key: Buffer): boolean {
  const image = Buffer.from(chip.image());
  const { offset, size } = partition(boardPartitions(), "owner");
  const blank = image.subarray(offset, offset + size).every((byte) => byte === 0xff);
  return blank && !image.includes(key);
}
