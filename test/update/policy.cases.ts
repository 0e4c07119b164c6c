/** Which releases are for this unit, and which moments are for a restart. */
import type { JsonObject } from "../../device/commands/strict-json.ts";
import type { VerifiedTarget } from "../../device/update/metadata/targets.ts";
import {
  compareVersions,
  judgeMoment,
  judgeRelease,
  type Moment,
  type Release,
  readRelease,
  type Standing,
  supportOf,
  type UnitFacts,
} from "../../device/update/policy.ts";
import type { Case } from "../suite.ts";
import { sampleDelta, sampleHash, sampleRelease } from "./sample-release.ts";

function target(change: JsonObject = {}, length = 1000): VerifiedTarget {
  const custom: JsonObject = {
    ...sampleRelease,
    ...change,
  };
  for (const name of Object.keys(change)) if (change[name] === null) delete custom[name];
  const digest = { algorithm: "sha256", value: new Uint8Array(32).fill(0xab) };
  return { path: "p", file: "f", length, digest, custom } as unknown as VerifiedTarget;
}

const unit: UnitFacts = {
  id: "0123456789abcdefghjkmnpqrs",
  product: "T13-LAMP-1",
  board: "desk",
  version: "1.2.2",
  floor: 6,
  slotBytes: 2000,
  givenUp: undefined,
  // Every unit draws 0: among the first of any ring.
  sha256: () => new Uint8Array(32),
};

/** What becomes of a release: "install", or why not. */
function verdict(change: JsonObject = {}, facts: Partial<UnitFacts> = {}, length = 1000): string {
  const release = readRelease(target(change, length));
  if (typeof release === "string") return release;
  const decision = judgeRelease(release, { ...unit, ...facts });
  return decision.do === "install" ? "install" : decision.reason;
}

const hour = 3600;
/** 12:00 UTC. */
const noon = 1_800_014_400;
const quiet = { from: 60, to: 300 };

function moment(standing: Partial<Standing>, change: Partial<Moment> = {}): string {
  const decision = judgeMoment(
    { severity: "routine", offeredAt: noon - hour, ...standing },
    { now: noon, quiet, atRest: true, ...change },
  );
  return decision.do === "install" ? "install" : decision.reason;
}

