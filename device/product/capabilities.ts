/**
 * All that a product is given. It reaches no key, no socket, no storage and no other room: what is
 * not in `Capabilities` it can not do. A fork replaces this folder's `product.ts`.
 */
import type { Report } from "../privacy/data-map.ts";

export interface Capabilities {
  readonly lamp: { write(value: 0 | 1): void };
  readonly climate: {
    /** °C, and humidity as a fraction of 1. */
    sample(): { temperature: number; humidity: number };
  };
  /** Publishes the state of the product; replaces a state that has not left yet. */
  publish(state: Report): void;
  /** Calls back every `periodMs`, for as long as the device runs. */
  every(periodMs: number, callback: () => void): void;
}

export interface Product<Setting = unknown> {
  readonly name: string;
  /** All members that `parse` knows; others arrive as "?". */
  readonly names: readonly string[];
  /** The part `set` of a command, from outside: a setting, or undefined when it is not one. */
  parse(value: unknown): Setting | undefined;
  /** Starts the product. It must work without a network (EN 303 645 5.9-2). */
  start(capabilities: Capabilities): RunningProduct<Setting>;
}

export interface RunningProduct<Setting> {
  apply(setting: Setting): void;
  /** The owner tapped the button. */
  tap(): void;
  /** Whether the product does what it is for: a new firmware is kept only if it says so. */
  healthy(): boolean;
  /** Whether a restart now would startle or endanger nobody. */
  atRest(): boolean;
  /** Brings every actuator to its safe state; a restart follows. */
  makeSafe(): void;
}
