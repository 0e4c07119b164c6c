/**
 * A port the device listens on. While a network can reach the device, and only then, it is a real
 * port of 127.0.0.1, so that a scan of the machine sees what a scan of the device would.
 */
import { createServer, type Server, type Socket } from "node:net";

/** Connections that may wait for the device; more are turned away. */
const backlog = 4;

export class Listening {
  readonly port: number;
  /** Listens on this address only; on any when undefined. */
  readonly address: string | undefined;
  readonly #onWaiting: (requests: number) => void;
  readonly #waiting: Socket[] = [];
  #server: Server | undefined;
  #bound: Promise<number> | undefined;

  constructor(port: number, address: string | undefined, onWaiting: (requests: number) => void) {
    this.port = port;
    this.address = address;
    this.#onWaiting = onWaiting;
  }

  /** The loopback port; undefined while no network reaches the device. */
  get bound(): Promise<number> | undefined {
    return this.#bound;
  }

  reach(reachable: boolean): void {
    if (reachable === (this.#server !== undefined)) return;
    if (!reachable) {
      this.#server?.close();
      this.#server = undefined;
      this.#bound = undefined;
      return;
    }
    const server = createServer({ pauseOnConnect: true }, (socket) => this.#arrive(socket));
    this.#server = server;
    this.#bound = new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
    });
  }

  read(): Socket | undefined {
    return this.#waiting.shift();
  }

  close(): void {
    this.reach(false);
    for (const socket of this.#waiting.splice(0)) socket.destroy();
  }

  #arrive(socket: Socket): void {
    // Before the device takes it nobody else listens, and an unheard "error" would end the desk.
    socket.on("error", () => {});
    socket.once("close", () => {
      const index = this.#waiting.indexOf(socket);
      if (index >= 0) this.#waiting.splice(index, 1);
    });
    if (this.#waiting.length >= backlog) {
      socket.destroy();
      return;
    }
    this.#waiting.push(socket);
    this.#onWaiting(this.#waiting.length);
  }
}
