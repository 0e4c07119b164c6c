/** Guards of guideline 10: what is recorded, what is noticed, and what is not taken for an attack. */
import type { Mutant } from "../mutant.ts";

const watch = (title: string) => ({ file: "test/watch.test.ts", title });
const room = (title: string) => ({ file: "test/rooms.test.ts", title: `telemetry: ${title}` });
const tampering = room("an entry taken out, changed, moved or forged");
const command = (title: string) => ({ file: "test/watch-command.test.ts", title });
const post = "host-sim/watch/broker-post.ts";
const chain = "device/telemetry/chain.ts";
const signals = "host-sim/watch/signals.ts";
const watcher = "host-sim/watch/watcher.ts";

const anomaly = "device/telemetry/anomaly.ts";
const rule = (title: string) => ({
  file: "test/rooms.test.ts",
  title: `telemetry/anomaly: ${title}`,
});
const attacked = (title: string) => ({ file: "test/anomaly.test.ts", title });

/** One for each rule of the device, and one for each response. */
const anomalies: readonly Mutant[] = (
  [
    ["guesses-unnoticed", "atLeast: 8,", "atLeast: 8_000,"],
    ["nonsense-unnoticed", "atLeast: 10,", "atLeast: 10_000,"],
    ["forged-orders-unnoticed", "atLeast: 5,", "atLeast: 5_000,"],
    ["forged-updates-unnoticed", 'event: "update-refused",', 'event: "update-offered",'],
    ["restarts-unnoticed", 'event: "safe-mode",', 'event: "safe-mode-left",'],
    ["a-strange-broker-unnoticed", "counts: isOdd,", "counts: () => false,"],
    ["a-flood-unnoticed", "atLeast: 120,", "atLeast: 120_000,"],
  ] as const
).map(([id, guard, broken]) => ({
  ...{ id: `on-the-device-${id}`, provisions: ["5.10-1"], file: anomaly, guard, broken },
  killedBy: rule("each attack of the list is noticed at the rule's count"),
}));

