import { type Claim, rooms, tests } from "../claim.ts";

export const claims: readonly Claim[] = [
  {
    provision: "5.10-1",
    design:
      "Security events go to a journal in flash and to the owner; rules on the device and a watcher at the service look for what deviates.",
    reads: [
      "device/telemetry/journal.ts",
      "device/telemetry/chain.ts",
      "device/telemetry/anomaly.ts",
      "host-sim/watch/signals.ts",
    ],
    tests: [
      ...rooms(
        "telemetry: an event survives a restart, and numbering goes on",
        "telemetry: a storm of one event is counted, not written",
        "telemetry: an entry taken out, changed, moved or forged shows at the next start",
        "telemetry: power cut at any flash operation of a record leaves a chain that is whole",
        "telemetry/anomaly: each attack of the list is noticed at the rule's count",
        "telemetry/anomaly: what networks, the unit's own state and people do is no anomaly",
      ),
      ...tests("anomaly", ""),
      ...tests(
        "watch",
        "flagged within",
        "silent over a clean week",
        "control: an attack in that week",
        "the rules on the devices are silent over that week",
      ),
      ...tests(
        "watch-command",
        "an attack is a line of JSON",
        "a quiet day is silent",
        "an outage of its own",
      ),
    ],
  },
  {
    provision: "6-4",
    design:
      "Only fields of the data map pass; they carry no serial, no address and no free text of the owner's.",
    reads: ["device/privacy/data-map.ts"],
    tests: rooms("privacy: what the data map does not hold does not leave"),
  },
  {
    provision: "6-5",
    design: "The telemetry page is generated from the map that the encoder uses.",
    reads: ["docs/product/telemetry.md", "device/privacy/data-map.ts"],
    tests: rooms(
      "privacy: every datum says what it is for, by what right, for whom and for how long",
    ),
  },
  {
    provision: "CP10-monitor",
    design: "The security journal is watched, and the notice says so.",
    reads: ["docs/product/telemetry.md"],
    tests: [
      ...tests("watch", "flagged within", "silent over a clean week"),
      ...tests("documents/guides", "every field of the data map is on the telemetry page"),
    ],
  },
];
