/**
 * One simulated device: board, bootloader and an engine, with a plug and a button. Whatever kills
 * the firmware, the unit boots again by itself, as the chip does, with the reason it can read.
 */
import { EventEmitter } from "node:events";
import type { ResetReason } from "../device/platform/platform.ts";
import { ClimateModel } from "./board/climate.ts";
import type { Clock } from "./board/clock.ts";
import { type Entropy, realEntropy } from "./board/entropy.ts";
import type { Announce, UnitEvents, UnitState } from "./board/events.ts";
import { Life } from "./board/life.ts";
import type { ConnectionFigures } from "./board/network.ts";
import type { NorFlash } from "./board/nor-flash.ts";
import { boardPartitions, type Partition } from "./board/partitions.ts";
import { buttonPin, lampPin, Pins } from "./board/pins.ts";
import type { Radio } from "./board/radio.ts";
import { SerialLine } from "./board/serial-line.ts";
import { type Booted, boot, type NoImage } from "./bootloader/bootloader.ts";
import { SlotControl } from "./bootloader/slot-control.ts";
import { type Death, type Engine, type Heap, type Machine, PowerCut } from "./engine/engine.ts";

export interface UnitOptions {
  name: string;
  engine: Engine;
  flash: NorFlash;
  radio: Radio;
  clock: Clock;
  entropy?: Entropy;
  climate?: ClimateModel;
  /** The cable; nobody is at its other end when absent. */
  serial?: SerialLine;
  /** The shipped board's table when absent. */
  partitions?: readonly Partition[];
  /** On the factory's station the `factory` partition can be written. */
  inFactory?: boolean;
  heapLimit?: number;
  watchdogMs?: number;
}

/** From power to the bootloader's choice, and the longest wait of a device that keeps dying. */
export const bootDelayMs = 250;
export const longestBootDelayMs = 60_000;

/** A life that lasted this long was a sound one: the next death is the first again. */
export const soundLifeMs = 10_000;

const noHeap: Heap = { slots: 0, slotsPeak: 0, chunks: 0, chunksPeak: 0, livePeak: 0, limit: 0 };

const resetReasons: Readonly<Record<Exclude<Death, "power-cut"> | "brown-out", ResetReason>> = {
  restart: "restart",
  watchdog: "watchdog",
  "memory-full": "memory-full",
  "stack-overflow": "stack-overflow",
  exception: "exception",
  "brown-out": "brown-out",
};

