/**
 * Four ways to have everything deleted, each to its end: by the button, by the owner's order, by handing
 * the device on, and from the service alone (EN 303 645 5.11-1, 5.11-2, 5.11-4). After each the raw flash,
 * the broker's store, the service's store and the device's words are searched.
 */
import test, { type ExecutionContext } from "ava";
import { accessPointName, setUpPort } from "../../device/setup/set-up.ts";
import type { Desk } from "../../host-sim/desk/desk.ts";
import { WishRefused } from "../../host-sim/owner/owner-app.ts";
import { readReceipt } from "../../host-sim/owner/receipt.ts";
import {
  type Canary,
  canariesIn,
  canaryCount,
  plantCanaries,
} from "../../host-sim/sweep/canaries.ts";
import { flashOf, hold, type Sabotage, tapMs } from "../desk-fixture.ts";
import {
  anotherApp,
  type Home,
  liveAgain,
  messagesOf,
  openHome,
  receiptIn,
  retainedOf,
} from "./privacy-desk.ts";

let home: Home;
test.before(async () => {
  home = await openHome();
});
test.after.always(() => home?.close());

const wipeMs = 10_500;
const warnedMs = 7_500;

interface Life {
  readonly at: Desk;
  readonly canaries: readonly Canary[];
  /** Everything the device has said on its console. */
  readonly traces: string[];
}

/** The claimed unit with canaries, on its broker, everything optional agreed to and reported. */
async function fullLife(t: ExecutionContext, sabotage?: Sabotage): Promise<Life> {
  const flash = flashOf(home.claimed);
  const canaries = plantCanaries(flash);
  const at = await liveAgain(home, {
    image: flash.image(),
    ...(sabotage === undefined ? {} : { sabotage }),
  });
  const traces: string[] = [];
  at.unit.on("trace", (trace) => traces.push(JSON.stringify(trace)));
  t.teardown(() => at.unit.unplug());
  const { owner, keeper, papers } = home.desk;
  for (const purpose of ["climate", "diagnostics", "home-assistant"] as const)
    await owner.consent(papers.id, purpose, true);
  const kept = () =>
    keeper.rows(papers.id).some(({ body }) => "temperature" in body) &&
    keeper.rows(papers.id).some(({ topic }) => topic === "diagnostics");
  await home.clock.until(kept, "the service holds history and diagnostics");
  return { at, canaries, traces };
}

/** What is left of the owner, wherever she could be. */
async function leftOf({ at, canaries, traces }: Life): Promise<string[]> {
  const { keeper, papers } = home.desk;
  const image = at.unit.flash.image();
  return [
    ...canariesIn(image, canaries).map((name) => `flash: ${name}`),
    ...canariesIn(Buffer.from(traces.join("\n")), canaries).map((name) => `console: ${name}`),
    ...(await retainedOf(home.desk)).map((topic) => `broker: ${topic}`),
    ...keeper.rows(papers.id).map(({ topic }) => `service: ${topic}`),
  ];
}

/** It has restarted, and its button opens the set-up window: nobody owns it. */
async function isNew({ at }: Life): Promise<void> {
  await home.clock.until(() => at.unit.state === "running", "it is back");
  await hold(at, tapMs);
  await home.clock.until(() => at.unit.listening().length > 0, "a tap opens set-up");
}

async function restarts({ at }: Life): Promise<void> {
  let starts = 0;
  at.unit.on("trace", ({ room, event }) => {
    if (room === "device" && event === "started") starts++;
  });
  await home.clock.until(() => starts > 0, "it starts as new");
  await at.unit.idle();
}

test.serial(
  "the canaries are there before, so that finding none after says something",
  async (t) => {
    const flash = flashOf(home.claimed);
    const canaries = plantCanaries(flash);
    const sealed = canaries.filter(({ name }) => name.endsWith("sealed"));
    t.is(canaries.length - sealed.length, canaryCount);
    t.true(sealed.length >= 20, `${sealed.length} sealed forms`);
    t.deepEqual(
      canariesIn(flash.image(), canaries),
      sealed.map(({ name }) => name),
    );
  },
);

