/**
 * The part of a socket that a board's `Connection` uses, in memory: what is written arrives in the same
 * turn, so that a month of virtual time is a matter of seconds and the same each time.
 */
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";

export interface PeerEvents {
  heard(bytes: Uint8Array): void;
  gone(): void;
}

export class MemorySocket extends EventEmitter {
  readonly #peer: PeerEvents;
  readonly #waiting: Uint8Array[] = [];
  #paused = false;
  #over = false;

  constructor(peer: PeerEvents) {
    super();
    this.#peer = peer;
  }

  /** As the board takes it: it uses no more of a socket than is here. */
  get socket(): Socket {
    return this as unknown as Socket;
  }

  // --- the peer's end

  say(bytes: Uint8Array): void {
    if (this.#over) return;
    if (this.#paused) this.#waiting.push(bytes);
    else this.emit("data", bytes);
  }

  hangUp(): void {
    if (!this.#over) this.emit("end");
  }

  // --- the board's end

  write(bytes: Uint8Array, done: (error?: Error) => void): void {
    if (this.#over) return;
    this.#peer.heard(bytes);
    done();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    for (const bytes of this.#waiting.splice(0)) this.say(bytes);
  }

  isPaused(): boolean {
    return this.#paused;
  }

  end(): void {
    this.destroy();
  }

  destroy(): void {
    if (this.#over) return;
    this.#over = true;
    this.#waiting.length = 0;
    this.#peer.gone();
    queueMicrotask(() => this.emit("close"));
  }
}
