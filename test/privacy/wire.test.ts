/**
 * Everything that leaves a unit before anybody has agreed to anything, over virtual time: every connection
 * it dials, every message it publishes. One hour in npm test; a day:
 * `npx ava test/privacy/wire.test.ts --timeout=20m -- --hours=24`
 */
import test, { type ExecutionContext } from "ava";
import { dataMap } from "../../device/privacy/data-map.ts";
import type { Datum } from "../../device/privacy/datum.ts";
import { mirrors } from "../../device/update/endpoint.ts";
import { brokerName } from "../../host-sim/desk/desk.ts";
import { deskWith, flashOf, heard, type Sabotage, sabotaged } from "../desk-fixture.ts";
import { type Home, openHome } from "./privacy-desk.ts";

const hours = Number(
  process.argv.find((word) => word.startsWith("--hours="))?.slice("--hours=".length) ?? 1,
);
const stepMs = 2_000;

let home: Home;
test.before(async () => {
  home = await openHome();
});
test.after.always(() => home?.close());

interface Captured {
  readonly destinations: readonly string[];
  readonly messages: number;
  readonly bytes: number;
  /** Fields that the map lets out only by agreement, or not at all. */
  readonly unneeded: readonly string[];
}

/** The address that the notice gives for a recipient; see `docs/privacy/notice.en.md`. */
const inNotice = [brokerName, ...mirrors.map(({ host }) => host)];

async function capture(
  t: ExecutionContext,
  lengthMs: number,
  sabotage?: Sabotage,
): Promise<Captured> {
  const { desk, clock, claimed } = home;
  const firmware = sabotage && (await sabotaged(sabotage));
  const at = deskWith(desk, flashOf(claimed), firmware === undefined ? {} : { firmware });
  t.teardown(() => at.unit.unplug());
  const destinations = new Set<string>();
  const unneeded = new Set<string>();
  let messages = 0;
  let bytes = 0;
  at.unit.on("dial", ({ host }) => destinations.add(host));
  at.unit.on("bytes", (passed) => {
    if (passed.way === "out") bytes += passed.bytes;
  });
  const stop = desk.broker.watch((event) => {
    if (event.type !== "published" || event.name !== desk.papers.id) return;
    messages++;
    for (const what of beyondNeed(event.topic, event.payload)) unneeded.add(what);
  });
  const online = heard(at, "connected");
  await at.unit.plug();
  await clock.until(online, "online");
  const end = clock.now() + lengthMs;
  // Long steps while nothing happens; sockets get their turns in between.
  while (clock.now() < end) {
    await clock.advance(stepMs);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  stop();
  return { destinations: [...destinations].sort(), messages, bytes, unneeded: [...unneeded] };
}

/** What of a message is not marked in the map as needed. */
function beyondNeed(topic: string, payload: Uint8Array): string[] {
  const leaf = topic.split("/").pop() ?? "";
  const text = Buffer.from(payload).toString();
  if (leaf === "availability") return ["online", "offline", ""].includes(text) ? [] : [text];
  const map: Readonly<Record<string, Datum>> = dataMap;
  const sentBy = (datum: Datum) => datum.sent.some((channel) => channel === leaf);
  return Object.keys(JSON.parse(text))
    .filter((name) => {
      const datum = map[name];
      return datum === undefined || datum.consent !== "none" || !sentBy(datum);
    })
    .map((name) => `${leaf}: ${name}`);
}

test.serial(
  `${hours} h before consent: nothing but what the map marks as needed, to nobody but whom the notice names`,
  async (t) => {
    const { destinations, messages, bytes, unneeded } = await capture(t, hours * 3_600_000);
    t.log(`${messages} messages, ${bytes} bytes, to ${destinations.join(", ")}`);
    t.deepEqual(unneeded, []);
    t.true(messages >= hours * 55, "the unit was alive and spoke");
    for (const host of destinations) t.true(inNotice.includes(host), host);
    t.true(destinations.includes(brokerName));
  },
);

test.serial("control: a field that leaves without being agreed to is caught", async (t) => {
  const { unneeded } = await capture(t, 120_000, {
    "privacy/data-map.ts": [
      'if (datum.consent === "none" || permits(datum.consent)) kept[name] = value;',
      "kept[name] = value;",
    ],
  });
  t.deepEqual([...unneeded].sort(), ["state: humidity", "state: temperature"]);
});
