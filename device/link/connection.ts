/**
 * One TLS connection carrying MQTT packets: flow control in both directions, and nothing after
 * `close`. Memory is bounded whatever the peer does: one packet being received, one chunk of
 * `readBytes`, and `answersWaiting` packets being sent.
 */
import type { TCP, TLSConstructor, TLSOptions } from "../platform/platform.ts";
import { Decoder, type DecoderLimits, type Incoming } from "./mqtt-decoder.ts";
import type { Outgoing } from "./mqtt-encoder.ts";
import { TransmitQueue } from "./transmit-queue.ts";

export interface ConnectionEvents {
  /** Every callback of the socket happens inside such a turn. */
  turn(task: () => void): void;
  /** Connected and verified. */
  opened(): void;
  /** Bytes arrived. */
  heard(): void;
  packet(packet: Incoming): void;
  /** The socket failed or the peer closed. `detail` is the socket's own words. */
  lost(detail: string): void;
}

export interface ConnectionOptions {
  readonly TLS: TLSConstructor;
  readonly peer: Pick<TLSOptions, "host" | "port" | "secure">;
  readonly limits: DecoderLimits;
  readonly events: ConnectionEvents;
}

/** What one `read` takes from the socket, and how much of it before other work has its turn. */
const readBytes = 2_048;
const budgetBytes = 16_384;
/** While so many packets wait to be sent, nothing is read that might ask for another. */
const answersWaiting = 32;

export class Connection {
  /** The first `onWritable` has come. */
  opened = false;
  private readonly events: ConnectionEvents;
  private readonly decoder: Decoder;
  private readonly transmit = new TransmitQueue();
  private socket: TCP | undefined;
  private writable = 0;
  private unread = false;

  /** Dials. Throws what the socket class throws when it cannot even begin. */
  constructor({ TLS, peer, limits, events }: ConnectionOptions) {
    this.events = events;
    this.decoder = new Decoder(limits);
    this.socket = new TLS({
      ...peer,
      onReadable: () => this.live(() => this.receive()),
      onWritable: (bytes) => this.live(() => this.resume(bytes)),
      onError: (reason) => this.live(() => events.lost(reason ?? "closed by the peer")),
    });
  }

  /** Bytes may wait in the socket that nobody will announce again: call `receive` when convenient. */
  get unfinished(): boolean {
    return this.unread && !this.clogged;
  }

  /** Queues a packet; `flush` sends it. */
  send(packet: Outgoing): void {
    this.transmit.push(packet);
  }

  /** Writes what the socket has room for. */
  flush(): void {
    while (this.socket !== undefined && this.writable > 0) {
      const bytes = this.transmit.take(this.writable);
      if (bytes === undefined) return;
      this.writable -= bytes.length;
      try {
        this.socket.write(bytes);
      } catch (error) {
        this.events.lost(`write failed: ${String(error)}`);
      }
    }
  }

  /** Reads and decodes until the socket is empty, the budget is used up, or answers pile up. */
  receive(): void {
    this.unread = true;
    let budget = budgetBytes;
    while (this.socket !== undefined) {
      if (this.clogged) this.flush();
      if (this.clogged) return;
      const packet = this.decoder.next();
      if (packet !== undefined) {
        this.events.packet(packet);
        continue;
      }
      if (budget <= 0) return;
      const chunk = this.socket?.read(readBytes);
      if (chunk === undefined || chunk.byteLength === 0) {
        this.unread = false;
        return;
      }
      budget -= chunk.byteLength;
      this.decoder.feed(new Uint8Array(chunk));
      this.events.heard();
    }
  }

  /** The socket is closed and says nothing any more, whatever it still calls. */
  close(): void {
    const { socket } = this;
    this.socket = undefined;
    try {
      socket?.close();
    } catch {
      // It had failed already, which is what we wanted of it.
    }
  }

  private get clogged(): boolean {
    return this.transmit.length >= answersWaiting;
  }

  private live(task: () => void): void {
    if (this.socket !== undefined) this.events.turn(task);
  }

  private resume(bytes: number): void {
    this.writable = bytes;
    if (!this.opened && bytes > 0) {
      this.opened = true;
      this.events.opened();
    }
    if (this.unread) this.receive();
  }
}
