/**
 * What an attacker with a genuine certificate tries on a broker. Each attack says whether it
 * succeeded, so that the same code shows the refusal under the rules and the leak without them.
 */
import type { IClientOptions } from "mqtt";
import type { Broker } from "../../host-sim/broker/broker.ts";
import type { Role } from "../../host-sim/broker/topic-rules.ts";
import { type Credentials, clientOptions, connect, type Site, type TestClient } from "./site.ts";

const FORGED = "forged";
const SECRET = "secret";
const HONEST = "honest";

/** One broker with unit B and its owner going about their business. */
export class Stage {
  readonly site: Site;
  readonly broker: Broker;
  readonly #clients: TestClient[] = [];

  constructor(site: Site, broker: Broker) {
    this.site = site;
    this.broker = broker;
  }

  async enter(role: Role, who: Credentials, extra: IClientOptions = {}): Promise<TestClient> {
    const client = await connect({ ...clientOptions(this.site, this.broker, role, who), ...extra });
    this.#clients.push(client);
    return client;
  }

  /** The same, or undefined when the broker does not let it in. */
  tryEnter(role: Role, who: Credentials, extra?: IClientOptions): Promise<TestClient | undefined> {
    return this.enter(role, who, extra).catch(() => undefined);
  }

  /** Unit B, listening for its commands. */
  async victim(): Promise<TestClient> {
    const unit = await this.enter("unit", this.site.unitB);
    await unit.subscribe(this.topicB("command"));
    return unit;
  }

  /** The owner's app of unit B, watching it. */
  async watcher(): Promise<TestClient> {
    const owner = await this.enter("owner", this.site.owner);
    await owner.subscribe(this.topicB("state"), this.topicB("event"), this.topicB("availability"));
    return owner;
  }

  topicB(leaf: string): string {
    return `units/${this.site.unitB.name}/${leaf}`;
  }

