/** One outgoing TLS connection from the dial to the end: name, network, handshake, data. */
import type { TLSSocket } from "node:tls";
import type { Clock } from "./clock.ts";
import { Connection, type ConnectionEvents } from "./connection.ts";
import type { Radio, Service } from "./radio.ts";
import { dialTls, refusalReason, type TlsRequest } from "./tls.ts";

/** Without an answer the board gives up, by the unit's clock. */
export const answerTimeoutMs = 10_000;
/** From the dial to a verified connection with a service in memory. */
const serviceMs = 300;

export interface DiallingEvents extends ConnectionEvents {
  connected(protocol: string): void;
  /** Called once at most, and never after `connected`. */
  refused(reason: string): void;
}

export interface DiallingWiring {
  radio: Radio;
  clock: Clock;
  /** Is the station in a network? */
  online: boolean;
}

export interface Target extends Omit<TlsRequest, "port"> {
  host: string;
  port: number;
}

export class Dialling {
  readonly #events: DiallingEvents;
  readonly #clock: Clock;
  #socket: TLSSocket | undefined;
  #connection: Connection | undefined;
  #cancel: (() => void) | undefined;
  #over = false;
  /** The cable went during the handshake: what becomes of the socket is no answer. */
  #cutOff = false;

  constructor(wiring: DiallingWiring, target: Target, events: DiallingEvents) {
    this.#events = events;
    this.#clock = wiring.clock;
    const port = wiring.radio.lookup(target.host, target.port);
    const service = wiring.radio.service(target.host, target.port);
    if (!wiring.online) this.#refuseSoon("no network");
    else if (!wiring.radio.upstream) this.#awaitAnswer();
    else if (service) this.#meet(service);
    else if (port === undefined) this.#refuseSoon(`${target.host} is not known`);
    else this.#handshake({ ...target, port });
  }

  get connection(): Connection | undefined {
    return this.#connection;
  }

  stall(stalled: boolean): void {
    if (this.#connection) this.#connection.stall(stalled);
    // A handshake does not survive the cable: what remains is the wait for an answer.
    else if (stalled) {
      this.#cutOff = true;
      this.#socket?.destroy();
    }
  }

  /** The network broke under it; the device learns why. */
  drop(reason: string): void {
    if (this.#connection) this.#connection.drop(reason);
    else this.#refuse(reason);
  }

  close(): void {
    this.#end();
    if (this.#connection) this.#connection.close();
    else this.#socket?.destroy();
  }

  destroy(): void {
    this.#end();
    this.#connection?.destroy();
    this.#socket?.destroy();
  }

  /** A service in this process, in a time lapse: verified as soon as it takes the call. */
  #meet(service: Service): void {
    const stream = service();
    if (stream === "refused") this.#refuseSoon("connection refused");
    else this.#awaitAnswer();
    if (typeof stream === "string") return;
    // Not from inside the device's own call: it has not finished making the socket.
    const cancel = this.#clock.after(serviceMs, () => {
      if (this.#over) return;
      this.#end();
      this.#events.connected("in memory");
      this.#connection = new Connection(stream, this.#events);
    });
    const giveUp = this.#cancel;
    this.#cancel = () => {
      cancel();
      giveUp?.();
    };
  }

  #handshake(request: TlsRequest): void {
    try {
      this.#socket = dialTls(request);
    } catch (error) {
      this.#refuseSoon(`anchors or own credentials unusable: ${(error as Error).message}`);
      return;
    }
    const socket = this.#socket;
    this.#awaitAnswer();
    const failed = (reason: string) => {
      if (!this.#cutOff) this.#refuse(reason);
    };
    socket.on("error", (error: NodeJS.ErrnoException) => failed(refusalReason(error)));
    socket.once("close", () => failed("closed by the peer before it was verified"));
    socket.once("secureConnect", () => {
      if (this.#over) return;
      this.#end();
      this.#events.connected(socket.getProtocol() ?? "");
      this.#connection = new Connection(socket, this.#events);
    });
  }

  #awaitAnswer(): void {
    this.#cancel = this.#clock.after(answerTimeoutMs, () => this.#refuse("no answer"));
  }

  /** Not from inside the device's own call: it has not finished making the socket. */
  #refuseSoon(reason: string): void {
    this.#cancel = this.#clock.after(0, () => this.#refuse(reason));
  }

  #refuse(reason: string): void {
    if (this.#over) return;
    this.#end();
    this.#socket?.destroy();
    this.#events.refused(reason);
  }

  #end(): void {
    this.#over = true;
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
