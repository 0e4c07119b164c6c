/** A virtual day of `wire.ts`: half a minute on an idle machine. Its controls are in `wire.test.ts`. */
import test from "ava";
import { openHome } from "./privacy-desk.ts";
import { capture, inNotice } from "./wire.ts";

const hours = 24;

test(`${hours} h before consent: nothing but what the map marks as needed, to nobody but whom the notice names`, async (t) => {
  const home = await openHome();
  t.teardown(() => home.close());
  const { destinations, messages, bytes, unneeded } = await capture(t, home, hours * 3_600_000);
  t.log(`${messages} messages, ${bytes} bytes, to ${destinations.join(", ")}`);
  t.deepEqual(unneeded, []);
  t.true(messages >= hours * 55, "the unit was alive and spoke");
  t.deepEqual(destinations, inNotice);
});
