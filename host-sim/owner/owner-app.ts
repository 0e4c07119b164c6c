/**
 * The owner's app: sets a unit up from its label, then commands and watches it over the broker.
 * It is the other end of everything the device believes an owner to be, and no more: it holds the
 * owner's key, a certificate for the broker, and nothing of the factory's.
 */
import { X509Certificate } from "node:crypto";
import { EventEmitter, once } from "node:events";
import type { Duplex } from "node:stream";
import { connectAsync, type MqttClient } from "mqtt";
import type { UpdateWish } from "../../device/commands/command.ts";
import { toBase64url } from "../../device/platform/encoding.ts";
import type { Purpose } from "../../device/privacy/datum.ts";
import type { SetUpReply } from "../../device/setup/request.ts";
import { toPem } from "../../provisioning/certificate-authority.ts";
import type { Credential } from "../../provisioning/service-authority.ts";
import { stretch } from "../../provisioning/set-up-password.ts";
import { PERMISSIONS, parseTopic, topicOf } from "../broker/topic-rules.ts";
import { type Order, ownerPublicKey, signCommand } from "./jws-signer.ts";
import { openSession, SetUpRefused } from "./set-up-client.ts";
import { putTogether, type Sight } from "./sight.ts";

export interface SetUpWish {
  readonly serial: string;
  readonly password: string;
  readonly wifi: { readonly ssid: string; readonly password: string };
  readonly broker: { readonly host: string; readonly port: number; readonly spreadS?: number };
}

export type SetUpStage = "proving" | "joining" | "done";

export interface OwnerEvents {
  /** A message of a unit: the part of the topic behind its id, and the payload as JSON. */
  message: [unitId: string, topic: string, body: unknown];
}

/** The device understood and said no, with its reason (`wifi-wrong-password`, `owned-by-another` …). */
export class WishRefused extends Error {
  readonly reason: string;
  constructor(reason: string) {
    super(`the device refused: ${reason}`);
    this.reason = reason;
  }
}

export class OwnerApp extends EventEmitter<OwnerEvents> {
  readonly #seed: Uint8Array;
  readonly #credential: Credential;
  #client: MqttClient | undefined;
  /** Grows with every signed command; by the clock, so that a lost phone's backup starts higher. */
  #counter = Date.now();

  readonly #now: () => number;

  /**
   * @param seed Ed25519 (RFC 8032), 32 bytes.
   * @param now the phone's clock, ms since 1970.
   */
  constructor(seed: Uint8Array, credential: Credential, now: () => number = Date.now) {
    super();
    // A page, a test and a service may all listen to one app.
    this.setMaxListeners(0);
    this.#seed = seed;
    this.#now = now;
    this.#credential = credential;
  }

  get publicKey(): Uint8Array {
    return ownerPublicKey(this.#seed);
  }

  /**
   * Sets a unit up over a connection to its access point; resolves to the unit's id.
   * @throws SetUpRefused, WishRefused
   */
  async setUp(
    connection: Duplex,
    wish: SetUpWish,
    onStage: (stage: SetUpStage, unitId?: string) => void = () => {},
  ): Promise<string> {
    onStage("proving");
    const secret = await stretch(wish.password, wish.serial);
    const session = await openSession(connection, wish.serial, secret);
    try {
      session.send({ do: "status" });
      const status = await session.receive();
      if (!("status" in status)) throw new WishRefused(refusalOf(status));
      session.send({
        do: "set-up",
        wifi: wish.wifi,
        broker: wish.broker,
        owner: toBase64url(this.publicKey),
        time: Math.floor(this.#now() / 1000),
      });
      onStage("joining", status.status.id);
      for (;;) {
        const reply = await session.receive();
        if ("refused" in reply) throw new WishRefused(reply.refused);
        if ("done" in reply) break;
      }
      onStage("done", status.status.id);
      return status.status.id;
    } finally {
      session.close();
    }
  }

  /** Connects to the broker, whose certificate must chain to `anchor` and carry `host`. */
  async connect(options: {
    readonly host: string;
    readonly port: number;
    /** DER of the server root. */
    readonly anchor: Uint8Array;
  }): Promise<void> {
    const { certificate, privateKey } = this.#credential;
    this.#client = await connectAsync({
      protocol: "mqtts",
      // The name is what is verified; the desk's services are all on this machine.
      host: "127.0.0.1",
      servername: options.host,
      port: options.port,
      clientId: this.name,
      ca: toPem("CERTIFICATE", options.anchor),
      cert: certificate.map((der) => toPem("CERTIFICATE", der)).join(""),
      key: toPem("PRIVATE KEY", privateKey),
      protocolVersion: 4,
      reconnectPeriod: 500,
    });
    this.#client.on("message", (topic, payload) => this.#receive(topic, payload));
    // MQTT.js reconnects by itself; an unheard "error" would end the process.
    this.#client.on("error", () => {});
  }

