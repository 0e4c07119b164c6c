/**
 * The guides, carried out: each step that a guide names is done or seen at a desk, in the guide's
 * order. A step that names nothing we can do or see fails here.
 */
import test from "ava";
import { brokerName, type Desk, home, openDesk } from "../../host-sim/desk/desk.ts";
import { nodeEngine } from "../../host-sim/engine/node-engine.ts";
import deletion from "../../provisioning/documents/data/deletion-guide.json" with { type: "json" };
import setUp from "../../provisioning/documents/data/set-up-guide.json" with { type: "json" };
import { claim, heard, hold, TimeLapse, tapMs } from "../desk-fixture.ts";
import { bytesForms, found, textForms, wifiNeedles } from "../needles.ts";

const clock = new TimeLapse();
let desk: Desk;
let restarted = () => false;
let online = () => false;

test.before(async () => {
  desk = await openDesk({ engine: nodeEngine, clock, updating: false });
});

test.after.always(async () => {
  await desk?.close();
  clock.stop();
});

const seen = (what: string, condition: () => boolean) => clock.until(condition, what);

function lampToggles(): Promise<void> {
  const before = desk.unit.lamp;
  return hold(desk, tapMs).then(() => seen("the lamp obeys", () => desk.unit.lamp !== before));
}

/** What each word of a guide means at the desk. Throws when it does not come true. */
const steps: Readonly<Record<string, () => Promise<void>>> = {
  async plug() {
    await desk.unit.plug();
    await seen("nothing listens by itself", () => desk.unit.listening().length === 0);
  },
  async press() {
    online = heard(desk, "connected");
    await hold(desk, tapMs);
    await seen("the set-up window opens", () => desk.unit.listening().length > 0);
  },
  async "set-up"() {
    await desk.setUp();
  },
  "see-connected": () => seen("the unit reaches its broker", () => online()),
  "see-closed": () => seen("the window is closed", () => desk.unit.listening().length === 0),
  async "order-wipe"() {
    await desk.connectOwner();
    restarted = () => false;
    let starts = 0;
    desk.unit.on("trace", ({ room, event }) => {
      if (room === "device" && event === "started") starts++;
    });
    restarted = () => starts > 0;
    await desk.owner.order(desk.papers.id, { cmd: "wipe", args: {} });
  },
  "see-restart": () => seen("the device restarts", () => restarted()),
  "see-unclaimed": async () => {
    const reached = heard(desk, "connected");
    await hold(desk, tapMs);
    await seen("its button opens set-up again", () => desk.unit.listening().length > 0);
    if (reached()) throw new Error("it is on the former owner's broker");
  },
  async "see-nothing-left"() {
    await seen("the device restarts", () => restarted());
    const traces = [
      ...wifiNeedles(home),
      ...textForms("broker", brokerName),
      ...bytesForms("owner's key", desk.owner.publicKey),
    ];
    const left = found(desk.unit.flash.image(), traces);
    if (left.length > 0) throw new Error(`still in the flash: ${left.join(", ")}`);
  },
  async "new-owner-sets-up"() {
    if (desk.unit.listening().length === 0) await steps.press!();
    online = heard(desk, "connected");
    await desk.setUp();
    await steps["see-connected"]!();
    await steps["see-closed"]!();
  },
  async "unplug-network"() {
    desk.radio.removeNetwork(home.ssid);
  },
  "press-works": lampToggles,
  async "order-wipe-later"() {
    desk.radio.addNetwork({ SSID: home.ssid, password: home.password });
  },
  async recycle() {},
};

async function carryOut(list: readonly { readonly do: string; readonly text: string }[]) {
  for (const { do: word, text } of list) {
    const step = steps[word];
    if (!step) throw new Error(`"${text}" is a step (${word}) that nobody can carry out`);
    await step();
  }
}

test.serial("the set-up guide's steps, carried out, end in the secure baseline", async (t) => {
  await carryOut(setUp.steps);
  t.true(desk.owned());
  t.deepEqual(desk.unit.listening(), []);
  const link = await desk.radio.join(home.ssid, home.password);
  t.deepEqual(await link.scan(), [], "no port in the owner's network");
  t.deepEqual(desk.radio.air, [home.ssid], "no network of its own");
});

test.serial("the guide's steps, carried out, delete the owner's data", async (t) => {
  if (!desk.owned()) await carryOut(setUp.steps);
  const sell = deletion.journeys.find(({ id }) => id === "sell");
  const needles = wifiNeedles(home);
  t.true(found(desk.unit.flash.image(), needles).length === 0, "sealed, even before");
  await carryOut(sell!.steps);
  t.true(desk.owned());
  const whole = deletion.journeys.flatMap(({ steps: list }) => list.map(({ do: word }) => word));
  t.deepEqual(
    whole.filter((word) => !(word in steps)),
    [],
    "every journey can be carried out",
  );
  t.deepEqual(
    deletion.journeys.map(({ id }) => id),
    ["sell", "delete", "leave", "dispose"],
  );
});

test.serial("leaving a service: the lamp goes on by its button", async (t) => {
  if (!desk.owned()) await claim(desk, clock);
  await carryOut(deletion.journeys.find(({ id }) => id === "leave")!.steps);
  t.pass();
});

test.serial("control: a step that nobody can carry out is found", async (t) => {
  await t.throwsAsync(carryOut([{ do: "dance", text: "Dance." }]), {
    message: /nobody can carry out/,
  });
});
