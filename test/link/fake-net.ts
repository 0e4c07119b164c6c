/**
 * A network made of arrays, for the link under virtual time: ECMA-419 TLS sockets whose other end is
 * the test, a clock that stands still until told, and timers that fire in order.
 */
import type {
  ByteBuffer,
  TCP,
  Timer,
  TLSConstructor,
  TLSOptions,
} from "../../device/platform/platform.ts";
import { type Read, readClient } from "./wire.ts";

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export class FakeSocket implements TCP {
  readonly remoteAddress = undefined;
  readonly options: TLSOptions;
  readonly at: number;
  closed = false;
  room = 0;
  /** Bytes the link read, and the most it asked for at a time. */
  taken = 0;
  private sent: Uint8Array[] = [];
  private waiting = new Uint8Array(0);

  constructor(options: TLSOptions, at: number) {
    this.options = options;
    this.at = at;
  }

  read(byteLength = 1 << 30): ArrayBuffer | undefined {
    if (this.closed) throw new Error("read after close");
    if (this.waiting.length === 0) return undefined;
    const chunk = this.waiting.slice(0, byteLength);
    this.waiting = this.waiting.subarray(chunk.length);
    this.taken += chunk.length;
    return chunk.buffer;
  }

  write(buffer: ByteBuffer): void {
    if (this.closed) throw new Error("write after close");
    const bytes = new Uint8Array(buffer).slice();
    if (bytes.length > this.room) throw new Error(`wrote ${bytes.length} where ${this.room} fit`);
    if (bytes.length === 0) throw new Error("wrote nothing");
    this.room -= bytes.length;
    this.sent.push(bytes);
    this.writes++;
  }
  writes = 0;

  close(): void {
    if (this.closed) throw new Error("closed twice");
    this.closed = true;
  }

  // --- the test's end

  /** Room for `bytes`; the first time it means "connected and verified". */
  allow(bytes = 8_192): this {
    this.room = bytes;
    this.options.onWritable?.(bytes);
    return this;
  }

  /** The peer sends. */
  deliver(...streams: Uint8Array[]): this {
    this.waiting = joined([this.waiting, ...streams]);
    this.options.onReadable?.(this.waiting.length);
    return this;
  }

  /** The peer has sent `stream` so often, and nobody was told yet. */
  stock(stream: Uint8Array, times: number): this {
    const stocked = new Uint8Array(stream.length * times);
    for (let count = 0; count < times; count++) stocked.set(stream, count * stream.length);
    this.waiting = joined([this.waiting, stocked]);
    return this;
  }

  fail(reason?: string): void {
    this.options.onError?.(reason);
  }

  /** Bytes that the link has not read yet. */
  get unread(): number {
    return this.waiting.length;
  }

  /** Packets since the last call. */
  packets(): Read[] {
    const packets = readClient(joined(this.sent));
    this.sent = [];
    return packets;
  }
}

export class FakeNet {
  readonly sockets: FakeSocket[] = [];
  nowMs = 0;
  /** The next dials throw, as a socket class does that is out of sockets. */
  exhausted = false;
  private nextTimer = 1;
  private timers: { id: number; atMs: number; callback: () => void }[] = [];

  readonly clock = { ticks: () => this.nowMs, wall: () => undefined };

  readonly timer: Timer = {
    set: (callback, delayMs) => {
      this.timers.push({ id: this.nextTimer, atMs: this.nowMs + delayMs, callback });
      return this.nextTimer++;
    },
    clear: (id) => {
      this.timers = this.timers.filter((timer) => timer.id !== id);
    },
  };

  get TLS(): TLSConstructor {
    const net = this;
    return class extends FakeSocket {
      constructor(options: TLSOptions) {
        if (net.exhausted) throw new Error("no socket left");
        super(options, net.nowMs);
        net.sockets.push(this);
      }
    };
  }

  /** The socket dialled last. */
  get last(): FakeSocket {
    const socket = this.sockets[this.sockets.length - 1];
    if (socket === undefined) throw new Error("nothing was dialled");
    return socket;
  }

  get pendingTimers(): number {
    return this.timers.length;
  }

  /** Lets time pass, firing timers as they come due; gives how many fired. */
  advance(durationMs: number): number {
    const endMs = this.nowMs + durationMs;
    let fired = 0;
    for (;;) {
      let due = this.timers[0];
      for (const timer of this.timers) if (due === undefined || timer.atMs < due.atMs) due = timer;
      if (due === undefined || due.atMs > endMs) break;
      this.timer.clear(due.id);
      this.nowMs = Math.max(this.nowMs, due.atMs);
      due.callback();
      if (++fired > 100_000) throw new Error("timers spin");
    }
    this.nowMs = endMs;
    return fired;
  }
}
