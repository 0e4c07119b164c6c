/**
 * One address before several nodes, as a load balancer or a name with several addresses is: hands
 * each connection, TLS and all, to the next node that answers. It holds no key and reads nothing.
 */
import { connect, createServer, type Server, type Socket } from "node:net";
import { listen } from "../listen.ts";

const TRY_MS = 2_000;

export class Front {
  readonly #ports: readonly number[];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #next = 0;
  #port = 0;

  /** @param ports of the nodes, on 127.0.0.1. */
  constructor(ports: readonly number[]) {
    this.#ports = ports;
    this.#server = createServer({ pauseOnConnect: true }, (socket) => {
      this.#keep(socket);
      this.#hand(socket, this.#ports.length);
    });
  }

  get port(): number {
    return this.#port;
  }

  async open(port = 0): Promise<void> {
    this.#port = await listen(this.#server, port);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #hand(client: Socket, tries: number): void {
    if (tries === 0 || client.destroyed) {
      client.destroy();
      return;
    }
    const node = connect({
      host: "127.0.0.1",
      port: this.#ports[this.#next++ % this.#ports.length]!,
    });
    const again = () => {
      node.destroy();
      this.#hand(client, tries - 1);
    };
    node.setTimeout(TRY_MS, again);
    node.once("error", again);
    node.once("connect", () => {
      node.setTimeout(0);
      node.off("error", again);
      this.#keep(node);
      // An end on one side is an end on the other, at once: half of a connection serves nobody.
      client.once("close", () => node.destroy());
      node.once("close", () => client.destroy());
      client.pipe(node).pipe(client);
      client.resume();
    });
  }

  #keep(socket: Socket): void {
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
  }
}
