/** When the client looks, whom it asks, and when it restarts: the real client, in a played network. */
import type { UpdateWish } from "../../device/commands/command.ts";
import type { Platform, TLSOptions } from "../../device/platform/platform.ts";
import { decodeText } from "../../device/platform/text.ts";
import type { Identity } from "../../device/storage/identity.ts";
import { openKeyValue } from "../../device/storage/key-value.ts";
import { type Offer, writeOffer } from "../../device/update/offer.ts";
import type { QuietHours, Severity } from "../../device/update/policy.ts";
import type { Slots } from "../../device/update/slots.ts";
import { Updates } from "../../device/update/update.ts";
import { FakePlatform } from "../fake-platform.ts";
import { NorModel } from "../nor-model.ts";
import type { Case } from "../suite.ts";
import { Repository } from "./repository.ts";
import { ed25519Signer } from "./signers.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** 2027-01-15 12:00 UTC, seconds. */
const noon = 1_800_014_400;
const sha256 = "5a".repeat(32);

interface Facts {
  readonly quiet?: QuietHours;
  readonly supportEnd?: string;
  readonly hosts?: readonly string[];
  /** A release that waits in the spare slot. */
  readonly waits?: Severity;
}

let root: string | undefined;
const firstRoot = () => {
  root ??= decodeText(new Repository(ed25519Signer, noon).firstRoot) as string;
  return root;
};

class Bench {
  readonly fake = new FakePlatform();
  /** Who was dialled, and when (ms). Nobody answers. */
  readonly dials: { host: string; at: number }[] = [];
  readonly events: string[] = [];
  installs = 0;
  atRest = true;
  unsent = 0;
  putOff = false;
  wish: (wish: UpdateWish) => void = () => {};

  constructor({
    quiet = { from: 60, to: 300 },
    supportEnd = "2031-10-31",
    hosts = ["a"],
    waits,
  }: Facts) {
    const { fake } = this;
    const bench = this;
    const system = openKeyValue(new NorModel(8));
    if (waits) {
      const offer: Offer = {
        sha256,
        counter: 7,
        version: "1.2.0",
        why: "Mends a fault.",
        risk: "None.",
        severity: waits,
        offeredAt: noon,
      };
      writeOffer(system, offer);
    }
    const spare = { status: () => ({ size: 1 << 20, blockLength: 4096 }), close() {} };
    const platform = {
      ...fake.platform,
      flash: { open: () => spare },
      network: {
        ...fake.platform.network,
        TLS: class {
          constructor({ host }: TLSOptions) {
            bench.dials.push({ host, at: fake.ticks });
            throw new Error("nobody is there");
          }
        },
      },
    } as unknown as Platform;
    const slots = { floor: 1, verdict: undefined, waiting: waits && { sha256 } };
    new Updates(
      {
        platform,
        slots: slots as unknown as Slots,
        system,
        install: () => void this.installs++,
        identity: undefined,
        time: { now: () => noon + Math.floor(fake.ticks / 1000), raise() {} },
        journal: {
          record: (event, reason) => void this.events.push(`${event} ${reason}`),
          entries: () => [],
          whole: true,
        },
        version: "1.0.0",
        quiet: () => quiet,
        atRest: () => this.atRest,
        unsent: () => this.unsent,
        putOff: () => this.putOff,
        listen: (onWish) => {
          this.wish = onWish;
        },
      },
      { id: "unit", anchors: [] } as unknown as Identity,
      {
        root: firstRoot(),
        product: "T13-LAMP-1",
        supportEnd,
        mirrors: hosts.map((host) => ({ host, port: 443, path: "/" })),
      },
    );
  }
}

