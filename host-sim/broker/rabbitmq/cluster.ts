/**
 * Three RabbitMQ nodes with the shipped examples, behind the same `Broker` type as the broker in
 * the desk's process: sessions are mirrored, so a node may die and nothing acknowledged is lost.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Fault } from "../../../provisioning/fault.ts";
import { type Broker, type BrokerEvent, type BrokerOptions, Grants } from "../broker-type.ts";
import { listen } from "../listen.ts";
import { peerNamed, perUnitRules, type Rules } from "../topic-rules.ts";
import { Front } from "./front.ts";
import { findRabbitMq, NOT_INSTALLED, Node } from "./node.ts";
import { RulesService } from "./rules-service.ts";

export interface ClusterOptions extends BrokerOptions {
  /** Names of peers that are refused although their certificates verify. */
  readonly revoked?: readonly string[];
}

const NODES = 3;

/** Starts the nodes, one after another. @throws Fault where RabbitMQ is missing or does not come up. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const programs = findRabbitMq();
  if (!programs) throw new Fault(NOT_INSTALLED);
  const folder = mkdtempSync(join(tmpdir(), "thirteen-rabbitmq-"));
  const grants = new Grants();
  const revoked = new Set(options.revoked);
  const service = new RulesService({ rules: perUnitRules, grants, revoked });
  await service.open();
  const [epmdPort = 0, ...ports] = await freePorts(1 + 3 * NODES);
  const names = Array.from({ length: NODES }, (_, index) => `node${index + 1}@localhost`);
  const place = { programs, folder, epmdPort, rulesPort: service.port, names };
  const nodes = names.map((name, index) => {
    const [units = 0, owners = 0, distribution = 0] = ports.slice(index * 3, index * 3 + 3);
    return new Node(place, name, { units, owners, distribution }, options);
  });
  const fronts = {
    units: new Front(nodes.map((node) => node.ports.units)),
    owners: new Front(nodes.map((node) => node.ports.owners)),
  };
  const cluster = new Cluster({ nodes, fronts, service, grants, revoked, folder, epmdPort });
  try {
    for (const node of nodes) await node.start();
    await fronts.units.open(options.port);
    await fronts.owners.open();
    return cluster;
  } catch (error) {
    await cluster.close();
    throw error;
  }
}

interface Parts {
  readonly nodes: readonly Node[];
  readonly fronts: { readonly units: Front; readonly owners: Front };
  readonly service: RulesService;
  readonly grants: Grants;
  readonly revoked: Set<string>;
  readonly folder: string;
  readonly epmdPort: number;
}

export class Cluster implements Broker {
  readonly name = "rabbitmq";
  readonly nodes: readonly Node[];
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.nodes = parts.nodes;
  }

  get port(): number {
    return this.#parts.fronts.units.port;
  }

  /** MQTT over WebSocket, path `/ws`. */
  get ownersPort(): number {
    return this.#parts.fronts.owners.port;
  }

  /** For tests that show what the rules prevent. */
  set rules(rules: Rules) {
    this.#parts.service.rules = rules;
  }

  async grant(owner: string, unit: string): Promise<void> {
    this.#parts.grants.add(owner, unit);
  }

  granted(unit: string): readonly string[] {
    return this.#parts.grants.of(unit);
  }

  /** Commands stop at once; what the owner subscribed to stops with the connection, which is ended. */
  async withdraw(owner: string, unit: string): Promise<void> {
    this.#parts.grants.remove(owner, unit);
    await this.#drop(owner, "grant withdrawn");
  }

  /** Refuses the peer `name` from now on and ends its connections. */
  async revoke(name: string): Promise<void> {
    this.#parts.revoked.add(name);
    await this.#drop(name, "revoked");
  }

  /** Refusals by the rules; units that come and go. Not messages: nobody here hears of those. */
  watch(listener: (event: BrokerEvent) => void): () => void {
    const sources = [this.#parts.service, ...this.nodes];
    const stops = sources.map(({ watchers }) => watchers.add(listener));
    return () => {
      for (const stop of stops) stop();
    };
  }

  async restart(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
    await Promise.all(this.nodes.map((node) => node.start()));
  }

  async close(): Promise<void> {
    const { fronts, service, folder, epmdPort } = this.#parts;
    await fronts.units.close();
    await fronts.owners.close();
    await Promise.all(this.nodes.map((node) => node.kill()));
    await service.close();
    // The name service that the first node started for all of them.
    spawnSync("epmd", ["-port", String(epmdPort), "-kill"], { stdio: "ignore" });
    rmSync(folder, { recursive: true, force: true });
  }

  /** Any node knows the connections of all. (`close_all_user_connections` does not end MQTT's.) */
  async #drop(name: string, why: string): Promise<void> {
    // The name becomes part of an Erlang expression.
    if (!peerNamed(name)) throw new Error(`"${name}" is not the name of a unit or an owner`);
    const node = this.nodes.find(({ running }) => running);
    await node?.control(
      "eval",
      `[rabbit_mqtt_reader:close_connection(Pid, "${why}") || {Id, Pid} <- rabbit_mqtt_collector:list(), iolist_to_binary(Id) =:= <<"${name}">>].`,
    );
  }
}

/** All held at once so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const holders = Array.from({ length: count }, () => createServer());
  try {
    return await Promise.all(holders.map((holder) => listen(holder, 0)));
  } finally {
    await Promise.all(holders.map((holder) => new Promise((closed) => holder.close(closed))));
  }
}
