/**
 * The broker's only way in: a TLS server that asks each peer for a certificate of the device CA or
 * the owners' CA, and hands on who it is. There is no plaintext listener to forget to close
 * (EN 303 645 5.5-1, 5.5-4, 5.5-7).
 */
import { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { toPem } from "../../provisioning/certificate-authority.ts";
import { admission } from "./admission.ts";
import { type BrokerOptions, type ConnectionRefusal, listOf } from "./broker-type.ts";
import { listen } from "./listen.ts";
import { type PeerAnchors, peerOf } from "./peer-certificate.ts";
import { tlsRefusal } from "./tls-refusal.ts";
import type { Peer } from "./topic-rules.ts";

export interface DoorOptions extends BrokerOptions {
  readonly port: number;
  /** Sockets beyond it are closed before their handshake. */
  readonly maxConnections: number;
  /** Dials beyond so many in a second are hung up on before their handshake costs anything. */
  readonly connectsPerSecond: number;
  readonly handshakeTimeoutMs: number;
  readonly onPeer: (socket: TLSSocket, peer: Peer, remote: string) => void;
  /** `remote` is `address:port`. */
  readonly onRefused: (remote: string, reason: ConnectionRefusal | "name") => void;
}

export interface Door {
  readonly port: number;
  /** Stops listening, cuts what is still open and resolves when the port is free. */
  close(): Promise<void>;
}

/** TLS 1.2 with forward secrecy and authenticated encryption only; TLS 1.3 has nothing else. */
const CIPHERS = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
].join(":");

export async function openDoor(options: DoorOptions): Promise<Door> {
  const server = tlsServer(options);
  const sockets = new Set<Socket>();
  const admits = admission(options.connectsPerSecond);
  server.on("connection", (socket: Socket) => {
    if (!admits(performance.now())) {
      options.onRefused(remoteOf(socket), "too-many");
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("tlsClientError", (error: NodeJS.ErrnoException, socket) => {
    // Typed as an Error, but Node sets the verification code.
    const found: unknown = socket.authorizationError;
    const verification = typeof found === "string" ? found : undefined;
    options.onRefused(remoteOf(socket), tlsRefusal(error.code ?? "", verification));
    socket.destroy();
  });
  const anchors = anchorsOf(options);
  server.on("secureConnection", (socket) => admit(socket, anchors, options));
  const port = await listen(server, options.port);
  return {
    port,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function tlsServer(options: DoorOptions): Server {
  const { revocations } = options;
  const pem = (der: Uint8Array) => toPem("CERTIFICATE", der);
  const server = createServer({
    // Nagle and delayed acknowledgements together cost 40 ms a connection.
    noDelay: true,
    cert: listOf(options.certificate).map(pem).join(""),
    key: toPem("PRIVATE KEY", options.privateKey),
    ca: [...listOf(options.deviceAnchor), ...listOf(options.ownersAnchor)].map(pem),
    ...(revocations
      ? { crl: [revocations.units, revocations.owners].map((one) => toPem("X509 CRL", one)) }
      : {}),
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
    ciphers: CIPHERS,
    handshakeTimeout: options.handshakeTimeoutMs,
  });
  server.maxConnections = options.maxConnections;
  return server;
}

function anchorsOf(options: BrokerOptions): PeerAnchors {
  const parse = (der: Uint8Array) => new X509Certificate(der);
  return {
    unit: listOf(options.deviceAnchor).map(parse),
    owner: listOf(options.ownersAnchor).map(parse),
  };
}

function admit(socket: TLSSocket, anchors: PeerAnchors, options: DoorOptions): void {
  // A socket that breaks between here and its reader must not bring the process down.
  socket.on("error", () => socket.destroy());
  const remote = remoteOf(socket);
  const certificate = socket.getPeerX509Certificate();
  const peer = certificate
    ? peerOf(certificate, anchors)
    : { reason: "untrusted-certificate" as const };
  if ("reason" in peer) {
    options.onRefused(remote, peer.reason);
    socket.destroy();
  } else options.onPeer(socket, peer, remote);
}

function remoteOf(socket: Socket): string {
  return `${socket.remoteAddress ?? "?"}:${socket.remotePort ?? 0}`;
}