export const cases: Readonly<Record<string, Case>> = {
  "a unit that was off for long looks for updates within two minutes of its start (5.3-5)": (
    check,
  ) => {
    const { fake, dials } = new Bench({});
    fake.pass(29_000);
    check.equal(dials.length, 0, "a street that comes back does not ask as one");
    fake.pass(91_000);
    check.ok(dials.length > 0);
  },

  "a mirror that is away: the next is asked at once; when all are, the wait grows and ends": (
    check,
  ) => {
    const { fake, dials } = new Bench({ hosts: ["a", "b", "c"] });
    fake.pass(10 * 24 * hourMs);
    check.equal(
      dials.slice(0, 6).map(({ host }) => host),
      ["a", "b", "c", "a", "b", "c"],
    );
    const gaps = dials.slice(1).map(({ at }, index) => at - (dials[index]?.at ?? 0));
    const inRound = gaps.filter((_, index) => index % 3 !== 2);
    const between = gaps.filter((_, index) => index % 3 === 2);
    check.ok(inRound.every((ms) => ms <= 2_000));
    check.ok(
      between.every((ms) => ms >= 2 * minuteMs && ms <= 6 * hourMs),
      JSON.stringify(between),
    );
    check.ok(between.length > 30, "and it never gives up");
    check.ok((between[8] ?? 0) > (between[0] ?? 0));
  },

  "after an attack the next look comes a day later, unless its owner asks": (check) => {
    const usual = new Bench({});
    usual.fake.pass(24 * hourMs);
    const bench = new Bench({});
    bench.putOff = true;
    bench.fake.pass(24 * hourMs);
    check.equal(bench.dials.length, 1);
    check.ok(usual.dials.length > 4, "otherwise it asks again within hours");
    bench.wish("check");
    bench.fake.pass(1_000);
    check.equal(bench.dials.length, 2, "she has asked");
    bench.putOff = false;
    bench.fake.pass(24 * hourMs);
    check.ok(bench.dials.length > 2, "and it goes on");
  },

  "by itself it restarts in the owner's quiet hours and not before, a critical update too": (
    check,
  ) => {
    // 14:00 to 15:00, two hours from now.
    const quiet = { from: 14 * 60, to: 15 * 60 };
    for (const waits of ["routine", "critical"] as const) {
      const bench = new Bench({ quiet, waits });
      bench.fake.pass(119 * minuteMs);
      check.equal(bench.installs, 0, "it is not yet time");
      check.ok(bench.events.includes("update-waiting quiet-hours"), "its owner is told");
      bench.fake.pass(3 * minuteMs);
      check.equal(bench.installs, 1, waits);
      check.ok(bench.events.includes("update-installing 1.2.0"), "and told before the restart");
    }
  },

  "never with the lamp lit: not in quiet hours, not when its owner says now, not when it is overdue":
    (check) => {
      const bench = new Bench({ waits: "critical" });
      bench.atRest = false;
      bench.wish("install");
      bench.fake.pass(3 * 24 * hourMs);
      check.equal(bench.installs, 0);
      bench.atRest = true;
      bench.fake.pass(2 * minuteMs);
      check.equal(bench.installs, 1, "as soon as it is off");
    },

  "somebody switches the lamp on in the last two seconds: it waits": (check) => {
    const bench = new Bench({ waits: "routine" });
    bench.fake.pass(10_000);
    bench.wish("install");
    bench.fake.pass(1_000);
    bench.atRest = false;
    bench.fake.pass(hourMs);
    check.equal(bench.installs, 0);
  },

  "what the owner has not heard yet leaves before the restart, and a broker that takes nothing does not keep it away":
    (check) => {
      const bench = new Bench({ waits: "routine" });
      bench.fake.pass(10_000);
      // The lamp has just been switched off: its state is on its way.
      bench.unsent = 2;
      bench.wish("install");
      bench.fake.pass(5_000);
      check.equal(bench.installs, 0, "it waits for the broker's acknowledgement");
      bench.unsent = 0;
      bench.fake.pass(200);
      check.equal(bench.installs, 1, "and not a moment longer");

      const deaf = new Bench({ waits: "routine" });
      deaf.fake.pass(10_000);
      deaf.unsent = 2;
      deaf.wish("install");
      deaf.fake.pass(9_000);
      check.equal(deaf.installs, 0);
      deaf.fake.pass(2_000);
      check.equal(deaf.installs, 1, "ten seconds are enough");
    },

  "an owner may put it off, and not for ever: a broker cannot keep an update away": (check) => {
    const bench = new Bench({ waits: "critical" });
    for (let hour = 0; hour < 23; hour++) {
      bench.wish("postpone");
      bench.fake.pass(hourMs);
    }
    check.equal(bench.installs, 0, "put off for a day");
    bench.wish("postpone");
    bench.fake.pass(2 * hourMs);
    check.equal(bench.installs, 1, "and no longer");
  },

  "support that has ended is said after each start, and updates are looked for all the same": (
    check,
  ) => {
    const ended = new Bench({ supportEnd: "2027-01-14" });
    check.equal(ended.events, ["support-ended 2027-01-14"]);
    ended.fake.pass(2 * minuteMs);
    check.ok(ended.dials.length > 0);
    check.equal(new Bench({ supportEnd: "2027-01-15" }).events, [], "not on its last day");
  },
};