export class Unit extends EventEmitter<UnitEvents> {
  readonly name: string;
  readonly climate: ClimateModel;
  /** Milliseconds by which the board's wall clock is off; undefined: it has none. */
  wallOffsetMs: number | undefined = 0;
  readonly #options: UnitOptions;
  readonly #partitions: readonly Partition[];
  readonly #pins: Pins;
  readonly #announce: Announce = (event, ...args) => {
    try {
      this.emit(event, ...(args as never));
    } catch (error) {
      // A bug of the one who watches must not look like a bug of the device that is being watched.
      queueMicrotask(() => {
        throw error;
      });
    }
  };
  #state: UnitState = "off";
  #life: Life | undefined;
  #machine: Machine | undefined;
  #booting: Promise<void> | undefined;
  #bootedAt = 0;
  #deaths = 0;
  #cancelBoot: (() => void) | undefined;
  #detach: (() => void) | undefined;
  #heap: Heap = noHeap;

  constructor(options: UnitOptions) {
    super();
    this.setMaxListeners(0);
    this.name = options.name;
    this.#options = options;
    this.#partitions = options.partitions ?? boardPartitions();
    this.climate = options.climate ?? new ClimateModel(options.clock);
    this.#pins = new Pins(this.#announce);
    options.flash.observe((operation) => this.#announce("flash", operation));
  }

  get state(): UnitState {
    return this.#state;
  }

  get lamp(): boolean {
    return this.#pins.lit;
  }

  get buttonDown(): boolean {
    return this.#pins.down;
  }

  get flash(): NorFlash {
    return this.#options.flash;
  }

  /** Gives power and boots. Resolves when the device has started, or cannot. */
  async plug(): Promise<void> {
    if (this.#state !== "off") return;
    this.#deaths = 0;
    this.flash.powerOn();
    this.#detach = this.#options.clock.attach(() => this.idle());
    this.#booting = this.#boot("power-on");
    await this.#booting;
  }

  /** Takes the power away: nothing of the device runs after this. */
  unplug(): void {
    if (this.#state === "off") return;
    this.#endLife();
    this.#cancelBoot?.();
    this.#cancelBoot = undefined;
    this.flash.powerOff();
    this.#detach?.();
    this.#detach = undefined;
    this.#set("off");
  }

  /** The supply sags for a moment: a reset that the device can tell from a restart. */
  brownOut(): void {
    if (this.#life) this.#died("brown-out", "the supply sagged");
  }

  press(): void {
    this.#pins.setButton(true);
  }

  release(): void {
    this.#pins.setButton(false);
  }

  /** Ports the device listens on now. */
  listening(): number[] {
    return this.#life?.network.listeners() ?? [];
  }

  /** Established connections. */
  connections(): ConnectionFigures[] {
    return this.#life?.network.connections() ?? [];
  }

  /** Resolves when the device has started and worked off all that was delivered to it. */
  async idle(): Promise<void> {
    await this.#booting;
    await this.#machine?.idle();
  }

  async heap(): Promise<Heap> {
    this.#heap = (await this.#machine?.heap()) ?? noHeap;
    return this.#heap;
  }

  async #boot(resetReason: ResetReason): Promise<void> {
    const { engine, heapLimit, watchdogMs } = this.#options;
    this.#set("booting");
    const image = this.#chooseImage();
    if (image === undefined) return;
    if ("faults" in image) return this.#set("no-image");
    const life = this.#begin(image);
    this.#announce("boot", { resetReason, slot: image.slot, digest: image.digest });
    try {
      const machine = await engine.start({
        source: image.source,
        hostCall: life.hostCall,
        onDeath: (death, detail) => this.#life === life && this.#died(death, detail),
        ...(heapLimit === undefined ? {} : { heapLimit }),
        ...(watchdogMs === undefined ? {} : { watchdogMs }),
      });
      // Meanwhile the plug may have been pulled.
      if (this.#life !== life) return machine.kill();
      this.#machine = machine;
    } catch (error) {
      if (this.#life === life) this.#died("exception", (error as Error).message);
      return;
    }
    this.#set("running");
    const board = { name: "desk", button: buttonPin, lamp: lampPin };
    life.deliver("boot", { resetReason, board });
    await this.#machine.idle();
  }

  /** Undefined when power went while the bootloader was writing. */
  #chooseImage(): Booted | NoImage | undefined {
    try {
      return boot(this.flash, this.#partitions);
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
      this.#announce("death", { death: "power-cut", detail: error.message });
      this.unplug();
      return undefined;
    }
  }

  #begin({ slot }: Booted): Life {
    const { radio, clock, flash, entropy = realEntropy, inFactory = false } = this.#options;
    const { serial = new SerialLine() } = this.#options;
    this.#bootedAt = clock.now();
    this.#heap = noHeap;
    const life: Life = new Life({
      radio,
      clock,
      flash,
      entropy,
      inFactory,
      partitions: this.#partitions,
      running: `slot${slot}`,
      slots: new SlotControl(flash, this.#partitions, slot),
      climate: this.climate,
      serial,
      pins: this.#pins,
      announce: this.#announce,
      wallOffsetMs: () => this.wallOffsetMs,
      deliver: (event, json) => this.#machine?.deliver(event, json),
      restart: () => {
        this.#died("restart", "by the firmware");
        throw new PowerCut("restart");
      },
      heap: () => this.#lastHeap(),
    });
    this.#life = life;
    return life;
  }

  /** The figures as last measured; asks for the next. */
  #lastHeap(): Heap {
    void this.heap().catch(() => noHeap);
    return this.#heap;
  }

  #endLife(): void {
    const life = this.#life;
    this.#life = undefined;
    this.#machine?.kill();
    this.#machine = undefined;
    life?.end();
  }

  #died(death: Death | "brown-out", detail: string): void {
    const lived = this.#options.clock.now() - this.#bootedAt;
    this.#endLife();
    this.#announce("death", { death, detail });
    if (death === "power-cut") {
      this.unplug();
      return;
    }
    this.#deaths = lived >= soundLifeMs ? 1 : this.#deaths + 1;
    const delay = Math.min(bootDelayMs * 2 ** (this.#deaths - 1), longestBootDelayMs);
    this.#set("waiting");
    this.#cancelBoot = this.#options.clock.after(delay, () => {
      this.#cancelBoot = undefined;
      this.#booting = this.#boot(resetReasons[death]);
    });
  }

  #set(state: UnitState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#announce("state", state);
  }
}
