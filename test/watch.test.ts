/**
 * The watcher flags each staged attack of a list within the stated number of events, and stays silent
 * over a clean week of fifty homes (EN 303 645 5.10-1).
 * What happens when a rule is switched off: `conformance/mutants/telemetry.ts`.
 * The attacks are traces; that a real device under attack leaves such traces is the last test.
 */
import test from "ava";
import { Anomalies } from "../device/telemetry/anomaly.ts";
import type { SecurityEvent } from "../device/telemetry/journal.ts";
import { type Desk, openDesk } from "../host-sim/desk/desk.ts";
import { nodeEngine } from "../host-sim/engine/node-engine.ts";
import { attacks } from "../host-sim/scenario/attacks.ts";
import { guess, openWindow } from "../host-sim/scenario/intruders.ts";
import type { Observed } from "../host-sim/watch/signals.ts";
import { type Flag, observedOf, Watcher } from "../host-sim/watch/watcher.ts";
import { generatePassword } from "../provisioning/set-up-password.ts";
import { claim, TimeLapse } from "./desk-fixture.ts";
import { prng } from "./prng.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const start = Date.UTC(2026, 10, 1);
const unitName = (index: number) => `unit${index}`;

/** Ordinary life of fifty homes for a week: reports, outages, mistakes, an update, a broker restart. */
function* cleanWeek(seed = 10): Generator<Observed> {
  const random = prng(seed);
  const chance = (one: number) => random() < 1 / one;
  const units = Array.from({ length: 50 }, (_, index) => ({ unit: unitName(index), sequence: 0 }));
  const says = (one: (typeof units)[number], atMs: number, event: string, reason?: string) => ({
    ...{ atMs, type: "published" as const, unit: one.unit, event, sequence: ++one.sequence },
    ...(reason === undefined ? {} : { reason }),
  });
  for (let atMs = start; atMs < start + 7 * day; atMs += minute)
    for (const [index, one] of units.entries()) {
      yield { atMs, type: "published", unit: one.unit };
      const since = atMs - start;
      if (since === 3 * day) {
        // The broker restarts: all of them come back.
        yield { atMs, type: "disconnected", unit: one.unit };
        yield { atMs, type: "connected", unit: one.unit };
      }
      if (since === 4 * day + index * minute) yield says(one, atMs, "update-confirmed");
      if (since === 4 * day + index * minute && index === 7)
        yield says(one, atMs, "update-rolled-back", "product");
      // A router restarts, and the unit tries a few times; about once a day.
      if (chance(1_440)) {
        yield { atMs, type: "disconnected", unit: one.unit };
        for (let retry = 0; retry < 12; retry++)
          yield says(one, atMs, "link-refused", "not-reached");
        yield { atMs, type: "connected", unit: one.unit };
      }
      // The plug is pulled; the supply sags; somebody mistypes; an old app sends what it should not.
      if (chance(5_000)) yield { atMs, type: "connected", unit: one.unit };
      if (chance(20_000)) yield says(one, atMs, "reset", "brown-out");
      if (chance(10_000)) {
        yield says(one, atMs, "set-up-opened");
        yield says(one, atMs, "pairing-refused", "not-proved");
        yield says(one, atMs, "set-up-closed");
      }
      if (chance(10_000)) yield says(one, atMs, "command-refused", "bad-field");
    }
}

interface Staged {
  readonly name: string;
  /** What the watcher must call it, and of whom. */
  readonly signal: Flag["signal"];
  readonly about: string;
  /** Flagged within so many events. */
  readonly within: number;
  readonly event: (index: number) => Omit<Observed, "atMs">;
  readonly everyMs: number;
}

const victim = unitName(3);
const told = (event: string, reason?: string) => () => ({
  ...{ type: "published" as const, unit: victim, event },
  ...(reason === undefined ? {} : { reason }),
});

