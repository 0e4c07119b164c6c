import test from "ava";
import { ClimateModel } from "../../host-sim/board/climate.ts";
import { RealClock, VirtualClock } from "../../host-sim/board/clock.ts";
import { pick, realEntropy, seededEntropy } from "../../host-sim/board/entropy.ts";

test("virtual timers fire in order of time, equal times in the order they were set", async (t) => {
  const clock = new VirtualClock();
  const fired: [string, number][] = [];
  const note = (name: string) => () => fired.push([name, clock.now()]);
  clock.after(30, note("c"));
  clock.after(10, note("a"));
  clock.after(30, note("d"));
  clock.after(20, note("b"));
  await clock.advance(29);
  t.deepEqual(fired, [
    ["a", 10],
    ["b", 20],
  ]);
  await clock.advance(1);
  t.deepEqual(fired.slice(2), [
    ["c", 30],
    ["d", 30],
  ]);
});

test("a timer set or cancelled by a timer counts within the same advance", async (t) => {
  const clock = new VirtualClock();
  const fired: number[] = [];
  const cancel = clock.after(50, () => t.fail("was cancelled"));
  clock.after(10, () => {
    cancel();
    const again = () => {
      fired.push(clock.now());
      if (fired.length < 3) clock.after(20, again);
    };
    clock.after(0, again);
  });
  await clock.advance(100);
  t.deepEqual(fired, [10, 30, 50]);
  t.is(clock.now(), 100);
});

test("the clock waits for the machines between two timers", async (t) => {
  const clock = new VirtualClock();
  const order: string[] = [];
  let work = Promise.resolve();
  const detach = clock.attach(() => work);
  clock.after(1, () => {
    work = new Promise((resolve) =>
      setTimeout(() => {
        order.push("worked off");
        resolve();
      }, 20),
    );
  });
  clock.after(2, () => order.push("next timer"));
  await clock.advance(5);
  t.deepEqual(order, ["worked off", "next timer"]);
  detach();
});

test("thirty virtual days take no time, and the wall follows", async (t) => {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  let hours = 0;
  const hourly = () => {
    hours++;
    clock.after(3_600_000, hourly);
  };
  clock.after(3_600_000, hourly);
  await clock.advance(30 * 86_400_000);
  t.is(hours, 720);
  t.is(clock.wall(), Date.UTC(2026, 0, 31));
});

test("a real timer fires, and a cancelled one does not", async (t) => {
  const clock = new RealClock();
  clock.after(1, () => t.fail("was cancelled"))();
  const before = clock.now();
  await new Promise<void>((resolve) => clock.after(15, resolve));
  t.true(clock.now() - before >= 14);
  // Longer than Node's timers can wait: must not fire at once.
  const far = clock.after(2 ** 33, () => t.fail("fired early"));
  await new Promise<void>((resolve) => clock.after(10, resolve));
  far();
});

test("seeded entropy repeats, real entropy does not, and neither is biased in its lengths", (t) => {
  const a = seededEntropy(1);
  const b = seededEntropy(1);
  t.deepEqual([...a(5), ...a(70)], [...b(70), ...b(5)]);
  t.notDeepEqual(seededEntropy(2)(32), seededEntropy(1)(32));
  t.notDeepEqual(realEntropy(32), realEntropy(32));
  const counts = [0, 0, 0, 0, 0];
  for (let index = 0; index < 5000; index++) counts[pick(a, 5)]!++;
  t.true(
    counts.every((count) => count > 850 && count < 1150),
    counts.join(" "),
  );
});

test("the climate swings over a day and holds still when it is set", async (t) => {
  const clock = new VirtualClock();
  const climate = new ClimateModel(clock);
  const night = climate.sample();
  await clock.advance(43_200_000);
  const noon = climate.sample();
  t.true(noon.temperature > night.temperature && noon.humidity < night.humidity);
  climate.set({ temperature: 40, humidity: 0.9 });
  t.deepEqual(climate.sample(), { temperature: 40, humidity: 0.9 });
  climate.set(undefined);
  t.deepEqual(climate.sample(), noon);
});
