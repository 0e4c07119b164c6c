/**
 * Our client beside MQTT.js: the same process, broker (aedes over TLS with client certificates),
 * credentials, topics, will and number of unacknowledged messages. The rounds alternate, so that a
 * busy machine is busy for both; figures are medians.
 */
import { randomBytes } from "node:crypto";
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import mqtt from "mqtt";
import { Link } from "../../device/link/link.ts";
import { toPem } from "../../provisioning/certificate-authority.ts";
import { AedesBroker, type Credentials, makeCredentials } from "../link/aedes-broker.ts";
import { NodeTLS } from "../link/node-tls.ts";
import { median } from "./median.ts";

export interface Comparison {
  ours: number;
  mqttJs: number;
  /** Above 1: ours is better by that factor. */
  ratio: number;
}

export interface MqttFigures {
  /** From the call that dials to the first PUBACK of an event, ms, TLS handshake included. */
  connectMs: Comparison;
  /** The same over a path of `roundTripMs`, as a radio and a distant broker make it. */
  distantConnectMs: Comparison;
  /** QoS 1 events of 100 bytes published and acknowledged a second. */
  messagesPerSecond: Comparison;
  /** Processor time of client and broker for one of them, µs: what a busy machine does not blur. */
  cpuMicrosecondsPerMessage: Comparison;
  connects: number;
  messages: number;
  rounds: number;
}

/** A connected client with one message to send at a time, whoever made it. */
interface Client {
  publish(payload: Uint8Array, acknowledged: () => void): void;
  close(): Promise<void>;
}

type Connect = (port: number, credentials: Credentials) => Client;

const id = "0123456789abcdefghjkmnpqrs";
/** Both clients keep so many messages under way, which is our window. */
const outstanding = 16;

const ours: Connect = (port, { identity }) => {
  const waiting = new Map<number, () => void>();
  const timers = new Set<NodeJS.Timeout>();
  const link = new Link({
    TLS: NodeTLS,
    timer: {
      set: (callback, delayMs) => {
        const timer = setTimeout(callback, delayMs);
        timers.add(timer);
        return timer[Symbol.toPrimitive]();
      },
      clear: (timer) => clearTimeout(timer),
    },
    clock: { ticks: () => performance.now(), wall: () => undefined },
    random: (length) => randomBytes(length),
    trace: () => undefined,
    endpoint: { host: "127.0.0.1", port, serverName: "broker.test" },
    identity,
    onCommand: () => undefined,
    onState: (state) => {
      if (state.phase === "waiting") throw new Error(`our client lost the broker: ${state.reason}`);
    },
    onAcknowledged: (ticket) => {
      const acknowledged = waiting.get(ticket);
      waiting.delete(ticket);
      acknowledged?.();
    },
  });
  link.start();
  return {
    publish(payload, acknowledged) {
      const ticket = link.publish("event", payload);
      if (typeof ticket !== "number") throw new Error(`our client refused a message: ${ticket}`);
      waiting.set(ticket, acknowledged);
    },
    async close() {
      link.stop();
      for (const timer of timers) clearTimeout(timer);
    },
  };
};

/** As its documentation has it, and asked in the way that is fastest for it. */
const mqttJs: Connect = (port, { identity }) => {
  const topic = (name: string) => `units/${id}/${name}`;
  const client = mqtt.connect({
    ...{ protocol: "mqtts", host: "127.0.0.1", port, servername: "broker.test" },
    ca: identity.anchors.map((der) => toPem("CERTIFICATE", der)),
    cert: identity.certificate.map((der) => toPem("CERTIFICATE", der)).join(""),
    key: toPem("PRIVATE KEY", identity.privateKey),
    ...{ rejectUnauthorized: true, minVersion: "TLSv1.2" },
    ...{ clientId: id, clean: true, keepalive: 60, protocolVersion: 4, reconnectPeriod: 0 },
    will: { topic: topic("availability"), payload: Buffer.from("offline"), qos: 1, retain: true },
  });
  client.on("error", (error) => {
    throw error;
  });
  // As ours: otherwise Nagle's algorithm would hold its second write back for an ACK.
  (client.stream as TLSSocket).setNoDelay(true);
  // What is asked for earlier MQTT.js queues and then sends one at a time, a round trip each.
  const ready = new Promise<void>((resolve) => client.once("connect", () => resolve()));
  client.once("connect", () => {
    client.subscribe(topic("command"), { qos: 1 });
    client.publish(topic("availability"), "online", { qos: 1, retain: true });
  });
  const publish: Client["publish"] = (payload, acknowledged) => {
    client.publish(topic("event"), payload as Buffer, { qos: 1 }, (error) => {
      if (error) throw error;
      acknowledged();
    });
  };
  return {
    publish(payload, acknowledged) {
      if (client.connected) publish(payload, acknowledged);
      else ready.then(() => publish(payload, acknowledged));
    },
    close: () => client.endAsync(),
  };
};

const roundTripMs = 50;

