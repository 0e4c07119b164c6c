/** What a unit tells the desk while it lives: for the page, the tour and the tests. */
import type { Connection, JoinFailure, ResetReason } from "../../device/platform/platform.ts";
import type { Death } from "../engine/engine.ts";
import type { FlashOperation } from "./nor-flash.ts";

/**
 * off: no power · waiting: powered, boots again after a moment · booting · running · no-image: the
 * bootloader found nothing it may run.
 */
export type UnitState = "off" | "waiting" | "booting" | "running" | "no-image";

export interface Trace {
  room: string;
  event: string;
  detail?: Readonly<Record<string, string | number | boolean>>;
}

/** A connection the device dialled (`host` and `port` as it asked) or took (`port` it listened on). */
export interface Peer {
  /** Chosen by the device, unique within one life. */
  id: number;
  direction: "dialled" | "accepted";
  host: string;
  port: number;
}

export interface UnitEvents {
  state: [UnitState];
  boot: [{ resetReason: ResetReason; slot: 0 | 1; digest: string }];
  /** `brown-out` when the supply sagged, otherwise what the engine or the firmware did. */
  death: [{ death: Death | "brown-out"; detail: string }];
  trace: [Trace];
  lamp: [boolean];
  button: [down: boolean];
  flash: [FlashOperation];
  wifi: [{ connection: Connection; SSID: string; failure: JoinFailure | undefined }];
  accessPoint: [{ SSID: string; open: boolean }];
  listen: [{ port: number }];
  unlisten: [{ port: number }];
  dial: [Peer];
  connected: [Peer & { protocol: string }];
  /** The board did not get to, or did not trust, the other end. */
  refused: [Peer & { reason: string }];
  disconnected: [Peer & { reason: string }];
  bytes: [Peer & { way: "in" | "out"; bytes: number }];
}

export type Announce = <Event extends keyof UnitEvents>(
  event: Event,
  ...args: UnitEvents[Event]
) => void;
