/** The room around the board: a slow day's swing of temperature and humidity, or what is set. */
import type { Clock } from "./clock.ts";

export interface Climate {
  /** °C */
  temperature: number;
  /** Fraction of 1. */
  humidity: number;
}

const dayMs = 86_400_000;

export class ClimateModel {
  readonly #clock: Clock;
  #fixed: Climate | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Holds the room at these values; `undefined` lets the day swing again. */
  set(climate: Climate | undefined): void {
    this.#fixed = climate;
  }

  /** Rounded as a common sensor reports: 0.1 °C and 0.1 %. */
  sample(): Climate {
    if (this.#fixed) return { ...this.#fixed };
    const phase = (2 * Math.PI * (this.#clock.wall() % dayMs)) / dayMs;
    return {
      temperature: Math.round((21 - 2.5 * Math.cos(phase)) * 10) / 10,
      humidity: Math.round((0.45 + 0.06 * Math.cos(phase)) * 1000) / 1000,
    };
  }
}
