/**
 * The desk's broker: MQTT 3.1.1 in this process behind `tls-door.ts`, under `topic-rules.ts`.
 */
import type { Aedes, Client } from "aedes";
import { usualConnectsPerSecond } from "./admission.ts";
import { boundedStream } from "./bounded-stream.ts";
import {
  type Broker,
  type BrokerEvent,
  type BrokerOptions,
  type ConnectionRefusal,
  Grants,
  type Refusal,
  Watchers,
} from "./broker-type.ts";
import { startRuledAedes } from "./ruled-aedes.ts";
import { type Door, openDoor } from "./tls-door.ts";
import { MAX_PACKET_BYTES, type Peer, perUnitRules, type Rules } from "./topic-rules.ts";

export type { Broker, BrokerEvent, BrokerOptions, Refusal } from "./broker-type.ts";

export interface InProcessOptions extends BrokerOptions {
  /** Default 1,000: sockets beyond it are closed before their handshake. */
  readonly maxConnections?: number;
  /** Default 500: dials beyond so many a second are refused before their handshake. */
  readonly connectsPerSecond?: number;
  /** Default 10,000: how long a TLS handshake may take, ms. */
  readonly handshakeTimeoutMs?: number;
  /** Default 10,000: how long a verified peer may take to send its CONNECT, ms. */
  readonly connectTimeoutMs?: number;
  /** Names of peers that are refused although their certificates verify. */
  readonly revoked?: readonly string[];
  /** Other rules than `perUnitRules`: only for tests that show what these prevent. */
  readonly rules?: Rules;
  /** Default `MAX_PACKET_BYTES`; more only for tests that show what the limit prevents. */
  readonly maxPacketBytes?: number;
}

interface Connection {
  readonly peer: Peer;
  readonly remote: string;
  /** Protocol version, such as "TLSv1.3". */
  readonly tls: string;
}

/**
 * Starts the broker on 127.0.0.1. Rejects with one line that says what to do when the port is busy.
 * Retained messages and sessions live in memory: `restart` forgets them, as a crash would.
 */
export async function startBroker(options: InProcessOptions): Promise<InProcessBroker> {
  const broker = new InProcessBroker(options);
  await broker.open(options.port ?? 0);
  return broker;
}

export class InProcessBroker implements Broker {
  readonly name = "in-process";
  readonly #options: InProcessOptions;
  readonly #grants = new Grants();
  readonly #watchers = new Watchers();
  readonly #revoked: Set<string>;
  /** By the stream aedes was given. */
  readonly #connections = new WeakMap<object, Connection>();
  readonly #clients = new Map<string, Client>();
  #port = 0;
  #running: { readonly door: Door; readonly aedes: Aedes } | undefined;

  constructor(options: InProcessOptions) {
    this.#options = options;
    this.#revoked = new Set(options.revoked);
  }

  get port(): number {
    return this.#port;
  }

  get ownersPort(): number {
    return this.#port;
  }

  async grant(owner: string, unit: string): Promise<void> {
    this.#grants.add(owner, unit);
  }

  granted(unit: string): readonly string[] {
    return this.#grants.of(unit);
  }

  /** What is kept for whoever subscribes later, by topic: the whole store. */
  async retained(): Promise<ReadonlyMap<string, Uint8Array>> {
    const kept = new Map<string, Uint8Array>();
    const inside = this.#running?.aedes as unknown as { readonly persistence: RetainedStore };
    for await (const { topic, payload } of inside.persistence.createRetainedStream("#"))
      kept.set(topic, payload);
    return kept;
  }

  async withdraw(owner: string, unit: string): Promise<void> {
    this.#grants.remove(owner, unit);
  }

  watch(listener: (event: BrokerEvent) => void): () => void {
    return this.#watchers.add(listener);
  }

  /** Refuses the peer `name` from now on and ends its connection. */
  revoke(name: string): void {
    this.#revoked.add(name);
    this.drop(name);
  }

  /** Cuts the connection of `name` without a word, as a broken network does; false when it has none. */
  drop(name: string): boolean {
    const client = this.#clients.get(name);
    client?.conn.destroy();
    return client !== undefined;
  }