  leave(): Promise<unknown> {
    return Promise.all(this.#clients.map((client) => client.end()));
  }
}

/** Everything the broker sent `client` so far has arrived: two round trips, or the connection is gone. */
async function flush(client: TestClient): Promise<void> {
  for (let trip = 0; trip < 2 && !client.closed; trip += 1) await client.subscribe("no/such/topic");
}

function heard(client: TestClient, text: string): boolean {
  return client.received.some((one) => one.text === text);
}

/** True when B's owner took what `attempt` did for a word of B. */
async function foolsOwner(
  stage: Stage,
  attempt: (owner: TestClient, victim: TestClient) => Promise<unknown>,
): Promise<boolean> {
  const [owner, victim] = [await stage.watcher(), await stage.victim()];
  await attempt(owner, victim);
  if (owner.closed || victim.closed) return heard(owner, FORGED);
  await victim.publish(stage.topicB("state"), HONEST);
  await owner.untilReceived(HONEST);
  return heard(owner, FORGED);
}

/** True when B obeyed what `attempt` did. */
async function foolsVictim(stage: Stage, attempt: () => Promise<unknown>): Promise<boolean> {
  const [owner, victim] = [await stage.watcher(), await stage.victim()];
  await attempt();
  await owner.publish(stage.topicB("command"), HONEST);
  await victim.untilReceived(HONEST);
  return heard(victim, FORGED);
}

/** True when `spy` hears B report or B's owner command. */
async function overhears(stage: Stage, spy: TestClient): Promise<boolean> {
  const [owner, victim] = [await stage.watcher(), await stage.victim()];
  await victim.publish(stage.topicB("state"), SECRET);
  await owner.publish(stage.topicB("command"), SECRET);
  await owner.untilReceived(SECRET);
  await victim.untilReceived(SECRET);
  await flush(spy);
  return heard(spy, SECRET);
}

function listensAs(who: (site: Site) => Credentials, role: Role, filter: (stage: Stage) => string) {
  return async (stage: Stage): Promise<boolean> => {
    const spy = await stage.tryEnter(role, who(stage.site));
    if (!spy) return false;
    await spy.subscribe(filter(stage));
    return overhears(stage, spy);
  };
}

const unitA = (site: Site) => site.unitA;
const stranger = (site: Site) => site.stranger;

/** True: the attack succeeded. Every one of them must succeed where the rules are off. */
export const attacks: Readonly<Record<string, (stage: Stage) => Promise<boolean>>> = {
  "a unit reports in another unit's name": (stage) =>
    foolsOwner(stage, async () => {
      const attacker = await stage.enter("unit", stage.site.unitA);
      await attacker.publish(stage.topicB("state"), FORGED);
    }),
  "a unit leaves a retained lie on another's topic": async (stage) => {
    const attacker = await stage.enter("unit", stage.site.unitA);
    await attacker.publish(stage.topicB("availability"), FORGED, true);
    return foolsOwner(stage, async () => {});
  },
  "a unit commands another unit": (stage) =>
    foolsVictim(stage, async () => {
      const attacker = await stage.enter("unit", stage.site.unitA);
      await attacker.publish(stage.topicB("command"), FORGED);
    }),
  "a unit commands itself": async (stage) => {
    const unit = await stage.victim();
    await unit.publish(stage.topicB("command"), FORGED);
    await flush(unit);
    return heard(unit, FORGED);
  },
  "a unit publishes outside every unit": async (stage) => {
    const attacker = await stage.enter("unit", stage.site.unitA);
    const spy = await stage.enter("unit", stage.site.unitB);
    await spy.subscribe("units/everyone");
    await attacker.publish("units/everyone", FORGED);
    await flush(spy);
    return heard(spy, FORGED);
  },
  "a unit listens to another's commands": listensAs(unitA, "unit", (s) => s.topicB("command")),
  "a unit listens to another's state": listensAs(unitA, "unit", (s) => s.topicB("state")),
  "a unit listens to everything (#)": listensAs(unitA, "unit", () => "#"),
  "a unit listens to all units (units/#)": listensAs(unitA, "unit", () => "units/#"),
  "a unit listens to all commands (+)": listensAs(unitA, "unit", () => "units/+/command"),
  "a unit listens by level (+/+/+)": listensAs(unitA, "unit", () => "+/+/+"),
  "a unit reads the broker's own topics ($SYS)": async (stage) => {
    const spy = await stage.enter("unit", stage.site.unitA);
    await spy.subscribe("$SYS/#");
    await overhears(stage, spy);
    return spy.received.some(({ topic }) => topic.startsWith("$SYS"));
  },
  "a unit smuggles # into a session beside its own topic": async (stage) => {
    const { unitA: who } = stage.site;
    const first = await stage.enter("unit", who, { clean: false });
    await first.subscribe(`units/${who.name}/command`, "#");
    await first.mqtt.endAsync();
    const [owner, victim] = [await stage.watcher(), await stage.victim()];
    await victim.publish(stage.topicB("state"), SECRET);
    await owner.untilReceived(SECRET);
    const again = await stage.enter("unit", who, { clean: false });
    await flush(again);
    return heard(again, SECRET);
  },
  "an owner watches a unit of somebody else": listensAs(stranger, "owner", (s) =>
    s.topicB("state"),
  ),
  "an owner watches everything (#)": listensAs(stranger, "owner", () => "#"),
  "an owner commands a unit of somebody else": (stage) =>
    foolsVictim(stage, async () => {
      const attacker = await stage.enter("owner", stage.site.stranger);
      await attacker.publish(stage.topicB("command"), FORGED);
    }),
  "an owner reports in its unit's name": (stage) =>
    foolsOwner(stage, (owner) => owner.publish(stage.topicB("state"), FORGED)),
  "a unit's last will speaks for another": (stage) =>
    foolsOwner(stage, async () => {
      const will = { topic: stage.topicB("state"), payload: Buffer.from(FORGED), qos: 1 as const };
      const attacker = await stage.tryEnter("unit", stage.site.unitA, { will });
      if (!attacker) return;
      const gone = new Promise<void>((resolve) => {
        const stop = stage.broker.watch((event) => {
          if (event.type !== "disconnected" || event.name !== stage.site.unitA.name) return;
          stop();
          resolve();
        });
      });
      attacker.mqtt.stream.destroy();
      await gone;
    }),
  "a unit takes another's client id": async (stage) => {
    const victim = await stage.victim();
    await stage.tryEnter("unit", stage.site.unitA, { clientId: stage.site.unitB.name });
    await flush(victim);
    return victim.closed;
  },
  "a unit floods its owner with a 20 KB message": (stage) =>
    foolsOwner(stage, async (owner, victim) => {
      await victim.publish(stage.topicB("state"), Buffer.alloc(20_000, "x"));
      await flush(victim);
      await flush(owner);
      const arrived = owner.received.some(({ text }) => text.length === 20_000);
      if (arrived) owner.received.push({ topic: "", text: FORGED, retain: false });
    }),
};

/**
 * Attacks the in-process broker alone refuses: Mosquitto 2.0 has no rule for retained messages by
 * topic, and forgets `max_qos` when it re-reads its configuration.
 */
export const attacksOnStrictest: Readonly<Record<string, (stage: Stage) => Promise<boolean>>> = {
  "a unit publishes at QoS 2": (stage) =>
    foolsOwner(stage, async (owner, victim) => {
      const sent = victim.mqtt.publishAsync(stage.topicB("state"), FORGED, { qos: 2 });
      await Promise.race([sent.catch(() => {}), victim.until(() => victim.closed, "close")]);
      await flush(owner);
    }),
  "an owner leaves a retained command that is obeyed again and again": async (stage) => {
    const owner = await stage.enter("owner", stage.site.owner);
    await owner.publish(stage.topicB("command"), FORGED, true);
    const unit = await stage.victim();
    await flush(unit);
    return heard(unit, FORGED);
  },
};

/** True when `who`, knocking where `role` connects, can watch or command unit B. */
export async function actsAsOwner(stage: Stage, role: Role, who: Credentials): Promise<boolean> {
  const actor = await stage.tryEnter(role, who);
  if (!actor) return false;
  const victim = await stage.victim();
  await actor.subscribe(stage.topicB("state"));
  await victim.publish(stage.topicB("state"), SECRET);
  await flush(actor);
  await actor.publish(stage.topicB("command"), FORGED);
  await flush(victim);
  return heard(actor, SECRET) || heard(victim, FORGED);
}

/** True when `who`, a certificate of the device CA, hears unit B's business through `filter`. */
export async function hearsThrough(
  stage: Stage,
  who: Credentials,
  filter: string,
): Promise<boolean> {
  const spy = await stage.tryEnter("unit", who);
  if (!spy) return false;
  await spy.subscribe(filter);
  const victim = await stage.victim();
  await victim.publish(stage.topicB("state"), SECRET);
  await flush(victim);
  await flush(spy);
  return heard(spy, SECRET);
}