test.serial(
  "by the button: held until the lamp stays lit, everything is gone, and a receipt says so",
  async (t) => {
    const life = await fullLife(t);
    const messages = messagesOf(home.desk.owner);
    const back = restarts(life);
    await hold(life.at, wipeMs);
    await back;
    t.deepEqual(await leftOf(life), []);
    const receipt = receiptIn(home.desk, messages);
    t.like(receipt, { sub: home.desk.papers.id, cause: "button" });
    await isNew(life);
  },
);

test.serial(
  "by the button, let go while it warns: nothing is erased, and the lamp is as it was",
  async (t) => {
    const life = await fullLife(t);
    const before = life.at.unit.lamp;
    await hold(life.at, warnedMs);
    await home.clock.until(
      () => life.traces.some((trace) => trace.includes('"cancel"')),
      "cancelled",
    );
    t.is(life.at.unit.lamp, before);
    t.false(life.traces.some((trace) => trace.includes("wiped")));
    t.deepEqual(life.at.unit.listening(), [], "and no window is left open");
    await home.desk.owner.command(home.desk.papers.id, "still-mine", { lamp: true });
    await home.clock.until(() => life.at.unit.lamp, "it obeys its owner");
  },
);

test.serial("a button that is stuck at the start never wipes, however long", async (t) => {
  const life = await fullLife(t);
  life.at.unit.unplug();
  life.at.unit.press();
  await life.at.unit.plug();
  const end = home.clock.now() + 90_000;
  await home.clock.until(() => home.clock.now() > end, "a minute and a half");
  life.at.unit.release();
  t.false(life.traces.some((trace) => trace.includes('"room":"wipe"')));
  t.true(life.at.unit.state === "running");
});

test.serial("by the owner's order: everything is gone, and a receipt says so", async (t) => {
  const life = await fullLife(t);
  const messages = messagesOf(home.desk.owner);
  const back = restarts(life);
  await home.desk.owner.order(home.desk.papers.id, { cmd: "wipe", args: {} });
  await back;
  t.deepEqual(await leftOf(life), []);
  t.like(receiptIn(home.desk, messages), { cause: "order" });
  await isNew(life);
});

test.serial(
  "with the network down: the receipt is fetched by hand, the services are asked by the next owner's unit",
  async (t) => {
    const life = await fullLife(t);
    const { desk, clock } = home;
    const { keeper, papers, radio, owner } = desk;
    radio.setUpstream(false);
    t.teardown(() => radio.setUpstream(true));
    const back = restarts(life);
    await hold(life.at, wipeMs);
    await back;
    t.deepEqual(canariesIn(life.at.unit.flash.image(), life.canaries), []);
    t.true(keeper.rows(papers.id).length > 0, "the services could not be asked yet");

    await isNew(life);
    const link = await radio.join(accessPointName(papers.id));
    const text = await owner.fetchReceipt(await link.connect(setUpPort), papers);
    link.leave();
    t.like(readReceipt(text, desk.deviceAuthority.certificate, papers.id), { cause: "button" });

    radio.setUpstream(true);
    const history = () => keeper.rows(papers.id).some(({ body }) => "temperature" in body);
    t.true(history());
    await life.at.setUp();
    await clock.until(() => !history(), "the services erased what was before");
    await clock.until(
      () => life.traces.some((trace) => trace.includes("services-erased")),
      "and told the unit so",
    );
  },
);

