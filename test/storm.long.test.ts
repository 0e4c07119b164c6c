/**
 * A fleet that loses its broker, or gets its power back, in one moment (EN 303 645 5.9-3). Ten thousand
 * links on a virtual clock are a model: it is held against whole units on a real broker here.
 */
import test from "ava";
import { nodeEngine } from "../host-sim/engine/node-engine.ts";
import { blows, faultsOf, storm } from "../host-sim/fleet/storm/storm.ts";
import { openStreet } from "../host-sim/fleet/street.ts";
import { TimeLapse } from "./desk-fixture.ts";

/** The whole list, at 10,000 units, is `npm run fleet -- --storm`. */
const fleetOf = (devices: number) => ({ devices, ceiling: devices / 20, seed: 7 });
const [power, restart, shortly] = blows;

for (const [devices, blow] of [
  [4_000, shortly!],
  [2_000, power!],
  [2_000, restart!],
] as const)
  test.serial(`${devices} units, ${blow.name}: under the ceiling, all back in time`, (t) => {
    const figures = storm(fleetOf(devices), blow);
    t.log(JSON.stringify(figures));
    t.deepEqual(faultsOf(figures), []);
    t.is(figures.mostDials, 1, "nobody was sent away");
  });

test.serial("control: without jitter, and without a spread, the ceiling is broken", (t) => {
  const small = { devices: 2_000, ceiling: 100, seed: 7 };
  t.deepEqual(faultsOf(storm(small, restart!)), []);
  const alike = storm({ ...small, jitter: false }, restart!);
  t.is(alike.peakDialsPerSecond, 2_000, "everybody in one second");
  t.true(faultsOf(alike).length > 0);
  // What the firmware did before: a second and jitter up to three.
  const narrow = storm({ ...small, spreadS: 3 }, restart!);
  t.true(narrow.peakDialsPerSecond > 500, `${narrow.peakDialsPerSecond}`);
});

test.serial(
  "a broker that takes too few is no reason to starve: its ceiling holds, all come back",
  (t) => {
    const figures = storm({ devices: 2_000, ceiling: 20, seed: 7 }, restart!);
    t.true(figures.peakConnectsPerSecond <= 20, "the broker's own ceiling");
    t.true(figures.turnedAway > 0);
    t.is(figures.back, 2_000);
  },
);

/** When each unit dials after the blow, s. */
interface Dialled {
  readonly afterLoss: readonly number[];
  readonly afterPower: readonly number[];
}

const spreadS = 60;

async function realDials(devices: number): Promise<Dialled> {
  const clock = new TimeLapse(50);
  const street = await openStreet({ engine: nodeEngine, devices, clock, spreadS });
  const first = new Map<string, number>();
  for (const { id, unit } of street.residents)
    unit.on("dial", () => first.set(id, first.get(id) ?? clock.now()));
  /** The first dials since `atMs`, once everybody is online. */
  const dialsSince = async (act: () => Promise<unknown>) => {
    const online = Promise.all(street.residents.map(({ id }) => street.online(id)));
    const atMs = clock.now();
    first.clear();
    await act();
    await online;
    return [...first.values()].map((dialledAt) => (dialledAt - atMs) / 1_000);
  };
  try {
    const afterPower = await dialsSince(() =>
      Promise.all(street.residents.map(({ unit }) => unit.plug())),
    );
    // Half a minute, so that the connections count as held.
    await clock.until(elapsed(clock, 35_000), "half a minute");
    const afterLoss = await dialsSince(() => street.broker.restart());
    return { afterLoss, afterPower };
  } finally {
    await street.close();
    clock.stop();
  }
}

function elapsed(clock: TimeLapse, ms: number): () => boolean {
  const end = clock.now() + ms;
  return () => clock.now() >= end;
}

/** Kolmogorov-Smirnov distance of a sample from the uniform distribution over `from` … `to`. */
function distance(sample: readonly number[], from: number, to: number): number {
  const sorted = [...sample].sort((one, other) => one - other);
  const share = (value: number) => Math.min(1, Math.max(0, (value - from) / (to - from)));
  return Math.max(
    ...sorted.map((value, index) =>
      Math.max(
        Math.abs(share(value) - index / sorted.length),
        Math.abs(share(value) - (index + 1) / sorted.length),
      ),
    ),
  );
}

/** One sample in a thousand lies further off (asymptotically 1.95 / √n). */
const furthest = (n: number) => 1.95 / Math.sqrt(n);

test.serial("the model dials as whole units do on a real broker", async (t) => {
  const devices = 50;
  const { afterLoss, afterPower } = await realDials(devices);
  t.is(afterLoss.length, devices);
  t.is(afterPower.length, devices);
  // The model's distribution is uniform over the spread; so must the units' be, from start (with a
  // second for boot and Wi-Fi) and from the loss (from one second on).
  const limit = furthest(devices);
  t.log({ afterPower: distance(afterPower, 1, 61), afterLoss: distance(afterLoss, 1, 60), limit });
  t.true(distance(afterPower, 1, spreadS + 1) < limit);
  t.true(distance(afterLoss, 1, spreadS) < limit);
  const model = storm({ devices, ceiling: 500, seed: 3, spreadS }, restart!);
  t.true(Math.max(...afterLoss) <= model.boundS);
  t.true(distance(afterLoss, 1, 3) > limit, "control: they are not the old one to three seconds");
});
