/**
 * What passes between the bench and its image: JSON, an order or an answer a line, each with the order's number. A
 * serial line may lose one: an order that has no answer is sent again, and obeyed once.
 */
import type { BootSlots, ResetReason } from "../../device/platform/platform.ts";
import type { Met } from "../device-suites/tls-peer.ts";

/** One of these a line. */
export interface Order {
  /** Keeps bytes under a name: "key", "chain", "anchor", "signature"; `more` adds to what is there. */
  put: { name: string; hex: string; more: boolean };
  /** Seconds since 1970, for the dates in certificates. */
  clock: number;
  /** Turns of a loop of two instructions. */
  spin: number;
  check: "ed25519" | "p256";
  meet: {
    port: number;
    name: string;
    /** By the firmware's socket, the same without verification, or the SDK's in JavaScript. */
    by: "firmware" | "loose" | "sdk";
    anchors?: readonly string[];
    turns?: number;
  };
  slot: SlotOrder;
}

export type SlotOrder =
  | { do: "tell" | "confirm" }
  /** Blocks of the image that runs into the spare slot. */
  | { do: "copy"; from: number; to: number }
  /** Sixteen bytes of the spare slot are written to zero. */
  | { do: "spoil"; at: number }
  /** The spare slot is to be started next. */
  | { do: "choose" }
  /** Answered by the next start; `rollBack` by a refusal where there is nothing to go back to. */
  | { do: "restart" | "rollBack" }
  /** Never comes back by itself; answered by the start after the watchdog's. `hangMute` holds interrupts back as well. */
  | { do: "hang" | "hangMute" };

/** An order that the next start answers. */
export type LastOrder = Extract<SlotOrder["do"], "restart" | "rollBack" | "hang" | "hangMute">;

export interface SlotsTold extends Pick<BootSlots, "running" | "state" | "rolledBack"> {
  readonly resetReason: ResetReason;
}

/** Times are in microseconds. */
export interface Answer {
  readonly number?: number;
  readonly booted?: true;
  /** In place of an answer, when an order comes again while it is obeyed. */
  readonly working?: number;
  readonly micros?: number;
  readonly genuine?: boolean;
  readonly load?: number;
  readonly check?: number;
  readonly met?: Met;
  readonly told?: SlotsTold;
  readonly refused?: string;
}

export interface Figures {
  readonly free: number;
  readonly leastFree: number;
  readonly slots: number;
  readonly slotsPeak: number;
  readonly chunks: number;
  readonly stackLeft: number;
}
