/**
 * The board during one life of the device, from boot to death: serves its `hostCall`s, and takes
 * every timer, socket and listener back when the life ends.
 */
import type { HostReply } from "../engine/engine.ts";
import type { Events, Operations } from "../runtime/protocol.ts";
import type { Calls, Deliver } from "./calls.ts";
import type { ClimateModel } from "./climate.ts";
import type { Clock } from "./clock.ts";
import type { Entropy } from "./entropy.ts";
import type { Announce } from "./events.ts";
import { type FlashWiring, flashCalls } from "./flash-calls.ts";
import { Network } from "./network.ts";
import { type Pins, pinCalls } from "./pins.ts";
import type { Radio } from "./radio.ts";
import { type SerialLine, serialCalls } from "./serial-line.ts";
import { type SlotWiring, slotCalls } from "./slot-calls.ts";

export interface LifeWiring extends FlashWiring, SlotWiring {
  radio: Radio;
  clock: Clock;
  entropy: Entropy;
  climate: ClimateModel;
  serial: SerialLine;
  pins: Pins;
  announce: Announce;
  /** Milliseconds the board's wall clock is off; undefined when it has none. */
  wallOffsetMs: () => number | undefined;
  deliver: (event: string, json: string) => void;
  /** As last known: an engine answers later than a `hostCall` may wait. */
  heap: () => Operations["system.heap"]["reply"];
}

export class Life {
  readonly network: Network;
  readonly #wiring: LifeWiring;
  readonly #calls: Calls;
  readonly #timers = new Map<number, () => void>();
  readonly #bornAt: number;
  #over = false;

  constructor(wiring: LifeWiring) {
    this.#wiring = wiring;
    this.#bornAt = wiring.clock.now();
    const { radio, clock, announce, pins } = wiring;
    const deliver: Deliver = (event, fields) => this.deliver(event, fields);
    this.network = new Network({ radio, clock, deliver, announce });
    this.#calls = {
      ...flashCalls(wiring),
      ...slotCalls(wiring),
      ...pinCalls(pins, deliver),
      ...this.#timeCalls(),
      ...this.#systemCalls(),
      ...serialCalls(wiring.serial, deliver),
      ...this.network.calls,
    };
  }

  /** The life's `HostCall`. */
  readonly hostCall = (op: string, json: string, bytes: Uint8Array | undefined): HostReply => {
    const call = Object.hasOwn(this.#calls, op) ? this.#calls[op as keyof Calls] : undefined;
    if (!call) throw new Error(`the board has no operation "${op}"`);
    const answer = call(JSON.parse(json) as never, bytes);
    if (answer instanceof Uint8Array) return { json: "{}", bytes: answer };
    return { json: JSON.stringify(answer ?? null) };
  };

  deliver<Event extends keyof Events>(event: Event, fields: Events[Event]): void {
    if (!this.#over) this.#wiring.deliver(event, JSON.stringify(fields));
  }

  end(): void {
    this.#over = true;
    this.#wiring.pins.onButton = undefined;
    this.#wiring.serial.onBytes = undefined;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    this.network.destroy();
    // Without the firmware that drives it the pin floats, and the lamp is dark.
    this.#wiring.pins.setLamp(false);
  }

  #timeCalls() {
    const { clock, wallOffsetMs } = this.#wiring;
    const clear = (id: number) => {
      this.#timers.get(id)?.();
      this.#timers.delete(id);
    };
    return {
      "timer.set": ({ id, delayMs }) => {
        clear(id);
        const fire = () => {
          this.#timers.delete(id);
          this.deliver("timer", { id });
        };
        this.#timers.set(id, clock.after(delayMs, fire));
      },
      "timer.clear": ({ id }) => clear(id),
      "clock.ticks": () => Math.floor(clock.now() - this.#bornAt),
      "clock.wall": () => {
        const offset = wallOffsetMs();
        return offset === undefined ? null : Math.floor((clock.wall() + offset) / 1000);
      },
    } satisfies Partial<Calls>;
  }

  #systemCalls() {
    const { entropy, climate, announce, restart, heap } = this.#wiring;
    return {
      random: ({ length }) => entropy(length),
      "climate.sample": () => climate.sample(),
      "system.heap": () => heap(),
      "system.restart": () => restart(),
      trace: (trace) => announce("trace", trace),
    } satisfies Partial<Calls>;
  }
}
