/** The people and things of a broker test: three CAs, units, owners, and how each connects. */
import { randomBytes } from "node:crypto";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import type { Broker, BrokerOptions } from "../../host-sim/broker/broker.ts";
import type { Role } from "../../host-sim/broker/topic-rules.ts";
import { overTls, ownersWay } from "../../host-sim/broker/way-in.ts";
import {
  type Authority,
  createAuthority,
  generateKeyPair,
  issueCertificate,
  toPem,
} from "../../provisioning/certificate-authority.ts";

export const SERVER_NAME = "broker.thirteen.test";
const DAY_MS = 86_400_000;
export const now = new Date();
export const yesterday = new Date(now.getTime() - DAY_MS);
export const nextYear = new Date(now.getTime() + 365 * DAY_MS);

/** What a client proves itself with. `chain` is DER, leaf first. */
export interface Credentials {
  readonly name: string;
  readonly chain: readonly Uint8Array[];
  readonly privateKey: Uint8Array;
}

export interface Site {
  readonly deviceAuthority: Authority;
  readonly ownersAuthority: Authority;
  readonly serverAuthority: Authority;
  /** For `startBroker` and `startMosquitto`. */
  readonly options: BrokerOptions;
  /** The attacker's own unit and its victim. */
  readonly unitA: Credentials;
  readonly unitB: Credentials;
  /** Granted unit B, and no other, once `furnish` was called. */
  readonly owner: Credentials;
  /** A genuine owner of nothing. */
  readonly stranger: Credentials;
}

/** A unit id as the factory makes it. */
export function unitId(): string {
  const symbols = "0123456789abcdefghjkmnpqrstvwxyz";
  return Array.from(randomBytes(26), (byte) => symbols[byte & 31]).join("");
}

export function authority(commonName: string): Promise<Authority> {
  return createAuthority({ commonName, notBefore: yesterday, notAfter: nextYear });
}

/** A key and a client certificate of `issuer` for `name`. */
export async function credentials(
  issuer: Authority,
  name: string,
  validity = { notBefore: yesterday, notAfter: nextYear },
): Promise<Credentials> {
  const { privateKey, publicKey } = generateKeyPair();
  const leaf = await issueCertificate(issuer, {
    commonName: name,
    usage: "client",
    publicKey,
    ...validity,
  });
  return { name, chain: [leaf], privateKey };
}

export async function makeSite(): Promise<Site> {
  const [deviceAuthority, ownersAuthority, serverAuthority] = await Promise.all([
    authority("Device CA"),
    authority("Owners' CA"),
    authority("Server CA"),
  ]);
  const server = generateKeyPair();
  const certificate = await issueCertificate(serverAuthority, {
    commonName: SERVER_NAME,
    usage: "server",
    names: [SERVER_NAME],
    publicKey: server.publicKey,
    notBefore: yesterday,
    notAfter: nextYear,
  });
  return {
    deviceAuthority,
    ownersAuthority,
    serverAuthority,
    options: {
      certificate,
      privateKey: server.privateKey,
      deviceAnchor: deviceAuthority.certificate,
      ownersAnchor: ownersAuthority.certificate,
    },
    unitA: await credentials(deviceAuthority, unitId()),
    unitB: await credentials(deviceAuthority, unitId()),
    owner: await credentials(ownersAuthority, "owner-1"),
    stranger: await credentials(ownersAuthority, "owner-2"),
  };
}

/** MQTT.js options for `who` at the port where its role connects. */
export function clientOptions(
  site: Site,
  broker: Pick<Broker, "name" | "port" | "ownersPort">,
  role: Role,
  who: Credentials,
): IClientOptions {
  const tls = {
    servername: SERVER_NAME,
    ca: toPem("CERTIFICATE", site.serverAuthority.certificate),
    cert: who.chain.map((der) => toPem("CERTIFICATE", der)).join(""),
    key: toPem("PRIVATE KEY", who.privateKey),
  };
  return {
    ...(role === "unit" ? overTls(tls) : ownersWay(broker, tls)),
    host: "127.0.0.1",
    port: role === "unit" ? broker.port : broker.ownersPort,
    clientId: who.name,
    protocolVersion: 4,
    reconnectPeriod: 0,
    connectTimeout: 5_000,
    keepalive: 60,
  };
}

export interface Received {
  readonly topic: string;
  readonly text: string;
  readonly retain: boolean;
}

/** A connected MQTT.js client that remembers what it received. */
export class TestClient {
  readonly mqtt: MqttClient;
  readonly received: Received[] = [];
  closed = false;
  readonly #waiters = new Set<() => void>();

  constructor(client: MqttClient) {
    this.mqtt = client;
    // Broken connections are what many tests are about; each looks at `closed` where it matters.
    client.on("error", () => {});
    client.on("message", (topic, payload, packet) => {
      this.received.push({ topic, text: payload.toString(), retain: packet.retain });
      this.#wake();
    });
    client.on("close", () => {
      this.closed = true;
      this.#wake();
    });
  }

  #wake(): void {
    for (const waiter of [...this.#waiters]) waiter();
  }

  /** Resolves once `condition` holds; rejects after `timeoutMs`. */
  until(condition: () => boolean, what: string, timeoutMs = 5_000): Promise<void> {
    return new Promise((done, failed) => {
      const check = () => {
        if (!condition()) return;
        clearTimeout(timer);
        this.#waiters.delete(check);
        done();
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(check);
        failed(new Error(`${what}: not within ${timeoutMs} ms`));
      }, timeoutMs);
      this.#waiters.add(check);
      check();
    });
  }

  untilReceived(text: string): Promise<void> {
    return this.until(() => this.received.some((one) => one.text === text), `message "${text}"`);
  }

  /** True when every filter was granted. A refusal, a closed connection too, is false. */
  async subscribe(...filters: string[]): Promise<boolean> {
    try {
      const granted = await this.mqtt.subscribeAsync(filters, { qos: 1 });
      return granted.every(({ qos }) => qos < 128);
    } catch {
      return false;
    }
  }

  /** True when the broker acknowledged (QoS 1); false when it refused by closing. */
  async publish(topic: string, text: string | Buffer, retain = false): Promise<boolean> {
    if (this.closed) return false;
    const ended = this.until(() => this.closed, "close", 10_000).then(
      () => false,
      () => false,
    );
    const sent = this.mqtt.publishAsync(topic, text, { qos: 1, retain }).then(
      () => true,
      () => false,
    );
    return Promise.race([sent, ended]);
  }

  end(): Promise<void> {
    return this.mqtt.endAsync(true);
  }
}

/** Connects, or rejects with the reason MQTT.js gives. */
export async function connect(options: IClientOptions): Promise<TestClient> {
  const client = new TestClient(mqtt.connect(options));
  await new Promise<void>((connected, failed) => {
    client.mqtt.once("connect", () => connected());
    client.mqtt.once("error", failed);
    client.mqtt.once("close", () => failed(new Error("closed before CONNACK")));
  }).catch(async (error) => {
    await client.end();
    throw error;
  });
  return client;
}