  async restart(): Promise<void> {
    await this.close();
    await this.open(this.#port);
  }

  async close(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    if (!running) return;
    await new Promise<void>((closed) => running.aedes.close(() => closed()));
    await running.door.close();
  }

  /** For `startBroker`, which hands out brokers that are already open. */
  async open(port: number): Promise<void> {
    const aedes = await this.#startAedes();
    try {
      const door = await openDoor({
        ...this.#options,
        port,
        maxConnections: this.#options.maxConnections ?? 1_000,
        connectsPerSecond: this.#options.connectsPerSecond ?? usualConnectsPerSecond,
        handshakeTimeoutMs: this.#options.handshakeTimeoutMs ?? 10_000,
        onRefused: (remote, reason) => this.#watchers.tell({ type: "refused", reason, remote }),
        onPeer: (socket, peer, remote) => {
          const limit = this.#options.maxPacketBytes ?? MAX_PACKET_BYTES;
          const connection = { peer, remote, tls: socket.getProtocol() ?? "" };
          const stream = boundedStream(socket, limit, () => this.#refuse(connection, "too-large"));
          this.#connections.set(stream, connection);
          aedes.handle(stream);
        },
      });
      this.#port = door.port;
      this.#running = { door, aedes };
    } catch (error) {
      aedes.close();
      throw error;
    }
  }

  async #startAedes(): Promise<Aedes> {
    const connectionOf = (client: Client) => this.#connections.get(client.conn);
    const aedes = await startRuledAedes({
      rules: this.#options.rules ?? perUnitRules,
      granted: this.#grants.has,
      connectTimeoutMs: this.#options.connectTimeoutMs ?? 10_000,
      peerOf: (client) => connectionOf(client)?.peer,
      isRevoked: (peer) => this.#revoked.has(peer.name),
      onRefused: (client, reason, topic) => this.#refuse(connectionOf(client), reason, topic),
    });
    const onError = (client: Client, error: Error) => {
      const reason = refusalBehind(error);
      if (reason) this.#refuse(connectionOf(client), reason);
    };
    aedes.on("clientError", onError);
    aedes.on("connectionError", onError);
    aedes.on("clientReady", (client) => {
      const connection = connectionOf(client);
      if (!connection) return;
      const { peer, remote, tls } = connection;
      this.#clients.set(client.id, client);
      this.#watchers.tell({ type: "connected", ...peer, remote, tls });
    });
    aedes.on("clientDisconnect", (client) => {
      if (this.#clients.get(client.id) === client) this.#clients.delete(client.id);
      this.#watchers.tell({ type: "disconnected", name: client.id });
    });
    aedes.on("publish", ({ topic, payload, retain }, client) => {
      if (!client) return;
      const bytes = Buffer.from(payload as Buffer);
      this.#watchers.tell({ type: "published", name: client.id, topic, payload: bytes, retain });
    });
    return aedes;
  }

  #refuse(connection: Connection | undefined, reason: Refusal, topic?: string): void {
    const { remote = "?", peer } = connection ?? {};
    this.#watchers.tell({
      type: "refused",
      reason,
      remote,
      ...(peer ? { name: peer.name } : {}),
      ...(topic === undefined ? {} : { topic }),
    });
  }
}

/** The part of aedes' persistence that keeps retained messages; its types do not show it. */
interface RetainedStore {
  createRetainedStream(
    pattern: string,
  ): AsyncIterable<{ readonly topic: string; readonly payload: Uint8Array }>;
}

/** aedes ends a connection with an error for many causes; undefined: told already, or no refusal. */
function refusalBehind(error: Error & { code?: string; errorCode?: number }) {
  // A code: the network broke, nobody was refused. "refused": the rules have told it themselves.
  if (error.code !== undefined || error.message.startsWith("refused")) return undefined;
  const byMessage: Record<string, ConnectionRefusal | "protocol"> = {
    "connect did not arrive in time": "silent",
    "unacceptable protocol version": "protocol",
    "identifier rejected": "protocol",
    "keep alive limit exceeded": "keep-alive",
    "drain timeout": "slow",
    "no such packet": "slow",
    "connection closed": "slow",
  };
  return byMessage[error.message] ?? "malformed";
}
