/**
 * A unit's life at a whole desk: made, set up, connected; through a pulled cable and a changed router.
 * The plug is pulled at every write of set-up in `set-up-cuts.long.test.ts`.
 */
import { randomBytes } from "node:crypto";
import test from "ava";
import { accessPointName, setUpPort } from "../device/setup/set-up.ts";
import { brokerName, brokerPort, type Desk, home, openDesk } from "../host-sim/desk/desk.ts";
import { engineNamed, engineNames } from "../host-sim/engine/engines.ts";
import { nodeEngine } from "../host-sim/engine/node-engine.ts";
import { xsAvailable } from "../host-sim/engine/xs-engine.ts";
import { OwnerApp, WishRefused } from "../host-sim/owner/owner-app.ts";
import { restartRouter } from "../host-sim/scenario/impostors.ts";
import { type StageName, stageNames, walk } from "../host-sim/tour/stages.ts";
import {
  claim,
  deskWith,
  flashOf,
  heard,
  hold,
  longPressMs,
  sabotaged,
  TimeLapse,
  tapMs,
} from "./desk-fixture.ts";

for (const name of engineNames) {
  const available = name === "xs" ? xsAvailable() : { ok: true as const };
  if (!available.ok) test.skip(`${name}: the nine stages: ${available.reason}`, () => {});
  else
    test.serial(`${name}: the nine stages in order, and nothing listens afterwards`, async (t) => {
      const desk = await openDesk({ engine: engineNamed(name) });
      t.teardown(() => desk.close());
      const deaths: string[] = [];
      desk.unit.on("death", ({ death, detail }) => deaths.push(`${death}: ${detail}`));
      const reached: StageName[] = [];
      const started = performance.now();
      await walk(desk, started, ({ stage, ms }) => {
        reached.push(stage);
        t.log(`${stage} ${ms} ms`);
      });
      t.log(`in all ${Math.round(performance.now() - started)} ms`);
      t.deepEqual(reached, [...stageNames]);
      t.deepEqual(deaths, []);
      t.deepEqual(desk.unit.listening(), []);
      const link = await desk.radio.join(home.ssid, home.password);
      t.deepEqual(await link.scan(), []);
      t.deepEqual(desk.radio.air, [home.ssid]);
    });
}

const clock = new TimeLapse();
let desk: Desk;
/** Flash of the unit that has an owner. */
let claimed: Uint8Array;

test.before(async () => {
  desk = await openDesk({ engine: nodeEngine, clock });
  await desk.unit.plug();
  await claim(desk, clock);
  claimed = desk.unit.flash.image();
  desk.unit.unplug();
  await desk.connectOwner();
});

test.after.always(async () => {
  await desk?.close();
  clock.stop();
});

/** Another life of the claimed unit, on its broker. */
async function connectedUnit(firmware?: string): Promise<Desk> {
  const at = deskWith(desk, flashOf(claimed), firmware === undefined ? {} : { firmware });
  const messages = listenIn();
  await at.unit.plug();
  // Nothing is under way any more when the first report has arrived.
  const reported = () => messages.some(({ topic }) => topic === "state");
  await clock.until(reported, "the unit is on its broker and has reported");
  return at;
}

/** What the owner's app hears from now on. */
function listenIn(): { topic: string; body: Record<string, unknown> }[] {
  const messages: { topic: string; body: Record<string, unknown> }[] = [];
  desk.owner.on("message", (_, topic, body) => messages.push({ topic, body: body as never }));
  return messages;
}

