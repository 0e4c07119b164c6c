/**
 * One TCP or TLS connection as a small device holds it: reads are pulled, at most `receiveLimit`
 * bytes wait unread before the peer is held back, and writes are bounded by what was granted.
 */
import type { Socket } from "node:net";
import { receiveLimit, sendLimit } from "../runtime/protocol.ts";

export interface ConnectionEvents {
  /** Bytes that came since the beginning. */
  readable(total: number): void;
  /** Bytes that may be written since the beginning; the first call means "connected". */
  writable(total: number): void;
  /** Dead, by the peer or by a failure. Called once at most, never after `close`. */
  failed(reason: string): void;
  /** Application bytes, for the page's wire. */
  moved?(direction: "in" | "out", bytes: number): void;
}

/** Grants smaller than this wait for more, so that a stream of small writes is not a stream of events. */
const smallestGrant = sendLimit / 4;

export class Connection {
  readonly #socket: Socket;
  readonly #events: ConnectionEvents;
  readonly #unread: Uint8Array[] = [];
  #unreadBytes = 0;
  #received = 0;
  #written = 0;
  #flushed = 0;
  #granted = 0;
  /** Writes made while the cable is out. */
  readonly #held: Uint8Array[] = [];
  #stalled = false;
  #dead = false;

  /** @param socket connected and, for TLS, verified. Begins at once. */
  constructor(socket: Socket, events: ConnectionEvents) {
    this.#socket = socket;
    this.#events = events;
    socket.setNoDelay?.(true);
    socket.on("data", (bytes: Uint8Array) => this.#take(bytes));
    socket.on("end", () => this.#fail("closed by the peer"));
    socket.on("error", (error: NodeJS.ErrnoException) => this.#fail(error.code ?? error.message));
    socket.on("close", () => this.#fail("closed"));
    this.#grant();
  }

  get bytesIn(): number {
    return this.#received;
  }

  get bytesOut(): number {
    return this.#written;
  }

  /** Up to `length` bytes; undefined when nothing waits. */
  read(length: number): Uint8Array | undefined {
    const size = Math.min(length, this.#unreadBytes);
    if (size <= 0) return undefined;
    const bytes = new Uint8Array(size);
    for (let filled = 0; filled < size; ) {
      const first = this.#unread[0]!;
      const part = first.subarray(0, size - filled);
      bytes.set(part, filled);
      filled += part.length;
      if (part.length === first.length) this.#unread.shift();
      else this.#unread[0] = first.subarray(part.length);
    }
    this.#unreadBytes -= size;
    this.#flow();
    return bytes;
  }

  /** @throws Error when `bytes` is longer than granted. */
  write(bytes: Uint8Array): void {
    if (this.#dead) return;
    if (this.#written + bytes.length > this.#granted)
      throw new Error("write is longer than onWritable allowed");
    this.#written += bytes.length;
    this.#events.moved?.("out", bytes.length);
    if (this.#stalled) this.#held.push(bytes);
    else this.#send(bytes);
  }

  /** The cable is out: nothing moves either way, and nobody is told, as with a real cable. */
  stall(stalled: boolean): void {
    this.#stalled = stalled;
    this.#flow();
    if (!stalled) for (const bytes of this.#held.splice(0)) this.#send(bytes);
  }

  /** The device closes: what it wrote is still sent, nothing is reported any more. */
  close(): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#socket.end();
    this.#socket.resume();
    // A peer that never closes its half must not keep the connection alive.
    const timeout = setTimeout(() => this.#socket.destroy(), 1_000);
    timeout.unref();
    this.#socket.once("close", () => clearTimeout(timeout));
  }

  /** Power or network gone. (The desk's kernel still tells the peer, which a real cut would not.) */
  destroy(): void {
    this.#dead = true;
    this.#socket.destroy();
  }

  /** As `destroy`, but the device learns of it. */
  drop(reason: string): void {
    this.#fail(reason);
  }

  #take(bytes: Uint8Array): void {
    if (this.#dead) return;
    this.#unread.push(bytes);
    this.#unreadBytes += bytes.length;
    this.#received += bytes.length;
    this.#flow();
    this.#events.moved?.("in", bytes.length);
    this.#events.readable(this.#received);
  }

  #flow(): void {
    if (this.#stalled || this.#unreadBytes > receiveLimit) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
  }

  #send(bytes: Uint8Array): void {
    this.#socket.write(bytes, (error) => {
      if (error) return;
      this.#flushed += bytes.length;
      this.#grant();
    });
  }

  #grant(): void {
    const total = this.#flushed + sendLimit;
    const quiet = this.#flushed === this.#written;
    if (this.#dead || total === this.#granted) return;
    if (!quiet && total - this.#granted < smallestGrant) return;
    this.#granted = total;
    this.#events.writable(total);
  }

  #fail(reason: string): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#socket.destroy();
    this.#events.failed(reason);
  }
}
