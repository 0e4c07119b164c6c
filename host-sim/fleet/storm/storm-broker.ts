/** A broker for ten thousand links in one process: up, down or silent, with a ceiling on dials. */
import type {
  ByteBuffer,
  TCP,
  TLSConstructor,
  TLSOptions,
} from "../../../device/platform/platform.ts";
import { admission } from "../../broker/admission.ts";
import { MqttAnswers } from "../../broker/mqtt-answers.ts";
import type { EventQueue } from "./event-queue.ts";

/** refusing: nobody listens there · silent: dials are not even answered. */
export type BrokerState = "up" | "refusing" | "silent";

/** From a dial to its refusal, and to a verified connection on a chip that signs in software. */
const refusalMs = 40;
const handshakeMs = 400;
const answerMs = 20;
const roomBytes = 16_384;

export interface Dial {
  readonly unit: number;
  readonly atMs: number;
  readonly outcome: "admitted" | "refused" | "silent" | "too-many";
}

export class StormBroker {
  state: BrokerState = "up";
  readonly dials: Dial[] = [];
  readonly #queue: EventQueue;
  readonly #admits: (nowMs: number) => boolean;
  readonly #open = new Set<StormSocket>();

  constructor(queue: EventQueue, connectsPerSecond: number) {
    this.#queue = queue;
    this.#admits = admission(connectsPerSecond);
  }

  /** The TLS class of one unit. */
  socketsOf(unit: number): TLSConstructor {
    const broker = this;
    return class extends StormSocket {
      constructor(options: TLSOptions) {
        super(options, broker.#queue, (socket) => broker.#open.delete(socket));
        broker.#take(unit, this);
      }
    };
  }

  get connected(): number {
    return this.#open.size;
  }

  /** Every connection breaks in this moment. */
  fall(state: Exclude<BrokerState, "up">): void {
    this.state = state;
    for (const socket of [...this.#open]) socket.fail("closed by the peer");
  }

  #take(unit: number, socket: StormSocket): void {
    const atMs = this.#queue.nowMs;
    const outcome =
      this.state === "silent"
        ? "silent"
        : this.state === "refusing"
          ? "refused"
          : this.#admits(atMs)
            ? "admitted"
            : "too-many";
    this.dials.push({ unit, atMs, outcome });
    if (outcome === "silent") return;
    if (outcome !== "admitted") {
      this.#queue.timer.set(() => socket.fail(outcome), refusalMs);
      return;
    }
    this.#open.add(socket);
    this.#queue.timer.set(() => socket.welcome(), handshakeMs);
  }
}

class StormSocket implements TCP {
  readonly remoteAddress = undefined;
  readonly #options: TLSOptions;
  readonly #queue: EventQueue;
  readonly #gone: (socket: StormSocket) => void;
  readonly #mqtt = new MqttAnswers();
  #unread: Uint8Array[] = [];
  #closed = false;

  constructor(options: TLSOptions, queue: EventQueue, gone: (socket: StormSocket) => void) {
    this.#options = options;
    this.#queue = queue;
    this.#gone = gone;
  }

  read(): ArrayBuffer | undefined {
    return this.#unread.shift()?.slice().buffer;
  }

  write(buffer: ByteBuffer): void {
    const { answers } = this.#mqtt.hear(new Uint8Array(buffer));
    this.#queue.timer.set(() => {
      if (this.#closed) return;
      this.#options.onWritable?.(roomBytes);
      for (const answer of answers) {
        this.#unread.push(answer);
        if (!this.#closed) this.#options.onReadable?.(answer.length);
      }
    }, answerMs);
  }

  close(): void {
    this.#closed = true;
    this.#gone(this);
  }

  welcome(): void {
    if (!this.#closed) this.#options.onWritable?.(roomBytes);
  }

  fail(reason: string): void {
    this.#gone(this);
    if (!this.#closed) this.#options.onError?.(reason);
  }
}
