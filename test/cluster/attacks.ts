/**
 * The attacks that every broker is tried with, on one running cluster: new units and owners for each,
 * because three nodes take half a minute to start. With the rules, and (control) without.
 */
import type { Cluster } from "../../host-sim/broker/rabbitmq/cluster.ts";
import { perUnitRules } from "../../host-sim/broker/topic-rules.ts";
import { actsAsOwner, attacks, hearsThrough, Stage } from "../broker/attacks.ts";
import { openRules } from "../broker/brokers.ts";
import { doors, honestKnock } from "../broker/doors.ts";
import { credentials, type Site, unitId } from "../broker/site.ts";

export interface AttackFigures {
  readonly refused: number;
  /** Attacks that succeeded although the rules were on. */
  readonly succeeded: readonly string[];
  /** Attacks that failed even without rules: they prove nothing. */
  readonly toothless: readonly string[];
}

/** What this set-up of RabbitMQ prevents by more than the rules, so that a control cannot turn it off. */
const heldByMore = [
  // The broker's own topics do not exist there.
  "a unit reads the broker's own topics ($SYS)",
  // `max_message_size` is configuration.
  "a unit floods its owner with a 20 KB message",
];

/**
 * RabbitMQ ends a connection with its refusal of a subscription, so that the round trip of the shared
 * attack would itself close what it looks at.
 */
const asked: Readonly<Record<string, (stage: Stage) => Promise<boolean>>> = {
  "a unit takes another's client id": async (stage) => {
    const victim = await stage.victim();
    await stage.tryEnter("unit", stage.site.unitA, { clientId: stage.site.unitB.name });
    await victim.until(() => victim.closed, "the victim is thrown off", 1_000).catch(() => {});
    return victim.closed;
  },
};

let cast = 0;

/** The same CAs with other people, so that no session or retained message is left from the last act. */
async function recast(site: Site): Promise<Site> {
  cast += 1;
  const [unitA, unitB, owner, stranger] = await Promise.all([
    credentials(site.deviceAuthority, unitId()),
    credentials(site.deviceAuthority, unitId()),
    credentials(site.ownersAuthority, `owner-${cast}-a`),
    credentials(site.ownersAuthority, `owner-${cast}-b`),
  ]);
  return { ...site, unitA, unitB, owner, stranger };
}

export async function attackCluster(
  cluster: Cluster,
  site: Site,
  say: (line: string) => void,
): Promise<AttackFigures> {
  const figures = { refused: 0, succeeded: [] as string[], toothless: [] as string[] };
  const act = async (attack: (stage: Stage) => Promise<boolean>): Promise<boolean> => {
    const stage = new Stage(await recast(site), cluster);
    await cluster.grant(stage.site.owner.name, stage.site.unitB.name);
    try {
      return await attack(stage);
    } finally {
      await stage.leave();
    }
  };
  const judge = async (name: string, attack: (stage: Stage) => Promise<boolean>) => {
    cluster.rules = perUnitRules;
    if (await act(attack)) {
      figures.succeeded.push(name);
      say(`SUCCEEDED: ${name}`);
      return;
    }
    figures.refused += 1;
    say(`refused: ${name}`);
  };

  for (const [name, attack] of Object.entries({ ...attacks, ...asked })) {
    await judge(name, attack);
    if (heldByMore.includes(name)) continue;
    cluster.rules = openRules;
    if (!(await act(attack))) figures.toothless.push(name);
    cluster.rules = perUnitRules;
  }
  for (const [name, knock] of Object.entries(doors)) await judge(`at the door: ${name}`, knock);
  if (!(await act(honestKnock))) figures.toothless.push("at the door: an honest unit comes in");
  await judge("a unit's certificate where owners come in", (stage) =>
    actsAsOwner(stage, "owner", stage.site.unitA),
  );
  for (const name of ["+", "#", "+/state"])
    await judge(`a unit certificate named ${name} hears nothing`, async (stage) => {
      const who = await credentials(site.deviceAuthority, name);
      return hearsThrough(stage, who, "units/+/state");
    });
  await judge("a revoked unit comes in, or stays", async (stage) => {
    const unit = await stage.victim();
    await cluster.revoke(stage.site.unitB.name);
    const again = await stage.tryEnter("unit", stage.site.unitB);
    await unit.until(() => unit.closed, "the open connection ends").catch(() => {});
    return again !== undefined || !unit.closed;
  });
  return figures;
}