export const mutants: readonly Mutant[] = [
  ...anomalies,
  {
    id: "the-device-cries-wolf-at-who-comes-too-soon",
    provisions: ["5.10-1"],
    file: anomaly,
    guard: "counts: (reason) => guesses.includes(reason),",
    broken: "counts: () => true,",
    killedBy: rule("what networks, the unit's own state and people do is no anomaly"),
  },
  {
    id: "forged-orders-all-looked-at",
    provisions: ["5.10-1"],
    file: anomaly,
    guard: "if (due) this.orderAtMs = this.ticks();",
    broken: "",
    killedBy: rule("after forgeries one signed order a minute is looked at"),
  },
  {
    id: "guesses-noticed-and-not-answered",
    provisions: ["5.10-1"],
    file: "device/unit.ts",
    guard: 'if (response === "shut-set-up") this.setUp.close();',
    broken: "",
    killedBy: attacked("eight guesses shut the set-up window"),
  },
  {
    id: "nonsense-noticed-and-not-answered",
    provisions: ["5.10-1"],
    file: "device/unit.ts",
    guard: "heeds: (kind) => anomalies.heeds(kind),",
    broken: "",
    killedBy: attacked("node: after ten commands of nonsense"),
  },
  {
    id: "a-flood-noticed-and-not-answered",
    provisions: ["5.10-1"],
    file: "device/unit.ts",
    guard: 'if (response === "hang-up")',
    broken: 'if (response === "slow-orders")',
    killedBy: attacked("node: a flood of commands is hung up on"),
  },
  {
    id: "forged-updates-noticed-and-not-answered",
    provisions: ["5.10-1"],
    file: "device/update/update.ts",
    guard: "this.parts.putOff() ? dayMs : this.waitMs",
    broken: "this.waitMs",
    killedBy: { file: "test/rooms.test.ts", title: "update/moments: after an attack" },
  },
  {
    id: "a-watcher-that-may-order",
    provisions: ["5.6-7"],
    file: "host-sim/broker/topic-rules.ts",
    guard: '[role === "owner" && name.startsWith("watcher-") ? "watcher" : role]',
    broken: "[name ? role : role]",
    killedBy: {
      file: "test/broker/topic-rules.test.ts",
      title: "a watcher hears events and availability of what it is granted, and can order nothing",
    },
  },
  {
    id: "what-is-told-carries-no-marks",
    provisions: ["5.10-1"],
    file: "device/telemetry/journal.ts",
    guard: "        told = stored;\n",
    broken: "",
    killedBy: room("what is told carries the links of its chain"),
  },
  {
    id: "a-rewritten-journal-stays-unseen-at-the-service",
    provisions: ["5.10-1"],
    file: watcher,
    guard: "return after === before.sequence && prev !== before.mark;",
    broken: "return false;",
    killedBy: watch("flagged within 2: a journal whose newest entry was rewritten"),
  },
  {
    id: "nobody-notices-guessing",
    provisions: ["5.10-1"],
    file: signals,
    guard: 'counts: ({ event }) => event === "pairing-refused",',
    broken: 'counts: ({ event }) => event === "pairing-welcome",',
    killedBy: watch("flagged within 5: a stranger guesses the label's password"),
  },
  {
    id: "nobody-notices-forged-updates",
    provisions: ["5.10-1"],
    file: signals,
    guard: 'counts: ({ event }) => event === "update-refused",',
    broken: 'counts: ({ event }) => event === "update-offered",',
    killedBy: watch("flagged within 2: updates nobody released"),
  },
  {
    id: "one-guess-at-each-device-stays-unseen",
    provisions: ["5.10-1"],
    file: watcher,
    guard: 'if (!rule.fleet || unit === "broker") return;',
    broken: "if (rule) return;",
    killedBy: watch("flagged within 5: one guess at each of many devices"),
  },
  {
    id: "a-cut-journal-stays-unseen",
    provisions: ["5.10-1"],
    file: watcher,
    guard: "if (gap > fewMissing)",
    broken: "if (gap > 1_000_000)",
    killedBy: watch("flagged within 2: a journal with a piece cut out"),
  },
  {
    id: "cries-wolf-at-every-outage",
    provisions: ["5.10-1"],
    file: signals,
    guard: "!losses.includes(reason)",
    broken: 'reason !== "nothing"',
    killedBy: watch("silent over a clean week of fifty homes"),
  },
  {
    id: "a-changed-journal-stays-unseen",
    provisions: ["5.10-1"],
    file: chain,
    guard: "return mark === this.markOf(linked, this.key) && follows(entry, slots);",
    broken: "return follows(entry, slots);",
    killedBy: tampering,
  },
  {
    id: "a-journal-with-an-entry-taken-out-stays-unseen",
    provisions: ["5.10-1"],
    file: chain,
    guard: "return mark === this.markOf(linked, this.key) && follows(entry, slots);",
    broken: "return mark === this.markOf(linked, this.key);",
    killedBy: tampering,
  },
  {
    id: "entries-that-anybody-can-write",
    provisions: ["5.10-1"],
    file: chain,
    guard: "return entry.mark === undefined && entry.sequence <= this.since;",
    broken: "return true;",
    killedBy: tampering,
  },
  {
    id: "a-chain-of-loose-links",
    provisions: ["5.10-1"],
    file: "device/telemetry/journal.ts",
    guard: "        newest = stored;\n",
    broken: "",
    killedBy: tampering,
  },
  {
    id: "a-damaged-journal-told-to-nobody",
    provisions: ["5.10-1"],
    file: "device/device.ts",
    guard: 'if (!journal.whole && starts.news) journal.record("storage-damaged", "journal");',
    broken: "",
    killedBy: {
      file: "test/integrity.test.ts",
      title: "an entry taken out of the journal: the owner is told",
    },
  },
  {
    id: "the-watch-cries-wolf-at-its-own-outage",
    provisions: ["5.10-1"],
    file: post,
    guard: "    watcher.wasAway();\n",
    broken: "",
    killedBy: command("an outage of its own is not taken for a cut journal; control: a cut is"),
  },
  {
    id: "the-watch-takes-old-news-for-new",
    provisions: ["5.10-1"],
    file: post,
    guard: "if (retain) return undefined;",
    broken: "",
    killedBy: command("a cloned identity shows by its comings; what was retained is old news"),
  },
  {
    id: "the-watch-is-silent-on-units-it-cannot-hear",
    provisions: ["5.10-1"],
    file: post,
    guard: "if (denied.length > 0) throw new Fault(notGranted(post, denied));",
    broken: "",
    killedBy: command("a unit that is not granted is said, not left out"),
  },
  {
    id: "the-watch-hears-reports-too",
    provisions: ["6-4"],
    file: post,
    guard: 'const watched = ["event", "availability"] as const;',
    broken: 'const watched = ["event", "availability", "state"] as const;',
    killedBy: command("it asks for events and availability, and for no report"),
  },
];
