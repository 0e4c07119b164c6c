/** The per-unit rules against attackers, on each broker, with the rules and (control) without. */
import test, { type ExecutionContext } from "ava";
import { actsAsOwner, attacks, attacksOnStrictest, hearsThrough, Stage } from "./attacks.ts";
import { type BrokerUnderTest, brokersUnderTest, mosquittoIsHere } from "./brokers.ts";
import { doors, honestKnock } from "./doors.ts";
import { authority, credentials, makeSite } from "./site.ts";

const site = await makeSite();

async function onStage<T>(
  start: BrokerUnderTest["start"],
  run: (stage: Stage) => Promise<T>,
  cast = site,
): Promise<T> {
  const broker = await start(site);
  const stage = new Stage(cast, broker);
  try {
    await broker.grant(site.owner.name, site.unitB.name);
    return await run(stage);
  } finally {
    await stage.leave();
    await broker.close();
  }
}

const count = { skipped: 0 };

for (const broker of brokersUnderTest) {
  const here = broker.name === "in-process" || mosquittoIsHere;
  const on = (title: string, run: (t: ExecutionContext) => Promise<void>) => {
    if (here) return test.serial(`${broker.name}: ${title}`, run);
    count.skipped += 1;
    return test.serial.skip(`${broker.name}: ${title}`, run);
  };
  const mine = broker.name === "in-process" ? { ...attacks, ...attacksOnStrictest } : attacks;

  for (const [name, attack] of Object.entries(mine)) {
    on(`refused: ${name}`, async (t) => {
      t.false(await onStage(broker.start, attack));
    });
    on(`control, rules off: ${name}`, async (t) => {
      t.true(await onStage(broker.startWithoutRules, attack));
    });
  }

  on("the door opens to nobody without a genuine certificate", async (t) => {
    await onStage(broker.start, async (stage) => {
      t.true(await honestKnock(stage), "control: the honest unit comes in");
      for (const [name, knock] of Object.entries(doors)) t.false(await knock(stage), name);
      t.true(await honestKnock(stage), "control: and still does afterwards");
    });
  });

  on("a device certificate named like an owner is no owner", async (t) => {
    const impostor = await credentials(site.deviceAuthority, site.owner.name);
    for (const role of ["unit", "owner"] as const)
      t.false(await onStage(broker.start, (stage) => actsAsOwner(stage, role, impostor)), role);
    t.true(
      await onStage(broker.start, (stage) => actsAsOwner(stage, "owner", site.owner)),
      "control: the genuine owner's certificate does what the impostor tried",
    );
  });
  on("control: with the roles confused, the same certificate is an owner", async (t) => {
    const impostor = await credentials(site.deviceAuthority, site.owner.name);
    const other = await authority("Other device CA");
    const confused = { ...site, unitB: await credentials(other, site.unitB.name) };
    const start = () => broker.startWithConfusedRoles(site, other);
    t.true(await onStage(start, (stage) => actsAsOwner(stage, "unit", impostor), confused));
  });

  for (const name of ["+", "#", "+/state"])
    on(`a unit certificate named ${name} hears nothing`, async (t) => {
      const who = await credentials(site.deviceAuthority, name);
      for (const filter of ["units/+/state", "#", `units/${name}`])
        t.false(await onStage(broker.start, (stage) => hearsThrough(stage, who, filter)), filter);
    });
  on("control, rules off: a wildcard hears", async (t) => {
    const start = broker.startWithoutRules;
    t.true(await onStage(start, (stage) => hearsThrough(stage, site.unitA, "units/+/state")));
  });
}

test("says how many cases were skipped for want of Mosquitto", (t) => {
  t.log(
    mosquittoIsHere
      ? "Mosquitto found: every case ran on it too."
      : `Mosquitto is not installed: ${count.skipped} cases skipped (apt-get install mosquitto).`,
  );
  t.is(count.skipped > 0, !mosquittoIsHere);
});
