/**
 * A connection to one update host, kept from file to file: the thin part of `http.ts` that touches
 * the socket. The host learns nothing but what is fetched; its certificate must end in the unit's
 * own anchors (EN 303 645 5.3-7, 5.5-1).
 */
import type { Clock, TCP, Timer, TLSConstructor, TLSOptions } from "../platform/platform.ts";
import { encodeText } from "../platform/text.ts";
import { type HttpFault, ResponseDecoder, requestText, type Wanted } from "./http.ts";

export interface Receiver {
  /** Bytes of the file, in order; valid during the call. False: enough, no more is wanted. */
  onBody(bytes: Uint8Array): boolean;
  /** Once, at the end of it. */
  onEnd(end: "whole" | "stopped" | HttpFault): void;
}

export interface HostOptions {
  readonly TLS: TLSConstructor;
  readonly timer: Timer;
  readonly clock: Clock;
  readonly host: string;
  readonly port: number;
  readonly secure: TLSOptions["secure"];
}

/** What one `read` takes, and how much of it before other work has its turn. */
const readBytes = 2_048;
const budgetBytes = 16_384;
/** After that much the chip sleeps, however it came: its watchdog bites after 16 s in which the idle task never ran. */
const restMs = 10;
/** Every so often it is looked whether anything comes, and whether it is enough (slow retrieval). */
export const watchMs = 30_000;
export const leastBytes = 4_096;

interface Fetch {
  readonly wanted: Wanted;
  readonly receiver: Receiver;
  decoder: ResponseDecoder;
  /** Bytes heard since the last look, and in all. */
  recent: number;
  heard: number;
  /** On a connection that had served before: its end may only mean that it was kept too long. */
  readonly again: boolean;
}

export class HostConnection {
  private readonly options: HostOptions;
  private socket: TCP | undefined;
  private opened = false;
  private writable = 0;
  private unsent: Uint8Array | undefined;
  private current: Fetch | undefined;
  private watch: number | undefined;
  private more: number | undefined;
  /** Bytes until the next rest. */
  private budget = budgetBytes;

  constructor(options: HostOptions) {
    this.options = options;
  }

  /** One file at a time. `receiver` is called from the event loop. */
  get(wanted: Wanted, receiver: Receiver): void {
    if (this.current) throw new Error("one file at a time");
    this.begin(wanted, receiver, this.socket !== undefined);
  }

  /** Gives up what is under way, without a word to its receiver. */
  close(): void {
    this.current = undefined;
    this.hangUp();
  }

  private begin(wanted: Wanted, receiver: Receiver, again: boolean): void {
    const { timer, host, port } = this.options;
    const decoder = new ResponseDecoder(wanted);
    this.current = { wanted, receiver, decoder, recent: 0, heard: 0, again };
    this.unsent = encodeText(requestText(host, port, wanted));
    this.watch = timer.set(() => this.look(), watchMs);
    if (this.socket) this.send();
    else this.dial();
  }

  private dial(): void {
    const { TLS, host, port, secure, timer } = this.options;
    this.opened = false;
    try {
      const socket: TCP = new TLS({
        host,
        port,
        secure,
        onReadable: () => this.socket === socket && this.receive(),
        onWritable: (bytes) => this.socket === socket && this.resume(bytes),
        onError: () => this.socket === socket && this.lost(),
      });
      this.socket = socket;
    } catch {
      // As every other end: not from inside the call that asked.
      timer.set(() => this.end("not-reached"), 0);
    }
  }

  private resume(bytes: number): void {
    this.opened = true;
    this.writable = bytes;
    this.send();
  }

  private send(): void {
    if (!this.socket || !this.unsent || this.writable <= 0) return;
    const part = this.unsent.subarray(0, this.writable);
    this.unsent = part.length < this.unsent.length ? this.unsent.subarray(part.length) : undefined;
    this.writable -= part.length;
    try {
      this.socket.write(part);
    } catch {
      this.lost();
    }
  }

  private receive(): void {
    while (this.socket && this.more === undefined) {
      if (this.budget <= 0) {
        this.more = this.options.timer.set(() => {
          this.more = undefined;
          this.budget = budgetBytes;
          this.receive();
        }, restMs);
        return;
      }
      const chunk = this.socket.read(readBytes);
      if (chunk === undefined || chunk.byteLength === 0) return;
      this.budget -= chunk.byteLength;
      this.take(new Uint8Array(chunk));
    }
  }

  private take(bytes: Uint8Array): void {
    const fetch = this.current;
    // Nobody asked for anything.
    if (!fetch) {
      this.hangUp();
      return;
    }
    fetch.recent += bytes.length;
    fetch.heard += bytes.length;
    const piece = fetch.decoder.push(bytes);
    if (typeof piece === "string") {
      this.end(piece);
      return;
    }
    const goOn = piece.body.length === 0 || fetch.receiver.onBody(piece.body);
    // The receiver may have closed all of it.
    if (this.current !== fetch) return;
    if (piece.whole) this.end("whole");
    else if (!goOn) this.end("stopped");
  }

  private lost(): void {
    const fetch = this.current;
    const { opened } = this;
    this.hangUp();
    if (fetch === undefined) return;
    if (fetch.again && fetch.heard === 0) this.begin(fetch.wanted, fetch.receiver, false);
    else this.end(opened ? "closed" : "not-reached");
  }

  private look(): void {
    const fetch = this.current;
    this.watch = undefined;
    if (!fetch) return;
    if (fetch.recent < leastBytes) {
      this.end(!this.opened ? "not-reached" : fetch.recent === 0 ? "silent" : "too-slow");
      return;
    }
    fetch.recent = 0;
    this.watch = this.options.timer.set(() => this.look(), watchMs);
  }

  private end(end: "whole" | "stopped" | HttpFault): void {
    const fetch = this.current;
    this.current = undefined;
    if (end !== "whole" || !fetch?.decoder.reusable) this.hangUp();
    else this.clearTimers();
    fetch?.receiver.onEnd(end);
  }

  private clearTimers(): void {
    const { timer } = this.options;
    if (this.watch !== undefined) timer.clear(this.watch);
    if (this.more !== undefined) timer.clear(this.more);
    this.watch = undefined;
    this.more = undefined;
  }

  private hangUp(): void {
    const { socket } = this;
    this.socket = undefined;
    this.unsent = undefined;
    this.opened = false;
    this.writable = 0;
    this.clearTimers();
    try {
      socket?.close();
    } catch {
      // It had failed already, which is what we wanted of it.
    }
  }
}