const staged: readonly Staged[] = [
  [
    "a stranger guesses the label's password",
    "guessing",
    5,
    told("pairing-refused", "not-proved"),
    minute,
  ],
  [
    "orders with a forged signature",
    "forged-orders",
    2,
    told("command-refused", "wrong-signature"),
    minute,
  ],
  ["an order played back", "forged-orders", 2, told("command-refused", "replayed"), 10 * minute],
  [
    "nonsense in the command topic",
    "refused-commands",
    10,
    told("command-refused", "not-json"),
    minute,
  ],
  [
    "updates nobody released",
    "update-attack",
    2,
    told("update-refused", "wrong-signature"),
    6 * hour,
  ],
  ["a device that is made to crash", "restarts", 3, told("reset", "exception"), 5 * minute],
  ["a broker taken over", "strange-broker", 3, told("link-refused", "reserved-type"), 5 * minute],
  [
    "settings changed in the flash",
    "damage",
    1,
    told("storage-damaged", "identity damaged"),
    minute,
  ],
  [
    "another unit's topics",
    "foreign-topics",
    2,
    () => ({ type: "refused" as const, unit: victim, reason: "topic" }),
    minute,
  ],
  ["a flood of reports", "flood", 60, () => ({ type: "published" as const, unit: victim }), 500],
  [
    "a cloned identity",
    "comes-and-goes",
    8,
    () => ({ type: "connected" as const, unit: victim }),
    minute,
  ],
  [
    "a journal with a piece cut out",
    "missing-events",
    2,
    (index: number) => ({ ...told("reset", "restart")(), sequence: index === 0 ? 2_000 : 2_020 }),
    minute,
  ],
  [
    "a journal whose newest entry was rewritten",
    "broken-chain",
    2,
    (index: number) => ({
      ...told("reset", "restart")(),
      ...{ sequence: 2_000 + index, after: 1_999 + index },
      ...{ prev: `${index}`.repeat(16), mark: "a".repeat(16) },
    }),
    minute,
  ],
  ["an attack that the device itself has answered", "device-alarm", 1, told("anomaly"), minute],
  [
    "a journal begun anew",
    "missing-events",
    2,
    (index: number) => ({ ...told("reset", "restart")(), sequence: index === 0 ? 2_000 : 1 }),
    minute,
  ],
].map(([name, signal, within, event, everyMs]) => ({
  ...{ name, signal, within, event, everyMs, about: victim },
})) as unknown as readonly Staged[];

const onMany: readonly Staged[] = [
  {
    name: "one guess at each of many devices",
    signal: "guessing",
    about: "fleet",
    within: 5,
    event: (index) => ({
      ...{ type: "published", unit: unitName(index), event: "pairing-refused" },
    }),
    everyMs: minute,
  },
  {
    name: "one forged release at each of many devices",
    signal: "update-attack",
    about: "fleet",
    within: 5,
    event: (index) => ({ type: "published", unit: unitName(index), event: "update-refused" }),
    everyMs: minute,
  },
  {
    name: "strangers at the broker",
    signal: "strangers",
    about: "broker",
    within: 20,
    event: () => ({ type: "refused", reason: "untrusted-certificate" }),
    everyMs: 1_000,
  },
];

/** A watcher that has seen a quiet hour of the fleet. */
function settled(): Watcher {
  const watcher = new Watcher();
  for (let index = 0; index < 100; index++)
    watcher.observe({ atMs: start, type: "connected", unit: unitName(index) });
  return watcher;
}

for (const { name, signal, about, within, event, everyMs } of [...staged, ...onMany])
  test(`flagged within ${within}: ${name}`, (t) => {
    const watcher = settled();
    const flags: Flag[] = [];
    let took = 0;
    while (!flags.some((flag) => flag.signal === signal && flag.about === about) && took < 100) {
      const atMs = start + hour + took * everyMs;
      flags.push(...watcher.observe({ ...event(took), atMs }));
      took++;
    }
    t.true(took <= within, `${took} events, ${within} allowed`);
    t.true(flags.every((flag) => flag.signal === signal || flag.signal === "refused-commands"));
  });

test("silent over a clean week of fifty homes", (t) => {
  const watcher = new Watcher();
  const flags: Flag[] = [];
  let events = 0;
  let incidents = 0;
  for (const seen of cleanWeek()) {
    flags.push(...watcher.observe(seen));
    events++;
    if (seen.event !== undefined || seen.type !== "published") incidents++;
  }
  t.log(`${events} events of ${watcher.known} units, ${incidents} of them out of the ordinary`);
  t.true(incidents > 2_000);
  t.true(events > 500_000);
  t.deepEqual(flags, []);
});

