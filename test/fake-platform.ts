/**
 * The smallest platform that rooms can run on, for suites on any engine: time that a case moves,
 * a radio and sockets that a case plays. Nothing happens inside the call that caused it.
 */
import type {
  Connection,
  JoinFailure,
  ListenerOptions,
  Platform,
  TCP,
  TCPOptions,
} from "../device/platform/platform.ts";
import { crypto } from "./crypto.ts";
import { NorModel } from "./nor-model.ts";
import { prng, randomBytes } from "./prng.ts";

/** The other end of one connection. */
export class Peer {
  /** What the device has sent. */
  readonly heard: Uint8Array[] = [];
  closed = false;
  #options: TCPOptions | undefined;
  #waiting: Uint8Array[] = [];
  /** How much the device may write at once. */
  window = 4096;

  attach(options: TCPOptions): TCP {
    this.#options = options;
    return {
      remoteAddress: undefined,
      read: () => this.#waiting.shift()?.slice().buffer,
      write: (buffer) => {
        this.heard.push(new Uint8Array(buffer as ArrayBuffer).slice());
      },
      close: () => {
        this.closed = true;
      },
    };
  }

  say(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#options?.onReadable?.(bytes.length);
  }

  /** The device may write. */
  take(): void {
    this.#options?.onWritable?.(this.window);
  }

  hangUp(): void {
    this.#options?.onError?.("closed by the peer");
  }
}

export class FakePlatform {
  ticks = 0;
  /** What the radio answers to `connect`: an outcome, or silence. */
  air: "ready" | JoinFailure | "silent" = "ready";
  readonly joined: string[] = [];
  readonly traces: string[] = [];
  accessPoint: string | undefined;
  /** Ports that listen. */
  readonly listening = new Map<number, { options: ListenerOptions; callers: Peer[] }>();
  readonly flash = {
    factory: new NorModel(4),
    system: new NorModel(6),
    owner: new NorModel(6),
  };
  #connection: Connection = 0;
  #failure: JoinFailure | undefined;
  #changed: (property: "connection" | "address") => void = () => {};
  #timers: { at: number; id: number; callback: () => void }[] = [];
  #lastTimer = 0;
  readonly #random = prng(13);

  readonly platform: Platform = this.#build();

  /** Lets time pass, timer by timer. */
  pass(ms: number): void {
    const until = this.ticks + ms;
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers = this.#timers.filter(({ id }) => id !== next.id);
      this.ticks = Math.max(this.ticks, next.at);
      next.callback();
    }
    this.ticks = until;
  }

  get timers(): number {
    return this.#timers.length;
  }

  /** Somebody connects to a port of the device. */
  call(port: number): Peer {
    const peer = new Peer();
    const listener = this.listening.get(port);
    listener?.callers.push(peer);
    listener?.options.onReadable(1);
    return peer;
  }

  /** The radio changes by itself. */
  radio(connection: Connection, failure?: JoinFailure): void {
    this.#connection = connection;
    this.#failure = failure;
    this.#changed("connection");
  }

  #connect(ssid: string): void {
    this.joined.push(ssid);
    this.#connection = 1;
    this.#failure = undefined;
    const outcome = this.air;
    if (outcome === "silent") return;
    this.platform.timer.set(
      () => (outcome === "ready" ? this.radio(3) : this.radio(0, outcome)),
      10,
    );
  }

  #build(): Platform {
    const fake = this;
    const peers = new WeakMap<TCP, Peer>();
    return {
      board: { name: "fake", button: 0, lamp: 1 },
      flash: {
        open: ({ path }) => fake.flash[path as keyof typeof fake.flash],
        *[Symbol.iterator]() {
          yield* Object.keys(fake.flash);
        },
      },
      update: {
        open() {
          throw new Error("no update in this platform");
        },
      },
      slots: {
        running: "slot0",
        spare: "slot1",
        state: "valid",
        rolledBack: false,
        confirm() {},
        rollBack: () => false,
      },
      Digest: class {
        private readonly parts: Uint8Array[] = [];
        write(bytes: ArrayBuffer | Uint8Array): void {
          this.parts.push(new Uint8Array(bytes as ArrayBuffer).slice());
        }
        close(): Uint8Array {
          const whole = new Uint8Array(this.parts.reduce((sum, { length }) => sum + length, 0));
          let at = 0;
          for (const part of this.parts) {
            whole.set(part, at);
            at += part.length;
          }
          return crypto.hashes().sha256(whole);
        }
      },
      Digital: class {
        read(): 0 | 1 {
          return 0;
        }
        write(): void {}
        close(): void {}
      },
      climate: class {
        sample() {
          return { thermometer: { temperature: 20 }, hygrometer: { humidity: 0.5 } };
        }
        close(): void {}
      },
      network: {
        Interface: class {
          constructor({ onChanged }: { onChanged: (property: "connection" | "address") => void }) {
            fake.#changed = onChanged;
          }
          get connection() {
            return fake.#connection;
          }
          get address() {
            return fake.#connection === 3 ? "10.0.0.2" : undefined;
          }
          get failure() {
            return fake.#failure;
          }
          connect({ SSID }: { SSID: string }): void {
            fake.#connect(SSID);
          }
          disconnect(): void {
            fake.#connection = 0;
          }
          close(): void {}
        },
        AccessPoint: class {
          readonly address = "192.168.4.1";
          constructor({ SSID }: { SSID: string }) {
            fake.accessPoint = SSID;
          }
          close(): void {
            fake.accessPoint = undefined;
          }
        },
        Listener: class {
          readonly #port: number;
          constructor(options: ListenerOptions) {
            this.#port = options.port;
            fake.listening.set(options.port, { options, callers: [] });
          }
          read(): TCP | undefined {
            const peer = fake.listening.get(this.#port)?.callers.shift();
            if (!peer) return undefined;
            const socket = peer.attach({} as TCPOptions);
            peers.set(socket, peer);
            return socket;
          }
          close(): void {
            fake.listening.delete(this.#port);
          }
        },
        TCP: class {
          constructor(options: TCPOptions) {
            const peer = peers.get(options.from);
            // biome-ignore lint/correctness/noConstructorReturn: the peer is the socket's other side
            return (peer as Peer).attach(options) as never;
          }
        } as unknown as Platform["network"]["TCP"],
        TLS: class {
          constructor() {
            throw new Error("no TLS in this platform");
          }
        } as never,
      },
      timer: {
        set(callback, delayMs) {
          fake.#timers.push({ at: fake.ticks + delayMs, id: ++fake.#lastTimer, callback });
          return fake.#lastTimer;
        },
        clear(id) {
          fake.#timers = fake.#timers.filter((timer) => timer.id !== id);
        },
      },
      clock: { ticks: () => fake.ticks, wall: () => undefined },
      random: (length) => randomBytes(fake.#random, length),
      crypto,
      system: {
        resetReason: "power-on",
        restart() {},
        heap: () => ({ slots: 0, slotsPeak: 0, chunks: 0, chunksPeak: 0 }),
      },
      trace: (room, event) => void fake.traces.push(`${room} ${event}`),
    };
  }
}
