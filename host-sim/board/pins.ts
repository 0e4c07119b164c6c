/** The board's button and lamp. 1 means pressed and lit: polarity is the real board's own affair. */
import { type Calls, type Deliver, Handles } from "./calls.ts";
import type { Announce } from "./events.ts";

export const buttonPin = 0;
export const lampPin = 2;

/** Outlives resets, as a finger on the button does. */
export class Pins {
  readonly #announce: Announce;
  #down = false;
  #lit = false;
  /** Set by the life that is running. */
  onButton: (() => void) | undefined;

  constructor(announce: Announce) {
    this.#announce = announce;
  }

  get down(): boolean {
    return this.#down;
  }

  get lit(): boolean {
    return this.#lit;
  }

  setButton(down: boolean): void {
    if (down === this.#down) return;
    this.#down = down;
    this.#announce("button", down);
    this.onButton?.();
  }

  setLamp(lit: boolean): void {
    if (lit === this.#lit) return;
    this.#lit = lit;
    this.#announce("lamp", lit);
  }
}

type PinCalls = Pick<Calls, "pin.open" | "pin.read" | "pin.write" | "pin.close">;

export function pinCalls(pins: Pins, deliver: Deliver): PinCalls {
  const opened = new Handles<{ id: number; pin: number; mode: "input" | "output" }>("pin");
  pins.onButton = () => {
    for (const { id, pin, mode } of opened.values())
      if (mode === "input" && pin === buttonPin) deliver("pin", { id });
  };
  return {
    "pin.open"({ id, pin, mode, initialValue }) {
      const usable = mode === "input" ? pin === buttonPin : pin === lampPin;
      if (!usable) throw new Error(`pin ${pin} is no ${mode} of this board`);
      opened.set(id, { id, pin, mode });
      if (mode === "output") pins.setLamp(initialValue === 1);
    },
    "pin.read"({ id }) {
      const { mode } = opened.get(id);
      return (mode === "input" ? pins.down : pins.lit) ? 1 : 0;
    },
    "pin.write"({ id, value }) {
      if (opened.get(id).mode !== "output") throw new Error("an input cannot be written");
      pins.setLamp(value === 1);
    },
    "pin.close": ({ id }) => void opened.take(id),
  };
}
