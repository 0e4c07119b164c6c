/**
 * A network inside the engine, for sweeps: joined at once, and each host answers as fast as it is
 * asked. Thousands of lives in virtual time need a world without sockets; what is real there (TLS,
 * the broker, the radio) has its own tests. Times and order are the same in each run.
 */
import type {
  ByteBuffer,
  Connection,
  NetworkInterface,
  Platform,
  TCP,
  Timer,
  TLSOptions,
} from "../../../device/platform/platform.ts";

/** A reply too long to be held: what is left of it, a piece at a time. */
export interface Stream {
  readonly left: number;
  take(mostBytes: number): Uint8Array;
}

/** One connection's other end: bytes in, replies out. */
export type Answering = (bytes: Uint8Array) => (Uint8Array | Stream)[];

/** Host name → what answers there, made anew for each connection. */
export type Hosts = Readonly<Record<string, () => Answering>>;

const windowBytes = 16 * 1024;

export function loopback(real: Platform, hosts: Hosts): Platform {
  const { timer } = real;
  class Interface implements NetworkInterface {
    connection: Connection = 0;
    readonly failure = undefined;
    private readonly onChanged: (property: "connection" | "address") => void;

    constructor(options: { onChanged: (property: "connection" | "address") => void }) {
      this.onChanged = options.onChanged;
    }

    get address(): string | undefined {
      return this.connection === 3 ? "192.0.2.2" : undefined;
    }

    connect(): void {
      timer.set(() => {
        this.connection = 3;
        this.onChanged("connection");
      }, 10);
    }

    disconnect(): void {
      this.connection = 0;
    }

    close(): void {}
  }
  class TLS extends LoopbackSocket {
    constructor(options: TLSOptions) {
      const answering = hosts[options.host];
      if (!answering) throw new Error(`nobody is called ${options.host}`);
      super(timer, options, answering());
    }
  }
  return { ...real, network: { ...real.network, Interface, TLS } };
}

class LoopbackSocket implements TCP {
  readonly remoteAddress = "192.0.2.1";
  private readonly timer: Timer;
  private readonly options: TLSOptions;
  private readonly answer: Answering;
  private waiting: (Uint8Array | Stream)[] = [];
  private open = true;

  constructor(timer: Timer, options: TLSOptions, answer: Answering) {
    this.timer = timer;
    this.options = options;
    this.answer = answer;
    this.later(() => options.onWritable?.(windowBytes));
  }

  read(byteLength = windowBytes): ArrayBuffer | undefined {
    const first = this.waiting.shift();
    if (first === undefined) return undefined;
    if ("take" in first) {
      const bytes = first.take(byteLength);
      if (first.left > 0) this.waiting.unshift(first);
      return bytes.buffer as ArrayBuffer;
    }
    if (first.length > byteLength) this.waiting.unshift(first.subarray(byteLength));
    return first.slice(0, byteLength).buffer as ArrayBuffer;
  }

  write(buffer: ByteBuffer): void {
    const bytes = buffer instanceof Uint8Array ? buffer.slice() : new Uint8Array(buffer.slice(0));
    this.later(() => {
      this.waiting.push(...this.answer(bytes));
      this.options.onWritable?.(windowBytes);
      const length = this.waiting.reduce((sum, part) => sum + lengthOf(part), 0);
      if (this.open && length > 0) this.options.onReadable?.(length);
    });
  }

  close(): void {
    this.open = false;
  }

  private later(task: () => void): void {
    this.timer.set(() => {
      if (this.open) task();
    }, 1);
  }
}

const lengthOf = (part: Uint8Array | Stream) => ("take" in part ? part.left : part.length);