  /** The certificate's common name, which is the client id too. */
  get name(): string {
    return commonName(this.#credential);
  }

  async watch(unitId: string): Promise<void> {
    const topics = PERMISSIONS.owner.subscribe.map((leaf) => topicOf(unitId, leaf));
    const granted = await this.#connected().subscribeAsync(topics, { qos: 1 });
    const refused = granted.find(({ qos }) => (qos as number) > 2);
    if (refused) throw new Error(`the broker refused the subscription to ${refused.topic}`);
  }

  /** An ordinary command, by the broker's authority; resolves when the broker has it. */
  async command(unitId: string, id: string, set: object): Promise<void> {
    await this.publish(unitId, Buffer.from(JSON.stringify({ v: 1, id, set })));
  }

  /** A wish about updates, by the broker's authority. */
  async wishForUpdate(unitId: string, id: string, update: UpdateWish): Promise<void> {
    await this.publish(unitId, Buffer.from(JSON.stringify({ v: 1, id, update })));
  }

  /** A signed command, valid for five minutes. Returns its bytes, for who wants to replay them. */
  async order(unitId: string, order: Order): Promise<Uint8Array> {
    const iat = Math.floor(this.#now() / 1000);
    const claims = { aud: unitId, ctr: ++this.#counter, iat, exp: iat + 300 };
    const bytes = signCommand(this.#seed, { ...claims, ...order });
    await this.publish(unitId, bytes);
    return bytes;
  }

  /** Asks the unit what it holds; rejects when it does not say so in time. */
  async see(unitId: string, timeoutMs = 20_000): Promise<Sight> {
    const parts: Readonly<Record<string, unknown>>[] = [];
    const seen = this.next((topic, body) => {
      if (topic !== "sight") return false;
      parts.push(body as never);
      return putTogether(parts) !== undefined;
    }, timeoutMs);
    await this.order(unitId, { cmd: "sight", args: {} });
    await seen;
    return putTogether(parts) as Sight;
  }

  /** Agrees to a purpose, or withdraws it. */
  async consent(unitId: string, purpose: Purpose, granted: boolean): Promise<void> {
    await this.order(unitId, { cmd: "consent", args: { purpose, granted } });
  }

  /** Hands the unit on to whoever holds this public key. */
  async handOn(unitId: string, key: Uint8Array): Promise<void> {
    await this.order(unitId, { cmd: "transfer-owner", args: { key: toBase64url(key) } });
  }

  /** Over the set-up window of a unit that nobody owns any more: its word that it has forgotten. */
  async fetchReceipt(
    connection: Duplex,
    { serial, password }: Pick<SetUpWish, "serial" | "password">,
  ): Promise<string> {
    const session = await openSession(connection, serial, await stretch(password, serial));
    try {
      session.send({ do: "receipt" });
      const reply = await session.receive();
      if ("receipt" in reply) return reply.receipt;
      throw new WishRefused(refusalOf(reply));
    } finally {
      session.close();
    }
  }

  async publish(unitId: string, payload: Uint8Array): Promise<void> {
    await this.#connected().publishAsync(`units/${unitId}/command`, Buffer.from(payload), {
      qos: 1,
    });
  }

  /** The next message that `accept` takes; rejects after `timeoutMs`. */
  async next<Body>(
    accept: (topic: string, body: unknown) => body is Body,
    timeoutMs?: number,
  ): Promise<Body>;
  async next(
    accept: (topic: string, body: unknown) => boolean,
    timeoutMs?: number,
  ): Promise<unknown>;
  async next(
    accept: (topic: string, body: unknown) => boolean,
    timeoutMs = 20_000,
  ): Promise<unknown> {
    const signal = AbortSignal.timeout(timeoutMs);
    for (;;) {
      const [, topic, body] = await once(this, "message", { signal });
      if (accept(topic, body)) return body;
    }
  }

  async close(): Promise<void> {
    await this.#client?.endAsync(true);
    this.#client = undefined;
  }

  #connected(): MqttClient {
    if (!this.#client) throw new Error("the owner's app is not connected: call connect() first");
    return this.#client;
  }

  #receive(topic: string, payload: Buffer): void {
    const { unit: unitId, leaf: part } = parseTopic(topic) ?? { unit: "", leaf: "" };
    const text = payload.toString();
    this.emit("message", unitId, part, part === "availability" ? text : parse(text));
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusalOf(reply: SetUpReply): string {
  return "refused" in reply ? reply.refused : "unexpected answer";
}

function commonName({ certificate: [leaf] }: Credential): string {
  const subject = leaf ? new X509Certificate(leaf).subject : "";
  return /^CN=(.+)$/m.exec(subject)?.[1] ?? "";
}

export { SetUpRefused };
