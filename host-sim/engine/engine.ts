/**
 * What the desk asks of a JavaScript engine that runs firmware: Node (`node-engine.ts`) and XS
 * (`xs-engine.ts`) both answer to it.
 *
 * Inside a machine the bundle sees two things only: the global `hostCall(op, json, bytes?)`, which
 * is synchronous and returns `{ json, bytes? }`, and the global `onHostEvent` that the bundle sets
 * itself. Evaluating the bundle only loads code; the event "boot" starts the device.
 */
import { creation, heapBytes } from "../../device/platform/memory.ts";

/** The board's answer to a `hostCall`. */
export interface HostReply {
  json: string;
  bytes?: Uint8Array;
}

/**
 * Serves a machine's `hostCall`. What it throws becomes a thrown `Error` of the same message in the
 * device, except `PowerCut`, which never returns to the device.
 */
export type HostCall = (op: string, json: string, bytes: Uint8Array | undefined) => HostReply;

/**
 * The chip's bytes (a slot is 16) above the loaded-code baseline; on the chip that code is ROM. All 0
 * where unknown. Peaks of slots and chunks are each by itself and count garbage.
 */
export interface Heap {
  slots: number;
  slotsPeak: number;
  chunks: number;
  chunksPeak: number;
  /** Slots and chunks together, after the collection that left most. */
  livePeak: number;
  limit: number;
}

/** Why a machine stopped by itself or was stopped from inside a `hostCall`. */
export type Death =
  | "restart"
  | "watchdog"
  | "memory-full"
  | "stack-overflow"
  | "exception"
  | "power-cut";

export interface MachineOptions {
  /** The firmware bundle: one classic script, es2021. */
  source: string;
  hostCall: HostCall;
  /** Called once at most, never after `kill`. */
  onDeath: (death: Death, detail: string) => void;
  /** The chip's bytes for slots and chunks above the baseline; `defaultHeapLimit` when absent. */
  heapLimit?: number;
  /**
   * An event that runs longer is ended as "watchdog"; `defaultWatchdogMs` when absent. 0, on Node
   * only: none.
   */
  watchdogMs?: number;
}

export interface Machine {
  /** Queued, first in first out, never re-entrant. Ignored once the machine is dead. */
  deliver(event: string, json: string, bytes?: Uint8Array): void;
  /** Resolves when all delivered events are processed, or the machine is dead. */
  idle(): Promise<void>;
  /** Power gone: nothing runs after this, safe also from inside a `hostCall`. */
  kill(): void;
  heap(): Promise<Heap>;
}

export interface Engine {
  readonly name: "node" | "xs";
  /** Loads the bundle. Rejects when it cannot be evaluated. */
  start(options: MachineOptions): Promise<Machine>;
}

/** The JavaScript stack once the bundle is loaded, in slots. */
export const stackSlots = creation.stack;

/** The chip's, for slots and chunks, bytes; a slot counts as the chip's here, though a 64-bit host's is twice as wide. */
export const defaultHeapLimit = heapBytes;

/** The release image's task watchdog (one noble signature takes about a second on the chip). */
export const defaultWatchdogMs = 5_000;

/**
 * Thrown by a `HostCall` when power goes in the middle of it. It never returns to the device: the
 * machine dies with "power-cut" and nothing the device does afterwards reaches the board.
 */
export class PowerCut extends Error {
  override readonly name = "PowerCut";

  constructor(message = "power cut") {
    super(message);
  }
}