test.serial(
  "handed on: the former owner can do nothing, the next one sees nothing, and nobody else gets it",
  async (t) => {
    const life = await fullLife(t);
    const { desk, clock } = home;
    const { owner, papers, broker } = desk;
    const heir = await anotherApp(home, `heir-${Date.now()}`);
    const thief = await anotherApp(home, `thief-${Date.now()}`);
    t.teardown(async () => {
      await heir.close();
      await thief.close();
      await desk.connectOwner();
    });
    const messages = messagesOf(owner);
    const back = restarts(life);
    await owner.handOn(papers.id, heir.publicKey);
    await back;
    t.deepEqual(await leftOf(life), []);
    t.like(receiptIn(desk, messages), { cause: "hand-over" });

    await isNew(life);
    const setUpBy = async (app: typeof heir) => {
      const link = await desk.radio.join(accessPointName(papers.id));
      try {
        const { serial, password } = papers;
        await app.setUp(await link.connect(setUpPort), {
          serial,
          password,
          wifi: { ssid: "Desk", password: "nine lamps, one door" },
          broker: { host: "broker.thirteen.test", port: 8883 },
        });
      } finally {
        link.leave();
      }
    };
    const refused = await t.throwsAsync(setUpBy(thief), { instanceOf: WishRefused });
    t.is(refused?.reason, "handed-to-another");
    await setUpBy(heir);
    for (const name of broker.granted(papers.id))
      if (name !== desk.keeper.app.name) await broker.withdraw(name, papers.id);
    await broker.grant(heir.name, papers.id);
    await heir.watch(papers.id);

    const sight = await heir.see(papers.id);
    t.deepEqual(
      sight.choices.map(({ granted, notice }) => [granted, notice]),
      [
        [false, undefined],
        [false, undefined],
        [false, undefined],
      ],
    );
    const events = sight.events.map(({ event }) => event);
    t.true(events.includes("claimed"));
    t.false(events.includes("consent-given"), "what the former owner did");
    t.false(events.includes("wiped"), "nor when she left");

    const before = messagesOf(owner);
    const lamp = life.at.unit.lamp;
    const refusals: string[] = [];
    const stop = broker.watch((event) => {
      if (event.type === "refused" && event.name === owner.name) refusals.push(event.reason);
    });
    // The broker hangs up on whoever publishes where it may not; the app would try for ever.
    void owner.command(papers.id, "mine-again", { lamp: !lamp }).catch(() => {});
    await clock.until(() => refusals.length > 0, "the broker refuses the former owner");
    await owner.close();
    stop();
    t.true(refusals.includes("not-granted"), refusals.join());
    const end = clock.now() + 5_000;
    await clock.until(() => clock.now() > end, "a while");
    t.is(life.at.unit.lamp, lamp);
    t.deepEqual(
      before.filter(({ topic }) => topic === "state"),
      [],
      "and she hears nothing",
    );
  },
);

test.serial(
  "from the service alone, for a device that is lost: nothing of it is held any more",
  async (t) => {
    const life = await fullLife(t);
    const { keeper, papers } = home.desk;
    life.at.unit.unplug();
    t.true(keeper.rows(papers.id).length > 0);
    keeper.erase(papers.id);
    t.deepEqual(keeper.rows(papers.id), []);
  },
);

test.serial(
  "control: a wipe that leaves the flash as it is, is found by its sealed canaries",
  async (t) => {
    const life = await fullLife(t, {
      "storage/areas.ts": [
        "    eraseWritten(ownerFlash);\n    return undefined;",
        "    return undefined;",
      ],
    });
    const back = restarts(life);
    await hold(life.at, wipeMs);
    await back;
    t.true(
      (await leftOf(life)).some((what) => what.startsWith("flash: ") && what.endsWith("sealed")),
    );
  },
);

test.serial(
  "control: a wipe that says no farewell leaves what the broker and the services hold",
  async (t) => {
    const life = await fullLife(t, {
      "wipe/farewell.ts": [
        "  const { link } = outlet;",
        "  const { link } = outlet; link?.stop();",
      ],
    });
    const back = restarts(life);
    await hold(life.at, wipeMs);
    await back;
    const left = await leftOf(life);
    t.true(
      left.some((what) => what.startsWith("broker: ")),
      left.join("; "),
    );
    t.true(
      left.some((what) => what.startsWith("service: ")),
      left.join("; "),
    );
  },
);