export const cases: Readonly<Record<string, Case>> = {
  "a release for this unit is taken; another product's or board's is not": (check) => {
    check.equal(verdict(), "install", "control");
    check.equal(verdict({ product: "T14-KETTLE-1" }), "wrong-product");
    check.equal(verdict({ board: "esp32c3" }), "wrong-board");
  },

  "nothing below the rollback floor, and no lower version, is installed again": (check) => {
    check.equal(verdict({ counter: 5 }), "old-version");
    check.equal(verdict({}, { version: "1.10.0" }), "old-version", "10 is more than 2");
    check.equal(verdict({ counter: 6 }), "current");
    check.equal(verdict({}, { version: "1.2.3" }), "current");
    check.equal(verdict({}, { givenUp: sampleHash }), "given-up-before");
    check.ok(compareVersions("1.9.0", "1.10.0") < 0);
    check.equal(compareVersions("1.9.0", "1.9.0"), 0);
  },

  "an image that does not fit a slot is refused before a byte of it is fetched": (check) => {
    check.equal(verdict({}, {}, 2001), "too-large");
    check.equal(verdict({}, {}, 2000), "install");
  },

  "a release that does not tell its user why, and what is at risk, is refused": (check) => {
    const text = { why: "w", risk: "r", severity: "critical" };
    check.equal(verdict({ text }), "install", "control");
    check.equal(verdict({ text: null }), "no-text");
    for (const wrong of [
      { ...text, why: " " },
      { ...text, risk: "" },
      { ...text, severity: "urgent" },
      { ...text, why: "x".repeat(281) },
      { why: "w", risk: "r" },
      { ...text, more: "m" },
    ])
      check.equal(
        verdict({ text: wrong as JsonObject }),
        "no-text",
        JSON.stringify(wrong).slice(0, 60),
      );
  },

  "a description with anything missing, strange or added is refused": (check) => {
    for (const wrong of [
      { v: 2 },
      { counter: 0 },
      { counter: 1.5 },
      { version: "1.2" },
      { kind: "script" },
      { support: { end: "2031-02-31" } },
      { support: { end: "never" } },
      { ring: { percent: 101 } },
      { ring: { percent: "100" } },
      { extra: true },
      { base: sampleHash },
    ])
      check.equal(verdict(wrong as JsonObject), "bad-description", JSON.stringify(wrong));
  },

  "a delta says what it applies to and what it becomes": (check) => {
    const delta = sampleDelta(1000);
    const release = readRelease(target(delta, 50)) as Release;
    check.equal([release.base, release.image.length], [sampleHash, 1000]);
    check.equal(readRelease(target({ ...delta, base: "ab" })), "bad-description");
    check.equal(
      readRelease(target({ ...delta, image: { length: 1000, sha256: "x" } })),
      "bad-description",
    );
  },

  "a ring is waited for, not refused": (check) => {
    check.equal(verdict({ ring: { percent: 0 } }), "ring", "a halted release");
    check.equal(verdict({ ring: { percent: 1 } }), "install");
    check.equal(
      verdict({ ring: { percent: 1 } }, { sha256: () => new Uint8Array(32).fill(255) }),
      "ring",
    );
  },

  "the lamp is on: no restart, however urgent, overdue or wanted": (check) => {
    for (const standing of [
      { severity: "critical", offeredAt: 0 },
      { wanted: true },
    ] as Partial<Standing>[]) {
      check.equal(moment(standing, { atRest: false }), "in-use");
      check.equal(moment(standing), "install", "control");
    }
  },

  "by itself it restarts in quiet hours, which may go over midnight": (check) => {
    check.equal(moment({}), "quiet-hours");
    check.equal(moment({}, { now: noon + 14 * hour }), "install", "02:00");
    check.equal(moment({}, { now: noon + 17 * hour }), "quiet-hours", "05:00");
    const late = { from: 22 * 60, to: 6 * 60 };
    check.equal(moment({}, { quiet: late, now: noon + 11 * hour }), "install", "23:00");
    check.equal(moment({}, { quiet: late, now: noon + 13 * hour }), "install", "01:00");
    check.equal(moment({}, { quiet: late }), "quiet-hours");
  },

  "an owner who says now is served at once; one who postpones is, within limits": (check) => {
    check.equal(moment({ wanted: true }), "install");
    const postponed = { postponedTo: noon + 14 * hour };
    check.equal(moment(postponed, { now: noon + 13.5 * hour }), "postponed", "in quiet hours too");
    check.equal(moment(postponed, { now: noon + 14.5 * hour }), "install");
    const forEver = { postponedTo: noon + 1e9 };
    check.equal(moment(forEver, { now: noon + 6 * 24 * hour }), "postponed");
    check.equal(moment(forEver, { now: noon + 7 * 24 * hour }), "install", "a week at most");
    const critical = { ...forEver, severity: "critical" } as const;
    check.equal(moment(critical, { now: noon + 22 * hour }), "postponed");
    check.equal(moment(critical, { now: noon + 23 * hour }), "install", "a day at most");
  },

  "a wait says when to look again: at least a second, at most an hour": (check) => {
    const decision = judgeMoment(
      { severity: "routine", offeredAt: noon },
      { now: noon + 13 * hour - 600, quiet, atRest: true },
    );
    check.equal(decision, { do: "wait", reason: "quiet-hours", retryAfterMs: 600_000 });
    const far = judgeMoment(
      { severity: "routine", offeredAt: noon },
      { now: noon, quiet, atRest: true },
    );
    check.equal(far.do === "wait" && far.retryAfterMs, 3_600_000);
  },

  "support ends at the end of its last day": (check) => {
    check.equal(supportOf("2027-01-15", 1_800_057_599), "supported");
    check.equal(supportOf("2027-01-15", 1_800_057_600), "ended");
  },
};
