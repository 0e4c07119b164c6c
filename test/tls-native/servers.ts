/** Servers to meet: an echo over TLS, and TCP peers that are not what they seem. */

import type { AddressInfo } from "node:net";
import net from "node:net";
import tls from "node:tls";

export interface Server {
  readonly port: number;
  close(): Promise<void>;
}

export interface EchoServer extends Server {
  /** Common names of the clients whose certificate was verified. */
  readonly clients: string[];
  /** For each connection, whether it resumed an earlier session. */
  readonly resumed: boolean[];
  readonly errors: string[];
}

function listening(server: net.Server): Promise<Server> {
  const open = new Set<net.Socket>();
  server.on("connection", (socket: net.Socket) => {
    open.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => open.delete(socket));
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            for (const socket of open) socket.destroy();
          }),
      });
    });
  });
}

/** Echoes. Asks for a client certificate when `ca` is among the options. */
export async function echoServer(
  options: tls.TlsOptions,
  onSecure?: (socket: tls.TLSSocket) => void,
): Promise<EchoServer> {
  const clients: string[] = [];
  const resumed: boolean[] = [];
  const errors: string[] = [];
  const server = tls.createServer(
    options.ca ? { requestCert: true, rejectUnauthorized: true, ...options } : options,
    (socket) => {
      resumed.push(socket.isSessionReused());
      if (socket.authorized) clients.push(String(socket.getPeerCertificate().subject.CN));
      socket.on("error", (error) => errors.push(error.message));
      onSecure?.(socket);
      socket.pipe(socket);
    },
  );
  server.on("tlsClientError", (error) => errors.push(error.message));
  return { ...(await listening(server)), clients, resumed, errors };
}

/** Sends `reply` to whatever arrives first, and hangs up if told to. */
export function rawServer(reply: Uint8Array, hangUp = false): Promise<Server> {
  return listening(
    net.createServer((socket) => {
      socket.once("data", () => {
        socket.write(reply);
        if (hangUp) socket.end();
      });
    }),
  );
}

/** Passes everything to `port` but only the first `limit` bytes back, then hangs up. */
export function cuttingProxy(port: number, limit: number): Promise<Server> {
  return listening(
    net.createServer((near) => {
      const far = net.connect(port, "127.0.0.1");
      let left = limit;
      near.on("data", (bytes) => far.write(bytes));
      near.on("close", () => far.destroy());
      far.on("error", () => near.destroy());
      far.on("close", () => near.end());
      far.on("data", (bytes: Buffer) => {
        near.write(bytes.subarray(0, left));
        left -= Math.min(left, bytes.length);
        if (left === 0) near.end();
      });
    }),
  );
}
