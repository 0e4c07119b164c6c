/** A real broker behind real TLS in this process, and the certificates to meet it with. */
import type { AddressInfo } from "node:net";
import tls from "node:tls";
import { Aedes, type AedesOptions, type AedesPublishPacket } from "aedes";
import {
  createAuthority,
  generateKeyPair,
  issueCertificate,
  toPem,
} from "../../provisioning/certificate-authority.ts";

const notBefore = new Date(Date.now() - 60_000);
const notAfter = new Date(Date.now() + 3_600_000);

export interface Credentials {
  /** What the unit is given. */
  readonly identity: {
    id: string;
    certificate: readonly Uint8Array[];
    privateKey: Uint8Array;
    anchors: readonly Uint8Array[];
  };
  /** PEM, what the broker is given. */
  readonly server: { ca: string; cert: string; key: string };
}

/** Two roots and an end entity below each, made now. */
export async function makeCredentials(id: string): Promise<Credentials> {
  const [devices, servers] = await Promise.all(
    ["Device CA", "Server CA"].map((commonName) =>
      createAuthority({ commonName, notBefore, notAfter }),
    ),
  );
  if (devices === undefined || servers === undefined) throw new Error("no authority");
  const unit = generateKeyPair();
  const broker = generateKeyPair();
  const validity = { notBefore, notAfter };
  const certificate = await issueCertificate(devices, {
    ...{ commonName: id, usage: "client", publicKey: unit.publicKey },
    ...validity,
  });
  const brokerCertificate = await issueCertificate(servers, {
    ...{ commonName: "broker.test", usage: "server", names: ["broker.test"] },
    ...{ publicKey: broker.publicKey, ...validity },
  });
  return {
    identity: {
      id,
      certificate: [certificate],
      privateKey: unit.privateKey,
      anchors: [servers.certificate],
    },
    server: {
      ca: toPem("CERTIFICATE", devices.certificate),
      cert: toPem("CERTIFICATE", brokerCertificate),
      key: toPem("PRIVATE KEY", broker.privateKey),
    },
  };
}

export class AedesBroker {
  readonly aedes: Aedes;
  /** What arrived from clients, in order: topic and text. */
  readonly received: { topic: string; text: string; retain: boolean }[] = [];
  private readonly server: tls.Server;
  private readonly sockets = new Set<tls.TLSSocket>();

  private constructor(aedes: Aedes, server: tls.Server) {
    this.aedes = aedes;
    this.server = server;
    aedes.on("publish", ({ topic, payload, retain }: AedesPublishPacket) => {
      if (!topic.startsWith("$SYS")) this.received.push({ topic, text: String(payload), retain });
    });
    server.on("secureConnection", (socket) => {
      this.sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => this.sockets.delete(socket));
      aedes.handle(socket);
    });
  }

  static async start(
    credentials: Credentials["server"],
    { port = 0, ...options }: AedesOptions & { port?: number } = {},
  ): Promise<AedesBroker> {
    const aedes = await Aedes.createBroker(options);
    const secure = { ...credentials, requestCert: true, rejectUnauthorized: true };
    // Without it Nagle's algorithm holds the CONNACK back for the client's delayed ACK, 40 ms.
    const server = tls.createServer({ ...secure, minVersion: "TLSv1.2", noDelay: true });
    server.on("tlsClientError", () => undefined);
    const broker = new AedesBroker(aedes, server);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", resolve);
    });
    return broker;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.sockets.size;
  }

  /** Cuts every connection without a word, as a crash does. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  publish(packet: { topic: string; payload: Buffer; qos: 0 | 1; retain?: boolean }): Promise<void> {
    return new Promise((resolve, reject) => {
      const whole = { cmd: "publish", dup: false, retain: false, ...packet } as const;
      this.aedes.publish(whole, (error) => (error ? reject(error) : resolve()));
    });
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.cut();
    await new Promise<void>((resolve) => this.aedes.close(() => resolve()));
    await closed;
  }
}