test("control: an attack in that week is not lost among the rest", (t) => {
  const watcher = new Watcher();
  const flags: Flag[] = [];
  for (const seen of cleanWeek()) {
    flags.push(...watcher.observe(seen));
    const since = seen.atMs - start;
    if (seen.unit === victim && since >= 5 * day && since < 5 * day + 5 * minute && !seen.event)
      flags.push(...watcher.observe({ ...told("pairing-refused")(), atMs: seen.atMs }));
  }
  t.deepEqual(
    flags.map(({ signal, about }) => [signal, about]),
    [["guessing", victim]],
  );
});

/** What the devices themselves take for an attack in that week, with a command a minute for each. */
function alarmsIn(week: Iterable<Observed>): string[] {
  let nowMs = start;
  const alarms: string[] = [];
  const units: Record<string, Anomalies> = {};
  for (const { unit = "", event, reason, atMs } of week) {
    nowMs = atMs;
    units[unit] ??= new Anomalies(
      () => nowMs,
      (anomaly) => alarms.push(`${unit} ${anomaly}`),
    );
    units[unit]?.see((event ?? "command") as SecurityEvent, reason);
  }
  return alarms;
}

test("the rules on the devices are silent over that week; control: guessing in it is not", (t) => {
  t.deepEqual(alarmsIn(cleanWeek()), []);
  const guessed = function* (): Generator<Observed> {
    for (const seen of cleanWeek()) {
      yield seen;
      const since = seen.atMs - start - 5 * day;
      if (seen.unit === victim && since >= 0 && since < 9 * minute && !seen.event)
        yield { ...told("pairing-refused", "not-proved")(), atMs: seen.atMs };
    }
  };
  t.deepEqual(alarmsIn(guessed()), [`${victim} guessing`]);
});

test("of one thing it speaks once an hour, and it knows no value of any report", (t) => {
  const watcher = settled();
  const flags: Flag[] = [];
  for (let index = 0; index < 50; index++)
    flags.push(...watcher.observe({ ...told("pairing-refused")(), atMs: start + index * minute }));
  t.is(flags.length, 1);
  const payload = Buffer.from(
    '{"lamp":true,"temperature":21,"event":"x","times":-1,"sequence":"2"}',
  );
  const published = { type: "published", name: "a", payload, retain: false } as const;
  t.deepEqual(observedOf({ ...published, topic: "units/a/state" }, 0), {
    ...{ atMs: 0, type: "published", unit: "a" },
  });
  t.deepEqual(observedOf({ ...published, topic: "units/a/event" }, 0), {
    ...{ atMs: 0, type: "published", unit: "a", event: "x" },
  });
});

test.serial("a real device that is guessed at and lied to is flagged", async (t) => {
  const clock = new TimeLapse();
  const desk: Desk = await openDesk({ engine: nodeEngine, clock });
  t.teardown(async () => {
    await desk.close();
    clock.stop();
  });
  const watcher = new Watcher();
  const flags: Flag[] = [];
  desk.broker.watch((event) => {
    const seen = observedOf(event, clock.wall());
    if (seen) flags.push(...watcher.observe(seen));
  });
  await desk.unit.plug();
  await claim(desk, clock);
  await desk.connectOwner();
  t.deepEqual(flags, [], "setting up is no attack");
  for (const name of ["forged-wipe", "replayed-order"])
    await attacks.find((one) => one.name === name)!.run(desk);
  await clock.until(() => flags.some(({ signal }) => signal === "forged-orders"), "forgery");
  await openWindow(desk);
  // Of what is alike within a minute the device writes one, and tells the number with the next.
  for (let count = 0; count < 8; count++) await guess(desk, generatePassword());
  await new Promise<void>((resolve) => void clock.after(minute, resolve));
  await guess(desk, generatePassword());
  await clock.until(() => flags.some(({ signal }) => signal === "guessing"), "guessing", hour);
  t.deepEqual([...new Set(flags.map(({ about }) => about))], [desk.papers.id]);
});
