import { isOdd } from "../../device/link/link-limits.ts";
import {
  Anomalies,
  type AnomalyResponse,
  anomalyRules,
  slowOrderMs,
  watchedBy,
} from "../../device/telemetry/anomaly.ts";
import type { Journal, SecurityEvent } from "../../device/telemetry/journal.ts";
import type { Case } from "../suite.ts";

const minute = 60_000;
const hour = 60 * minute;

/** Rules on a clock that a case moves, and what they did. */
function bench() {
  let ticks = 5_000;
  const told: string[] = [];
  const answers: string[] = [];
  const anomalies = new Anomalies(
    () => ticks,
    (anomaly) => told.push(anomaly),
  );
  anomalies.onResponse = (response: AnomalyResponse, lastsMs) =>
    answers.push(`${response} ${lastsMs}`);
  const pass = (ms: number) => {
    ticks += ms;
  };
  return { anomalies, told, answers, pass };
}

/** What each rule is for: the attack, by events and reasons as the device records them, and how many it may take. */
const attacks: readonly (readonly [
  anomaly: string,
  event: SecurityEvent | "command",
  reason: string,
  everyMs: number,
  within: number,
])[] = [
  ["guessing", "pairing-refused", "not-proved", minute, 8],
  ["refused-commands", "command-refused", "not-json", 30_000, 10],
  ["forged-orders", "command-refused", "wrong-signature", minute, 5],
  ["refused-updates", "update-refused", "targets: wrong-signature", 6 * hour, 3],
  ["restarts", "safe-mode", "exception", minute, 1],
  ["odd-traffic", "link-refused", "reserved-type", 10 * minute, 3],
  ["flood", "command", "", 100, 120],
];

/** How many events it took; 1,000 for never. */
function eventsUntil([anomaly, event, reason, everyMs]: (typeof attacks)[number], slower = 1) {
  const { anomalies, told, pass } = bench();
  for (let count = 1; count < 1_000; count++) {
    anomalies.see(event, reason);
    if (told.includes(anomaly)) return count;
    pass(everyMs * slower);
  }
  return 1_000;
}

export const anomalyCases: Readonly<Record<string, Case>> = {
  "each attack of the list is noticed at the rule's count, and answered once"(check) {
    check.equal(
      attacks.map(([anomaly]) => anomaly),
      anomalyRules.map(({ anomaly }) => anomaly),
      "every rule has its attack",
    );
    for (const [index, attack] of attacks.entries()) {
      const rule = anomalyRules[index];
      check.equal(eventsUntil(attack), attack[4], attack[0]);
      const { anomalies, answers } = bench();
      for (let count = 0; count < (rule?.atLeast ?? 0); count++)
        anomalies.see(attack[1], attack[2]);
      check.equal(answers, [`${rule?.response} ${rule?.lastsMs}`], attack[0]);
      check.equal(anomalies.noticed, 1);
    }
  },
  "the same so slowly that it may be an accident is not taken for an attack"(check) {
    for (const [index, attack] of attacks.entries()) {
      const { withinMs = 0, atLeast = 0 } = anomalyRules[index] ?? {};
      if (atLeast > 1)
        check.equal(eventsUntil(attack, withinMs / attack[3] / (atLeast - 2)), 1_000, attack[0]);
    }
  },
  "what networks, the unit's own state and people do is no anomaly, however often"(check) {
    const { anomalies, told, pass } = bench();
    const ordinary: readonly (readonly [SecurityEvent, string])[] = [
      ["link-refused", "not-reached"],
      ["link-refused", "not-authorised"],
      ["link-refused", "server-unavailable"],
      ["link-refused", "silent"],
      ["link-refused", "connect-overdue"],
      ["command-refused", "safe-mode"],
      ["command-refused", "retained"],
      ["command-refused", "not-heeded"],
      ["command-refused", "expired"],
      ["pairing-refused", "too-soon"],
      ["pairing-refused", "bad-frame"],
      ["update-refused", "timestamp: expired"],
      ["reset", "brown-out"],
      ["reset", "power-on"],
      ["set-up-opened", ""],
      ["set-up-closed", ""],
      ["consent-given", "climate"],
      ["update-waiting", "in-use"],
    ];
    for (let count = 0; count < 500; count++) {
      for (const [event, reason] of ordinary) anomalies.see(event, reason);
      pass(1_000);
    }
    check.equal(told, []);
  },
  "a broker that breaks the protocol is odd, one that is away or strict is not"(check) {
    for (const reason of ["reserved-type", "bad-length", "expected-connack", "unexpected-packet"])
      check.equal(isOdd(reason), true, reason);
    for (const reason of ["lost", "not-reached", "identifier-rejected", "subscription-refused"])
      check.equal(isOdd(reason), false, reason);
  },
  "after nonsense only signed orders are heeded, until it is over or the owner has signed one"(
    check,
  ) {
    const nonsense = () => {
      const made = bench();
      check.equal(made.anomalies.heeds("product"), true);
      for (let count = 0; count < 10; count++) made.anomalies.see("command-refused", "bad-field");
      check.equal(made.anomalies.heeds("product"), false);
      check.equal(made.anomalies.heeds("update"), false);
      check.equal(made.anomalies.heeds("signed"), true, "the owner is");
      check.equal(made.anomalies.heeds("erased"), true, "the services are");
      return made;
    };
    const { anomalies, pass } = nonsense();
    pass(5 * minute - 1);
    check.equal(anomalies.heeds("product"), false);
    pass(1);
    check.equal(anomalies.heeds("product"), true, "it is over");
    const other = nonsense();
    other.anomalies.vouched();
    check.equal(other.anomalies.heeds("product"), true, "she is there");
  },
  "after forgeries one signed order a minute is looked at, for ten minutes"(check) {
    const { anomalies, pass } = bench();
    for (let count = 0; count < 5; count++) anomalies.see("command-refused", "replayed");
    let looked = 0;
    for (let second = 0; second < 600; second++) {
      if (anomalies.heeds("signed")) looked++;
      pass(1_000);
    }
    check.equal(looked, 600_000 / slowOrderMs);
    check.equal([anomalies.heeds("signed"), anomalies.heeds("signed")], [true, true]);
  },
  "the rules see what the journal counts without writing, and tell it in the journal once"(check) {
    const recorded: string[] = [];
    const journal: Journal = {
      record: (event, reason) => void recorded.push(`${event} ${reason}`),
      entries: () => [],
      whole: true,
    };
    const anomalies = new Anomalies(
      () => 0,
      (anomaly) => journal.record("anomaly", anomaly),
    );
    const watched = watchedBy(anomalies, journal);
    for (let count = 0; count < 8; count++) watched.record("pairing-refused", "not-proved");
    check.equal(watched.whole, true);
    check.equal(recorded.length, 9);
    check.equal(recorded[8], "anomaly guessing");
  },
};