/** The cable out for so long; meanwhile a hand on the button. Gives what the owner heard when. */
async function outage(at: Desk, lengthMs: number) {
  const heardThen = listenIn();
  desk.radio.setUpstream(false);
  const lamp = at.unit.lamp;
  await hold(at, tapMs);
  await clock.until(() => at.unit.lamp !== lamp, "the button moves the lamp", 2_000);
  await hold(at, longPressMs);
  await clock.until(() => at.unit.listening().length > 0, "the set-up window opens", 2_000);
  // The cable is out: nothing real is under way.
  await clock.hurry(200, () => clock.until(elapsed(lengthMs), "the outage", lengthMs + 1_000));
  // That the unit is offline is the broker's own word.
  const during = heardThen.splice(0).filter(({ topic }) => topic !== "availability");
  desk.radio.setUpstream(true);
  const told = () =>
    heardThen.some(({ topic, body }) => topic === "state" && body.lamp === !lamp) &&
    heardThen.some(({ topic, body }) => topic === "event" && body.event === "set-up-opened");
  return { during, told };
}

function elapsed(ms: number): () => boolean {
  const end = clock.now() + ms;
  return () => clock.now() >= end;
}

for (const [what, lengthMs] of [
  ["short", 5_000],
  ["long, so that the unit gives the connection up", 200_000],
] as const)
  test.serial(`the cable is out (${what}): the button works, and nothing is lost`, async (t) => {
    const at = await connectedUnit();
    t.teardown(() => at.unit.unplug());
    const lost = heard(at, "waiting");
    const { during, told } = await outage(at, lengthMs);
    t.deepEqual(during, [], "nothing comes through a cable that is out");
    t.is(lost(), lengthMs > 100_000, "the connection was given up");
    const since = clock.now();
    // A minute more than the longest wait between two dials.
    await clock.until(told, "the owner hears what happened meanwhile", 400_000);
    t.log(`told ${Math.round((clock.now() - since) / 100) / 10} s after the cable was back`);
  });

test.serial("control: a unit that queues nothing while it is offline is caught", async (t) => {
  const firmware = await sabotaged({
    "link/link.ts": [
      "const ticket = this.lastTicket + 1;",
      'const ticket = this.lastTicket + 1; if (!this.connection) return "full";',
    ],
  });
  const at = await connectedUnit(firmware);
  t.teardown(() => at.unit.unplug());
  // Off its own network there is no connection at all.
  desk.radio.removeNetwork(home.ssid);
  const { told } = await outage(at, 5_000);
  const online = heard(at, "connected");
  restartRouter(desk);
  await clock.until(online, "the unit is back", 400_000);
  const waited = clock.hurry(100, () => clock.until(told, "told", 90_000));
  await t.throwsAsync(waited, { message: /^told: not within/ });
});

test.serial("a new router: its owner sets the unit up again, nobody else does", async (t) => {
  const at = await connectedUnit();
  t.teardown(() => at.unit.unplug());
  const attic = { ssid: "Attic", password: "moved upstairs" };
  desk.radio.removeNetwork(home.ssid);
  desk.radio.addNetwork({ SSID: attic.ssid, password: attic.password });
  t.teardown(() => {
    desk.radio.removeNetwork(attic.ssid);
    restartRouter(desk);
  });
  await hold(at, longPressMs);
  await clock.until(() => at.unit.listening().length > 0, "the set-up window opens");

  const link = await desk.radio.join(accessPointName(desk.papers.id));
  const stranger = new OwnerApp(
    new Uint8Array(randomBytes(32)),
    await desk.authority.issueOwnerCertificate("stranger"),
  );
  const broker = { host: brokerName, port: brokerPort };
  const { serial, password } = desk.papers;
  const refusal = await t.throwsAsync(
    stranger.setUp(await link.connect(setUpPort), { serial, password, wifi: attic, broker }),
    { instanceOf: WishRefused },
    "even with the label in hand",
  );
  t.is(refusal?.reason, "owned-by-another");
  link.leave();

  const online = heard(at, "connected");
  const mistyped = { ...attic, password: "moved downstairs" };
  const wrong = await t.throwsAsync(at.setUp({ wifi: mistyped }), { instanceOf: WishRefused });
  t.is(wrong?.reason, "wifi-wrong-password");
  await at.setUp({ wifi: attic });
  await clock.until(online, "the unit is on its broker again");
  await clock.until(() => at.unit.listening().length === 0, "nothing listens");
});
