/**
 * A street of claimed units on a cluster, whose nodes die one after the other while an owner's app
 * commands the units. Every command that a unit obeyed must be reported, whatever died on the way.
 */
import mqtt, { type MqttClient } from "mqtt";
import type { Cluster } from "../../host-sim/broker/rabbitmq/cluster.ts";
import { ownersWay } from "../../host-sim/broker/way-in.ts";
import { brokerName } from "../../host-sim/desk/desk.ts";
import type { Street } from "../../host-sim/fleet/street.ts";
import { toPem } from "../../provisioning/certificate-authority.ts";

export interface LossFigures {
  readonly devices: number;
  readonly nodes: readonly NodeLoss[];
  readonly commands: {
    /** Acknowledged by the cluster to the owner's app. */
    readonly acknowledged: number;
    /** Given again because no report came: the unit was off line (its session is a clean one). */
    readonly repeated: number;
    readonly obeyed: number;
    /** Obeyed, and its report never arrived: must be 0. */
    readonly reportsLost: number;
    /** Never obeyed, although repeated: must be 0. */
    readonly neverObeyed: number;
  };
}

export interface NodeLoss {
  readonly node: string;
  /** Units whose connection went with the node. */
  readonly lost: number;
  /** From the node's death to a unit's next "connected", seconds. */
  readonly back: { readonly median: number; readonly last: number };
}

interface Order {
  readonly unit: string;
  acknowledged: boolean;
  sentAt: number;
  sendings: number;
  obeyed: boolean;
  reported: boolean;
}

const perSecond = 20;
const repeatAfterMs = 8_000;
const patienceMs = 120_000;

export async function killEachNode(
  street: Street,
  cluster: Cluster,
  say: (line: string) => void,
): Promise<LossFigures> {
  const online = new Map<string, number>();
  const orders = new Map<string, Order>();
  for (const { id, unit } of street.residents)
    unit.on("trace", ({ room, event, detail }) => {
      if (room === "link" && event === "connected") online.set(id, performance.now());
      if (room === "link" && event === "waiting") online.delete(id);
      const order = room === "commands" && event === "set" && orders.get(String(idIn(detail)));
      if (order) order.obeyed = true;
    });
  const owner = await watchStreet(street, cluster, orders);
  for (const { unit } of street.residents) void unit.plug();
  const all = street.residents.length;
  await until(() => online.size === all, "every unit is on the cluster");
  say(`${all} units on the cluster`);
  const stop = command(owner, street, orders);
  const nodes: NodeLoss[] = [];
  for (const node of cluster.nodes) {
    await pause(3_000);
    const died = performance.now();
    const before = new Map(online);
    await node.kill();
    await until(
      () => online.size === all && performance.now() - died > 3_000,
      `every unit is back after ${node.name}`,
    );
    const times = [...online]
      .filter(([id, at]) => at !== before.get(id))
      .map(([, at]) => (at - died) / 1_000)
      .sort((a, b) => a - b);
    const round = (seconds = 0) => Math.round(seconds * 100) / 100;
    const back = { median: round(times[times.length >> 1]), last: round(times.at(-1)) };
    nodes.push({ node: node.name, lost: times.length, back });
    say(
      `${node.name} killed: ${times.length} units lost it, the last was back after ${back.last} s`,
    );
    await node.start();
    await settled(cluster);
  }
  await pause(3_000);
  stop();
  const answered = () => [...orders.values()].every(({ reported }) => reported);
  await until(answered, "every command is reported").catch(() => {});
  await owner.endAsync(true);
  const list = [...orders.values()];
  const count = (fits: (order: Order) => boolean) => list.filter(fits).length;
  return {
    devices: all,
    nodes,
    commands: {
      acknowledged: count(({ acknowledged }) => acknowledged),
      repeated: count(({ sendings }) => sendings > 1),
      obeyed: count(({ obeyed }) => obeyed),
      reportsLost: count(({ obeyed, reported }) => obeyed && !reported),
      neverObeyed: count(({ obeyed }) => !obeyed),
    },
  };
}

/** An owner of the whole street, whose session outlives its connections. */
async function watchStreet(
  street: Street,
  cluster: Cluster,
  orders: ReadonlyMap<string, Order>,
): Promise<MqttClient> {
  const { authority, residents } = street;
  const { certificate, privateKey } = await authority.issueOwnerCertificate("street");
  for (const { id } of residents) await cluster.grant("owner-street", id);
  const tls = {
    servername: brokerName,
    ca: toPem("CERTIFICATE", authority.serverAnchor),
    cert: certificate.map((der) => toPem("CERTIFICATE", der)).join(""),
    key: toPem("PRIVATE KEY", privateKey),
  };
  const client = mqtt.connect({
    ...ownersWay(cluster, tls),
    host: "127.0.0.1",
    port: cluster.ownersPort,
    clientId: "owner-street",
    protocolVersion: 4,
    clean: false,
    reconnectPeriod: 250,
    // Each time: a session on a node that died may know its queue and not its subscriptions.
    resubscribe: true,
  });
  client.on("error", () => {});
  client.on("message", (_topic, payload) => {
    const order = orders.get(String(idIn(parsed(payload))));
    if (order) order.reported = true;
  });
  await new Promise((resolve) => client.once("connect", resolve));
  const topics = residents.map(({ id }) => `units/${id}/event`);
  // In portions: a packet has a size, and each topic is a question to the rules.
  for (let at = 0; at < topics.length; at += 50)
    await client.subscribeAsync(topics.slice(at, at + 50), { qos: 1 });
  return client;
}

/** Commands unit after unit, and again where no report came; the result stops new ones only. */
function command(owner: MqttClient, street: Street, orders: Map<string, Order>): () => void {
  let count = 0;
  let ordering = true;
  const send = (id: string, order: Order) => {
    order.sentAt = performance.now();
    order.sendings += 1;
    const body = JSON.stringify({ v: 1, id, set: { lamp: order.sendings % 2 === 0 } });
    owner.publishAsync(`units/${order.unit}/command`, body, { qos: 1 }).then(
      () => {
        order.acknowledged = true;
      },
      () => {},
    );
  };
  const timer = setInterval(() => {
    if (ordering) {
      const unit = street.residents[count % street.residents.length]!.id;
      const order = {
        unit,
        acknowledged: false,
        sentAt: 0,
        sendings: 0,
        obeyed: false,
        reported: false,
      };
      const id = `order-${++count}`;
      orders.set(id, order);
      send(id, order);
    }
    for (const [id, order] of orders)
      if (!order.obeyed && performance.now() - order.sentAt > repeatAfterMs) send(id, order);
    const open = ordering || [...orders.values()].some(({ obeyed }) => !obeyed);
    if (!open) clearInterval(timer);
  }, 1_000 / perSecond);
  timer.unref();
  return () => {
    ordering = false;
  };
}

/** A queue needs a majority of its nodes: the next may die when the last is back in every one. */
async function settled(cluster: Cluster): Promise<void> {
  const node = cluster.nodes[0]!;
  await node.control("await_online_nodes", String(cluster.nodes.length), "--timeout", "60");
  await pause(5_000);
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`${what}: not within ${patienceMs / 1_000} s`);
    await pause(50);
  }
}

function parsed(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString());
  } catch {
    return undefined;
  }
}

const idIn = (value: unknown) => (value as { id?: unknown } | undefined)?.id;
