/** When a device looks for updates: soon after each start, then daily with jitter, also after failures. */
import test from "ava";
import type { Identity } from "../../device/storage/identity.ts";
import { openKeyValue } from "../../device/storage/key-value.ts";
import { type UpdateParts, Updates } from "../../device/update/update.ts";
import { FakePlatform } from "../fake-platform.ts";

const hourMs = 3_600_000;

/** Hours since the start at which it looked, in a week in which no look succeeds. */
function looks(shift: number): number[] {
  const fake = new FakePlatform();
  fake.platform.random(shift);
  const at: number[] = [];
  const trace = (room: string, event: string) => {
    if (room === "update" && event === "looking") at.push(fake.ticks / hourMs);
  };
  const parts: UpdateParts = {
    platform: { ...fake.platform, trace },
    slots: { floor: 0, verdict: undefined, waiting: undefined } as unknown as UpdateParts["slots"],
    system: openKeyValue(fake.flash.system),
    install: () => {},
    identity: undefined,
    time: { now: () => 1_800_000_000, raise: () => {} },
    journal: { record: () => {}, entries: () => [] } as unknown as UpdateParts["journal"],
    version: "0.1.0",
    quiet: () => ({ from: 60, to: 300 }),
    atRest: () => true,
    unsent: () => 0,
    putOff: () => false,
    listen: () => {},
  };
  const options = {
    root: "no root that anybody signed",
    product: "T13-LAMP-1",
    supportEnd: "2031-10-31",
    mirrors: [{ host: "updates.thirteen.test", port: 443, path: "/" }],
  } as unknown as ConstructorParameters<typeof Updates>[2];
  new Updates(parts, {} as Identity, options);
  fake.pass(7 * 24 * hourMs);
  return at;
}

test("it looks within a minute and a half of the start, then every day, also when it fails", (t) => {
  const at = looks(0);
  t.true(at[0]! >= 30 / 3600 && at[0]! <= 90 / 3600, `first after ${at[0]} h`);
  t.true(at.length >= 6, `${at.length} looks in a week`);
  for (let index = 1; index < at.length; index++)
    t.true(at[index]! - at[index - 1]! <= 26, "never more than a day and a bit between two");
});

test("devices that start together do not look together", (t) => {
  const first = Array.from({ length: 20 }, (_, index) => looks(index)[0]!);
  t.true(new Set(first.map((hours) => Math.round(hours * 3600))).size > 8);
});
