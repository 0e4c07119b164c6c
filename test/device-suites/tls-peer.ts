/**
 * A TLS client for the battery, through the firmware's own socket: `tls-socket.ts` over the SDK's TCP and the
 * native session. Echoes a pattern off the server and says what became of it.
 */
import SdkTCP from "embedded:io/socket/tcp";
import { fromHex } from "../../device/platform/encoding.ts";
import { openTimer } from "../../device/platform/moddable/timer.ts";
import NativeSession, {
  type SessionConstructor,
} from "../../device/platform/moddable/tls/tls-native.ts";
import { tlsOver } from "../../device/platform/moddable/tls/tls-socket.ts";
import type { TCP } from "../../device/platform/platform.ts";

/** Hexadecimal: a line is text. */
export interface Meeting {
  /** An address; 127.0.0.1 when absent. */
  readonly host?: string;
  readonly port: number;
  readonly name: string;
  readonly key: string;
  readonly chain: readonly string[];
  readonly anchors: readonly string[];
  /** Drops the socket in this turn of the event loop. */
  readonly turns?: number;
}

/** What came of it; `end` is "done", "dropped" or the socket's reason. Times are the clock's. */
export interface Met {
  readonly end: string;
  readonly open: boolean;
  readonly echoed: number;
  readonly turns: number;
  /** To make the socket; the longest turn until the server is verified; the longest of all, our own echo included. */
  readonly opening: number;
  readonly shaking: number;
  readonly longest: number;
}

const payload = 3_000;
const patternAt = (offset: number) => (offset * 31 + (offset >> 8)) & 0xff;
const bytes = (hex: string) => fromHex(hex) ?? new Uint8Array(0);

/** @param Session with which the socket is made. */
export function meet(
  meeting: Meeting,
  clock: () => number,
  done: (met: Met) => void,
  Session: SessionConstructor = NativeSession,
): void {
  const timer = openTimer();
  let socket: TCP | undefined;
  let open = false;
  let sent = 0;
  let echoed = 0;
  let turns = 0;
  let opening = 0;
  let shaking = 0;
  let longest = 0;
  /** When the turn began. */
  let began = 0;
  const finish = (end: string) => {
    socket?.close();
    socket = undefined;
    done({ end, open, echoed, turns, opening, shaking, longest });
  };
  /** The socket's timer, with every turn of it counted and timed. */
  const counted = {
    set: (callback: () => void, delayMs: number) =>
      timer.set(() => {
        if (turns === meeting.turns) return finish("dropped");
        turns++;
        began = clock();
        callback();
        const took = clock() - began;
        longest = Math.max(longest, took);
        if (!open) shaking = Math.max(shaking, took);
      }, delayMs),
    clear: (id: number) => timer.clear(id),
  };
  const TLS = tlsOver({
    Session,
    Dial: SdkTCP as never,
    resolve: (host, resolved) => resolved(host),
    timer: counted,
  });
  const send = (room: number) => {
    if (!open) shaking = Math.max(shaking, clock() - began);
    open = true;
    const length = Math.min(room, payload - sent);
    if (length <= 0) return;
    const block = new Uint8Array(length);
    for (let index = 0; index < length; index++) block[index] = patternAt(sent + index);
    sent += length;
    socket?.write(block);
  };
  const receive = () => {
    const read = socket?.read();
    for (const byte of read ? new Uint8Array(read) : [])
      if (byte !== patternAt(echoed++)) return finish("another echo");
    if (echoed === payload) finish("done");
  };
  const secure = {
    serverName: meeting.name,
    privateKey: bytes(meeting.key),
    certificate: meeting.chain.map(bytes),
    anchors: meeting.anchors.map(bytes),
  };
  const start = clock();
  try {
    socket = new TLS({
      host: meeting.host ?? "127.0.0.1",
      port: meeting.port,
      secure,
      onReadable: receive,
      onWritable: send,
      onError: (reason) => finish(String(reason)),
    });
    opening = clock() - start;
  } catch (error) {
    finish(String((error as Error).message));
  }
}
