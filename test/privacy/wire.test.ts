/**
 * Everything that leaves a unit before anybody has agreed to anything, over virtual time: every connection
 * it dials, every message it publishes. An hour here; the day is `wire-day.long.test.ts`.
 */
import test from "ava";
import { type Home, openHome } from "./privacy-desk.ts";
import { capture, inNotice } from "./wire.ts";

let home: Home;
test.before(async () => {
  home = await openHome();
});
test.after.always(() => home?.close());

const hour = 3_600_000;

test.serial(
  "1 h before consent: nothing but what the map marks as needed, to nobody but whom the notice names",
  async (t) => {
    const { destinations, messages, bytes, unneeded } = await capture(t, home, hour);
    t.log(`${messages} messages, ${bytes} bytes, to ${destinations.join(", ")}`);
    t.deepEqual(unneeded, []);
    t.true(messages >= 55, "the unit was alive and spoke");
    t.deepEqual(destinations, inNotice);
  },
);

test.serial("control: a destination that the notice does not name is caught", async (t) => {
  const { destinations } = await capture(t, home, 180_000, {
    "update/update.ts": [
      "const mirror = this.options.mirrors[this.mirror % this.options.mirrors.length] as Mirror;",
      'const mirror = { ...(this.options.mirrors[0] as Mirror), host: "elsewhere.thirteen.test" };',
    ],
  });
  t.notDeepEqual(destinations, inNotice);
});

test.serial("control: a field that leaves without being agreed to is caught", async (t) => {
  const { unneeded } = await capture(t, home, 120_000, {
    "privacy/data-map.ts": [
      'if (datum.consent === "none" || permits(datum.consent)) kept[name] = value;',
      "kept[name] = value;",
    ],
  });
  t.deepEqual([...unneeded].sort(), ["state: humidity", "state: temperature"]);
});
