import { type JoinResult, Station } from "../../device/setup/wifi.ts";
import { FakePlatform } from "../fake-platform.ts";
import type { Case } from "../suite.ts";

const wifi = { ssid: "Home", password: "correct horse" };

function bench() {
  const fake = new FakePlatform();
  const told: string[] = [];
  const station = new Station(
    fake.platform,
    () => told.push("ready"),
    () => told.push("lost"),
  );
  return { fake, told, station };
}

export const stationCases: Readonly<Record<string, Case>> = {
  "a network is joined once, and joined again when it is lost"(check) {
    const { fake, told, station } = bench();
    station.keep(wifi);
    fake.pass(20);
    check.equal(told, ["ready"]);
    fake.radio(0, "lost");
    check.equal(told, ["ready", "lost"]);
    fake.pass(5_000);
    check.equal(told, ["ready", "lost", "ready"]);
  },
  "a network that stays away is tried for ever, ever less often"(check) {
    const { fake, told, station } = bench();
    fake.air = "not-found";
    station.keep(wifi);
    fake.pass(600_000);
    const early = fake.joined.length;
    fake.pass(600_000);
    check.ok(early >= 10 && fake.joined.length - early >= 8, `${early} then ${fake.joined.length}`);
    check.ok(fake.joined.length < 80, "no spinning");
    check.equal(told, []);
    fake.air = "ready";
    fake.pass(61_000);
    check.equal(told, ["ready"]);
  },
  "a radio that never answers is given up after half a minute and tried again"(check) {
    const { fake, station } = bench();
    fake.air = "silent";
    station.keep(wifi);
    fake.pass(29_999);
    check.equal(fake.joined.length, 1);
    fake.pass(5_000);
    check.equal(fake.joined.length, 2);
  },
  "set-up hears how one attempt went, and nothing is retried behind its back"(check) {
    for (const air of ["ready", "wrong-password", "not-found", "no-address"] as const) {
      const { fake, station } = bench();
      fake.air = air;
      const results: JoinResult[] = [];
      station.tryJoin(wifi, (result) => results.push(result));
      fake.pass(300_000);
      check.equal(results, [air]);
      check.equal(fake.joined.length, 1);
    }
  },
  "an attempt leaves the old network, and what it joined can be kept without joining again"(check) {
    const { fake, told, station } = bench();
    station.keep(wifi);
    fake.pass(20);
    station.tryJoin({ ssid: "New", password: "" }, () =>
      station.keep({ ssid: "New", password: "" }),
    );
    fake.pass(20);
    check.equal(told, ["ready", "lost", "ready"]);
    check.equal(fake.joined, ["Home", "New"]);
    station.leave();
    check.equal(told, ["ready", "lost", "ready", "lost"]);
    fake.pass(300_000);
    check.equal(fake.joined.length, 2, "left means left");
  },
};
