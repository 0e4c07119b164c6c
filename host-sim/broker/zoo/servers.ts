/** The bare servers of the zoo: TLS or plain TCP on 127.0.0.1, and a relay that breaks connections. */
import { connect, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from "node:tls";
import { toPem } from "../../../provisioning/certificate-authority.ts";
import { HOST, listen } from "../listen.ts";
import type { Showing } from "./certificates.ts";

/** A server that runs until it is closed. */
export interface Impostor {
  readonly port: number;
  /** How many TCP connections came so far: a client that spins shows here. */
  connections(): number;
  close(): Promise<void>;
}

async function run(server: Server, ...below: readonly Impostor[]): Promise<Impostor> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on("connection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
  });
  const port = await listen(server, 0);
  return {
    port,
    connections: () => connections,
    async close() {
      const closed = new Promise((done) => server.close(done));
      for (const socket of sockets) socket.destroy();
      await closed;
      await Promise.all(below.map((one) => one.close()));
    },
  };
}

/** `speak` runs for each TCP connection, without any TLS. */
export function plainServer(speak: (socket: Socket) => void): Promise<Impostor> {
  return run(createServer(speak));
}

/** `speak` runs for each client that accepted what `showing` holds. */
export function tlsServer(
  showing: Showing,
  speak: (socket: TLSSocket) => void,
  options: TlsOptions = {},
): Promise<Impostor> {
  const server = createTlsServer(
    {
      cert: showing.chain.map((der) => toPem("CERTIFICATE", der)).join(""),
      key: toPem("PRIVATE KEY", showing.privateKey),
      // As the real broker asks, but taking anything: an impostor would rather not turn away a unit.
      requestCert: true,
      rejectUnauthorized: false,
      ...options,
    },
    (socket) => {
      socket.on("error", () => {});
      speak(socket);
    },
  );
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return run(server);
}

/** Passes on what `inner` says up to `limitBytes`, then ends the client's connection. */
export function relayThatCuts(inner: Impostor, limitBytes: number): Promise<Impostor> {
  return relay(inner, (client, server) => {
    let passed = 0;
    server.on("data", (chunk: Buffer) => {
      client.write(chunk.subarray(0, Math.max(0, limitBytes - passed)));
      passed += chunk.length;
      if (passed >= limitBytes) client.end();
    });
    server.on("close", () => client.end());
  });
}

/** Passes everything on, and answers the end of `inner`'s connection with a TCP reset. */
export function relayThatResets(inner: Impostor): Promise<Impostor> {
  return relay(inner, (client, server) => {
    server.on("data", (chunk: Buffer) => client.write(chunk));
    server.on("close", () => client.resetAndDestroy());
  });
}

function relay(inner: Impostor, back: (client: Socket, server: Socket) => void): Promise<Impostor> {
  const server = createServer((client) => {
    const upstream = connect(inner.port, HOST);
    upstream.on("error", () => client.destroy());
    client.on("data", (chunk) => upstream.write(chunk));
    client.on("close", () => upstream.destroy());
    back(client, upstream);
  });
  return run(server, inner);
}
