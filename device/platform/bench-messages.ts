/**
 * What passes between a unit on a test bench and the bench (`host-sim/chip`): JSON, a message a
 * line. The bench has the finger on the button and the eye on the lamp, and it is the air and the
 * name service of a board that has neither. Boards that are sold have no such line.
 */
import type { HeapFigures, JoinFailure, ResetReason } from "./platform.ts";

/** Bytes in use at once. */
export type InUse = Pick<HeapFigures, "slots" | "chunks">;

/** Bytes while a signature is checked, with the library for it loaded. */
export type CheckFigures = InUse & { readonly free: number };

/** From the unit. */
export interface Said {
  boot: { resetReason: ResetReason };
  trace: {
    room: string;
    event: string;
    detail?: Readonly<Record<string, string | number | boolean>>;
  };
  lamp: { lit: boolean };
  /** Wants into a network; the bench tells `wifi`. */
  join: { SSID: string; password?: string };
  leave: Record<string, never>;
  accessPoint: { SSID: string; open: boolean };
  /** Connections for `port` are taken at `at`. */
  listen: { port: number; at: number };
  unlisten: { port: number };
  /**
   * `free`: bytes of the chip's own heap, and the least there were; `inCheck` as the last Ed25519 check ended; `alive` after a
   * collection, when one was asked for; `ms` since start, by the unit's own clock.
   */
  heap: HeapFigures & {
    free?: number;
    leastFree?: number;
    inCheck?: CheckFigures;
    alive?: InUse;
    ms?: number;
  };
}

/** To the unit. */
export interface Told {
  button: { down: boolean };
  /** The air's answer to `join`, or that the network is gone. */
  wifi: { address: string } | { failure: JoinFailure };
  /** Where a name and a port really lead from here. */
  route: { host: string; port: number; address: string; at: number };
  /** Asks for a `heap`. `anew`: collects first, and the peaks begin anew after it. */
  heap: { anew?: boolean };
}

/** The longest line the unit takes. */
export const lineLimit = 1024;
