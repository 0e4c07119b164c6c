/**
 * What passes between the code in an engine (`board-shim.ts`) and the board around it
 * (`../board/life.ts`): every `hostCall` and every event, typed once for both sides. Numbers named
 * `id` are chosen by the device and name the object it made. Bytes travel beside the JSON.
 */
import type {
  BootSlots,
  Connection,
  JoinFailure,
  ResetReason,
} from "../../device/platform/platform.ts";

type Nothing = Record<string, never>;

interface Id {
  id: number;
}

export interface Operations {
  "flash.list": { args: Nothing; reply: string[] };
  "flash.open": {
    args: Id & { path: string; mode: "r" | "r+" };
    reply: { size: number; blockLength: number; blocks: number };
  };
  /** Replies with bytes. */
  "flash.read": { args: Id & { length: number; offset: number }; reply: Nothing };
  /** Takes bytes. */
  "flash.write": { args: Id & { offset: number }; reply: Nothing };
  "flash.erase": { args: Id & { start: number; end: number }; reply: Nothing };
  "flash.close": { args: Id; reply: Nothing };

  /** The image in the spare slot boots next. */
  "update.complete": { args: Nothing; reply: Nothing };
  "slots.figures": {
    args: Nothing;
    reply: Pick<BootSlots, "running" | "spare" | "state" | "rolledBack">;
  };
  "slots.confirm": { args: Nothing; reply: Nothing };
  "slots.rollBack": { args: Nothing; reply: false };

  "digest.open": { args: Id; reply: Nothing };
  /** Takes bytes. */
  "digest.write": { args: Id; reply: Nothing };
  /** Replies with bytes. */
  "digest.close": { args: Id; reply: Nothing };

  "pin.open": {
    args: Id & { pin: number; mode: "input" | "output"; initialValue: 0 | 1 };
    reply: Nothing;
  };
  "pin.read": { args: Id; reply: 0 | 1 };
  "pin.write": { args: Id & { value: 0 | 1 }; reply: Nothing };
  "pin.close": { args: Id; reply: Nothing };
  "climate.sample": { args: Nothing; reply: { temperature: number; humidity: number } };

  "timer.set": { args: Id & { delayMs: number }; reply: Nothing };
  "timer.clear": { args: Id; reply: Nothing };
  "clock.ticks": { args: Nothing; reply: number };
  "clock.wall": { args: Nothing; reply: number | null };
  /** Replies with bytes. */
  random: { args: { length: number }; reply: Nothing };

  "wifi.open": { args: Id; reply: Nothing };
  "wifi.connect": { args: Id & { SSID: string; password?: string }; reply: Nothing };
  "wifi.disconnect": { args: Id; reply: Nothing };
  "wifi.state": { args: Id; reply: WifiState };
  "wifi.close": { args: Id; reply: Nothing };
  "ap.open": { args: Id & { SSID: string }; reply: { address: string } };
  "ap.close": { args: Id; reply: Nothing };
  "listener.open": { args: Id & { port: number; address?: string }; reply: Nothing };
  /** Takes the next waiting connection, which from then on goes by `socket`. */
  "listener.read": { args: Id & { socket: number }; reply: { remoteAddress: string } | null };
  "listener.close": { args: Id; reply: Nothing };

  "serial.open": { args: Id; reply: Nothing };
  /** Replies with bytes, or without when nothing waits. */
  "serial.read": { args: Id; reply: Nothing };
  /** Takes bytes. */
  "serial.write": { args: Id; reply: Nothing };
  "serial.close": { args: Id; reply: Nothing };

  /** Events for an accepted connection begin. */
  "socket.start": { args: Id; reply: Nothing };
  /** Takes bytes: anchors, certificates and the key, one behind the other, lengths in the args. */
  "tls.open": { args: Id & TlsDial; reply: Nothing };
  /** Replies with bytes, or without when nothing waits. */
  "socket.read": { args: Id & { length: number }; reply: Nothing };
  /** Takes bytes. */
  "socket.write": { args: Id; reply: Nothing };
  "socket.close": { args: Id; reply: Nothing };

  "system.heap": {
    args: Nothing;
    reply: { slots: number; slotsPeak: number; chunks: number; chunksPeak: number };
  };
  "system.restart": { args: Nothing; reply: Nothing };
  trace: {
    args: {
      room: string;
      event: string;
      detail?: Readonly<Record<string, string | number | boolean>>;
    };
    reply: Nothing;
  };
}

export interface TlsDial {
  host: string;
  port: number;
  serverName: string;
  anchors: number[];
  certificate: number[];
  privateKey: number;
}

export interface WifiState {
  connection: Connection;
  address: string | null;
  failure: JoinFailure | null;
}

export interface BoardFacts {
  name: string;
  button: number;
  lamp: number;
}

export interface Events {
  /** Starts the device. */
  boot: { resetReason: ResetReason; board: BoardFacts };
  timer: Id;
  pin: Id;
  "serial.readable": Id & { bytes: number };
  "wifi.changed": Id & { property: "connection" | "address" };
  "listener.readable": Id & { requests: number };
  /** Bytes that came since the connection began: what was read since then is not known yet. */
  "socket.readable": Id & { total: number };
  /** Bytes that may be written since the connection began. */
  "socket.writable": Id & { total: number };
  "socket.error": Id & { reason: string };
}

/** Bytes a socket holds unread before it stops taking more from the network. */
export const receiveLimit = 16 * 1024;

/** Bytes a socket takes that the network has not taken yet. */
export const sendLimit = 16 * 1024;
