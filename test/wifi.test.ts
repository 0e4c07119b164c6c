/**
 * What can be wrong with a Wi-Fi, each told apart from the radio to the sentence on the owner's page, and
 * none of it kept (EN 303 645 5.12-1); and a router that changed, without a wipe.
 */
import test from "ava";
import { adviceFor } from "../host-sim/desk/advice.ts";
import { type Desk, home, openDesk } from "../host-sim/desk/desk.ts";
import { nodeEngine } from "../host-sim/engine/node-engine.ts";
import { WishRefused } from "../host-sim/owner/owner-app.ts";
import { inspect } from "../host-sim/sweep/inspect.ts";
import {
  copyOf,
  deskWith,
  heard,
  hold,
  longPressMs,
  sabotaged,
  TimeLapse,
  tapMs,
} from "./desk-fixture.ts";

const clock = new TimeLapse();
let desk: Desk;

test.before(async () => {
  desk = await openDesk({ engine: nodeEngine, clock });
});

test.after.always(async () => {
  await desk?.close();
  clock.stop();
});

const attic = { ssid: "Attic", password: "moved upstairs" };

/** Unplugged again with the test. */
async function newUnit(firmware?: string): Promise<Desk> {
  const at = deskWith(desk, copyOf(desk.unit.flash), firmware === undefined ? {} : { firmware });
  await at.unit.plug();
  return at;
}

async function openWindow(at: Desk, ms = tapMs): Promise<void> {
  await hold(at, ms);
  await clock.until(() => at.unit.listening().length > 0, "the set-up window opens");
}

/** What stands in the way of the owner's first set-up, and takes it away again. */
const troubles: Readonly<
  Record<string, { set: () => () => void; wifi: typeof attic; advice: RegExp }>
> = {
  "wifi-wrong-password": {
    set: () => () => {},
    wifi: { ssid: home.ssid, password: "not the password" },
    advice: /the Wi-Fi password is wrong/,
  },
  "wifi-not-found": { set: () => () => {}, wifi: attic, advice: /does not see this Wi-Fi/ },
  "wifi-too-weak": {
    set: () => network({ signal: -91 }),
    wifi: attic,
    advice: /too faintly/,
  },
  "wifi-no-address": {
    set: () => network({ addresses: false }),
    wifi: attic,
    advice: /got no address/,
  },
  "broker-not-reached": {
    set() {
      desk.radio.setUpstream(false);
      return () => desk.radio.setUpstream(true);
    },
    wifi: { ...home },
    advice: /connected to the internet/,
  },
};

function network(air: { signal?: number; addresses?: boolean }): () => void {
  desk.radio.addNetwork({ SSID: attic.ssid, password: attic.password, ...air });
  return () => desk.radio.removeNetwork(attic.ssid);
}

for (const [reason, { set, wifi, advice }] of Object.entries(troubles))
  test.serial(`${reason}: told by the device, said on the page, and nothing is kept`, async (t) => {
    const at = await newUnit();
    const clear = set();
    t.teardown(() => at.unit.unplug());
    t.teardown(clear);
    await openWindow(at);
    const error = await t.throwsAsync(at.setUp({ wifi }), { instanceOf: WishRefused });
    t.is(error?.reason, reason);
    t.regex(adviceFor(error).text, advice);
    t.is(inspect(at.unit.flash).claim, undefined, "nobody owns it");
    clear();
    // The window is still open, and the same owner simply tries again.
    const online = heard(at, "connected");
    await at.setUp();
    await clock.until(online, "the unit is on its broker");
  });

test.serial(
  "control: without the check, a service that is not there is found out later",
  async (t) => {
    const firmware = await sabotaged({
      "device/setup/adoption.ts": [
        'if (result === "ready") this.reach(granted, attempt);',
        'if (result === "ready") this.parts.onClaimed(granted);',
      ],
    });
    const at = await newUnit(firmware);
    desk.radio.setUpstream(false);
    t.teardown(() => at.unit.unplug());
    t.teardown(() => desk.radio.setUpstream(true));
    await openWindow(at);
    await t.notThrowsAsync(at.setUp());
  },
);

test.serial(
  "a router that changed: the owner's new Wi-Fi replaces the old, and all else stays",
  async (t) => {
    const at = await newUnit();
    t.teardown(() => at.unit.unplug());
    await openWindow(at);
    await at.setUp();
    await clock.until(() => at.unit.listening().length === 0, "the set-up window closes");
    const before = inspect(at.unit.flash);
    t.teardown(network({}));
    await openWindow(at, longPressMs);

    const faint = { ssid: "Cellar", password: "far too deep down" };
    desk.radio.addNetwork({ SSID: faint.ssid, password: faint.password, signal: -95 });
    t.teardown(() => desk.radio.removeNetwork(faint.ssid));
    const weak = await t.throwsAsync(at.setUp({ wifi: faint }), { instanceOf: WishRefused });
    t.is(weak?.reason, "wifi-too-weak");
    t.is(inspect(at.unit.flash).claim, before.claim, "the old Wi-Fi is kept until a new one works");

    await at.setUp({ wifi: attic });
    const after = inspect(at.unit.flash);
    const expected = { ...JSON.parse(before.claim ?? "{}"), wifi: attic };
    t.deepEqual(JSON.parse(after.claim ?? "{}"), expected, "owner and broker are the same");
    t.is(
      after.system.get("owner-key"),
      before.system.get("owner-key"),
      "and so is their key: no wipe",
    );
    await clock.until(() => at.unit.listening().length === 0, "nothing listens any more");
  },
);