/** A path to `port` on which every byte takes half a round trip; gives its own port. */
async function distantPath(port: number): Promise<{ port: number; close(): void }> {
  const carry = (from: Socket, to: Socket) => {
    from.on("data", (bytes) => setTimeout(() => to.write(bytes), roundTripMs / 2));
    from.on("error", () => to.destroy());
    from.on("close", () => setTimeout(() => to.destroy(), roundTripMs / 2));
  };
  const server = createServer({ noDelay: true }, (near) => {
    const far = createConnection({ port, host: "127.0.0.1", noDelay: true });
    carry(near, far);
    carry(far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

/** Dials and waits for the first acknowledged event; gives the client and how long that took, ms. */
async function connected(connect: Connect, port: number, credentials: Credentials) {
  const startMs = performance.now();
  const client = connect(port, credentials);
  await new Promise<void>((resolve) => client.publish(Buffer.from("first"), resolve));
  return { client, tookMs: performance.now() - startMs };
}

interface Load {
  perSecond: number;
  cpuMicroseconds: number;
}

/** Publishes with `outstanding` messages under way. */
async function throughput(client: Client, messages: number): Promise<Load> {
  const payload = new Uint8Array(100).fill(0x78);
  const startMs = performance.now();
  const cpu = process.cpuUsage();
  let sent = 0;
  let acknowledged = 0;
  await new Promise<void>((resolve) => {
    const next = () => {
      if (sent === messages) return;
      sent++;
      client.publish(payload, () => {
        acknowledged++;
        if (acknowledged === messages) resolve();
        else next();
      });
    };
    for (let count = 0; count < outstanding; count++) next();
  });
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - startMs) / 1000;
  return { perSecond: messages / seconds, cpuMicroseconds: (user + system) / messages };
}

const contestants = { ours, mqttJs };
type Name = keyof typeof contestants;
const inTurn = (round: number): Name[] => (round % 2 ? ["ours", "mqttJs"] : ["mqttJs", "ours"]);

/** Connects `rounds` times with each in turn; ms. The first round warms up and counts for nobody. */
async function connectTimes(port: number, credentials: Credentials, rounds: number) {
  const times: Record<Name, number[]> = { ours: [], mqttJs: [] };
  for (let round = 0; round <= rounds; round++)
    for (const name of inTurn(round)) {
      const { client, tookMs } = await connected(contestants[name], port, credentials);
      if (round > 0) times[name].push(tookMs);
      await client.close();
    }
  return times;
}

async function loadFigures(
  port: number,
  credentials: Credentials,
  rounds: number,
  messages: number,
) {
  const loads: Record<Name, Load[]> = { ours: [], mqttJs: [] };
  for (let round = 0; round <= rounds; round++)
    for (const name of inTurn(round)) {
      const { client } = await connected(contestants[name], port, credentials);
      const load = await throughput(client, messages);
      if (round > 0) loads[name].push(load);
      await client.close();
    }
  return loads;
}

/** All figures of both clients against one broker; about 15 s on an idle machine. */
export async function run({
  connects = 40,
  messages = 2_000,
  rounds = 15,
} = {}): Promise<MqttFigures> {
  const credentials = await makeCredentials(id);
  const broker = await AedesBroker.start(credentials.server);
  const path = await distantPath(broker.port);
  const near = await connectTimes(broker.port, credentials, connects);
  const distant = await connectTimes(path.port, credentials, Math.ceil(connects / 4));
  const loads = await loadFigures(broker.port, credentials, rounds, messages);
  path.close();
  await broker.close();
  const compare = (figure: (name: Name) => number[], higherIsBetter: boolean): Comparison => {
    const [a, b] = [median(figure("ours")), median(figure("mqttJs"))];
    return { ours: a, mqttJs: b, ratio: higherIsBetter ? a / b : b / a };
  };
  return {
    connectMs: compare((name) => near[name], false),
    distantConnectMs: compare((name) => distant[name], false),
    messagesPerSecond: compare((name) => loads[name].map((load) => load.perSecond), true),
    cpuMicrosecondsPerMessage: compare(
      (name) => loads[name].map((load) => load.cpuMicroseconds),
      false,
    ),
    ...{ connects, messages, rounds },
  };
}

/** The figures as lines for a person. */
export function describe(figures: MqttFigures): string {
  const line = (what: string, { ours: a, mqttJs: b, ratio }: Comparison, digits: number) =>
    `${what}: ours ${a.toFixed(digits)}, MQTT.js ${b.toFixed(digits)}, ratio ${ratio.toFixed(2)}`;
  return [
    line("connect to first acknowledged publish, ms", figures.connectMs, 1),
    line(`the same with ${roundTripMs} ms of round trip, ms`, figures.distantConnectMs, 1),
    line("QoS 1 messages/s", figures.messagesPerSecond, 0),
    line("processor time a message, client and broker, µs", figures.cpuMicrosecondsPerMessage, 1),
  ].join("\n");
}
