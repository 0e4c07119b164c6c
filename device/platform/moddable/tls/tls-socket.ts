/**
 * ECMA-419's TLS socket over its TCP socket: carries ciphertext between the board's TCP class and
 * the native session, one handshake message a turn of the event loop. Everything it needs is handed
 * in, so the same class runs on every Moddable platform and under a test's fake wire.
 */
import type { ByteBuffer, TCP, Timer, TLSConstructor, TLSOptions } from "../../platform.ts";
import type { Session, SessionConstructor } from "./tls-native.ts";

/** What `Session.step` answers; the order is that of `TlsNext` in tls-session.h. */
const again = 0;
const dead = 3;
const busy = 4;

/** A handshake's message is asked after so often while it is worked on. */
const lookAgainMs = 2;

/** The board's TCP client, ECMA-419 10.2. */
export type DialConstructor = new (options: {
  address: string;
  port: number;
  nodelay: boolean;
  onReadable: (bytes: number) => void;
  onWritable: (bytes: number) => void;
  onError: () => void;
}) => TCP;

export interface TlsParts {
  readonly Session: SessionConstructor;
  readonly Dial: DialConstructor;
  /** Calls back once, with undefined when there is no such host. */
  readonly resolve: (host: string, done: (address: string | undefined) => void) => void;
  readonly timer: Timer;
}

type Callbacks = Pick<TLSOptions, "onReadable" | "onWritable" | "onError">;

/** Binds the class to a board. */
export function tlsOver(parts: TlsParts): TLSConstructor {
  return class BoardTls extends TlsSocket {
    constructor(options: TLSOptions) {
      super(parts, options);
    }
  };
}

class TlsSocket implements TCP {
  #parts: TlsParts;
  #callbacks: Callbacks;
  #session: Session | undefined;
  #wire: TCP | undefined;
  #address: string | undefined;
  /** Ciphertext bytes the TCP socket holds for us, and takes from us. */
  #waiting = 0;
  #sendable = 0;
  #held: Uint8Array | undefined;
  #ended = false;
  /** A message is being worked on: what the next step answers is older than what has come since. */
  #working = false;
  #turn: number | undefined;
  #announced = 0;

  constructor(parts: TlsParts, options: TLSOptions) {
    const { serverName, privateKey, certificate, anchors } = options.secure;
    this.#parts = parts;
    this.#callbacks = options;
    const session = new parts.Session(serverName, privateKey, certificate, anchors);
    this.#session = session;
    parts.resolve(options.host, (address) => {
      if (!this.#session) return;
      if (address === undefined) this.#fail("host-not-found");
      else this.#dial(address, options.port);
    });
  }

  get remoteAddress(): string | undefined {
    return this.#address;
  }

  read(byteLength?: number): ArrayBuffer | undefined {
    const bytes = this.#session?.read(byteLength);
    this.#wake();
    return bytes;
  }

  write(buffer: ByteBuffer): void {
    if (!this.#session?.write(buffer)) throw new Error("too much to write, or closed");
    this.#announced = this.#session.writable;
    this.#wake();
  }

  close(): void {
    const { timer } = this.#parts;
    const session = this.#session;
    this.#session = undefined;
    if (this.#turn !== undefined) timer.clear(this.#turn);
    this.#turn = undefined;
    if (session) {
      session.goodbye();
      this.#flush(session);
      session.close();
    }
    this.#wire?.close();
    this.#wire = undefined;
  }

  #dial(address: string, port: number): void {
    this.#address = address;
    try {
      this.#wire = new this.#parts.Dial({
        address,
        port,
        nodelay: true,
        onReadable: (bytes) => {
          this.#waiting = bytes;
          this.#wake();
        },
        onWritable: (bytes) => {
          this.#sendable = bytes;
          this.#wake();
        },
        onError: () => {
          this.#ended = true;
          this.#wake();
        },
      });
    } catch {
      this.#fail("wire");
    }
  }

  /** Work happens in a turn of its own: no caller is entered twice, and others get theirs. */
  #wake(delayMs = 0): void {
    if (!this.#session || this.#turn !== undefined) return;
    this.#turn = this.#parts.timer.set(() => {
      this.#turn = undefined;
      this.#pump();
    }, delayMs);
  }

  #pump(): void {
    const session = this.#session;
    if (!session) return;
    const failure = this.#advance(session);
    if (failure !== undefined) this.#fail(failure);
    else this.#announce(session);
  }

  /** Ciphertext in, one step, ciphertext out. The reason when that was the end. */
  #advance(session: Session): string | undefined {
    try {
      this.#fill(session);
      const worked = this.#working;
      const next = session.step();
      this.#working = next === busy;
      if (this.#working) {
        this.#wake(lookAgainMs);
        return undefined;
      }
      this.#flush(session);
      if (next === dead) return session.reason;
      const arrived = session.pending + this.#waiting + (this.#held?.byteLength ?? 0);
      const unseen = worked && this.#ended;
      if (next === again || unseen || (arrived > 0 && session.readable === 0)) this.#wake();
      return undefined;
    } catch {
      return "wire";
    }
  }

  /** What the session has no room for is held: not every TCP class heeds the length it is asked for. */
  #fill(session: Session): void {
    if (!this.#held && this.#waiting > 0 && session.room > 0) {
      const bytes = this.#wire?.read(Math.min(this.#waiting, session.room));
      this.#waiting -= bytes?.byteLength ?? this.#waiting;
      if (bytes) this.#held = new Uint8Array(bytes);
    }
    if (this.#held) {
      const taken = session.feed(this.#held);
      this.#held = taken < this.#held.byteLength ? this.#held.subarray(taken) : undefined;
    }
    if (this.#ended && !this.#held && this.#waiting <= 0) session.finish();
  }

  #flush(session: Session): void {
    while (this.#sendable > 0 && !this.#ended) {
      const bytes = session.drain(this.#sendable);
      if (!bytes) return;
      try {
        this.#wire?.write(bytes);
      } catch {
        this.#ended = true;
        return;
      }
      this.#sendable -= bytes.byteLength;
    }
  }

  /** Tells of plaintext to read, and of room to write when it has grown; the first means "verified". */
  #announce(session: Session): void {
    if (!session.open) return;
    const { writable } = session;
    if (writable > this.#announced) {
      this.#announced = writable;
      this.#callbacks.onWritable?.(writable);
    }
    if (this.#session && session.readable > 0) this.#callbacks.onReadable?.(session.readable);
  }

  #fail(reason: string): void {
    this.close();
    this.#callbacks.onError?.(reason);
  }
}
