import { type Claim, rooms, tests } from "../claim.ts";

export const claims: readonly Claim[] = [
  {
    provision: "5.8-1",
    design:
      "Personal data leaves under TLS to the owner's broker only; topic names carry a random id and nothing else.",
    reads: ["device/link/topics.ts", "device/privacy/data-map.ts"],
    tests: tests("secrets", "no secret leaves with traces, page, broker, errors or air"),
  },
  {
    provision: "5.8-2",
    design: "There is no plaintext path to fall back to: without a verified peer nothing is sent.",
    reads: ["device/link/link.ts"],
    tests: rooms("link: nothing is written before the peer is verified"),
  },
  {
    provision: "5.8-3",
    design:
      "The sensors of the product are listed with what they sense and where it goes, from the data map.",
    reads: ["docs/product/sensors.md"],
    tests: tests("documents/guides", "every sensor the product is given is in the document"),
  },
  {
    provision: "6-1",
    design:
      "The privacy notice is generated from the data map, which is also what the publisher's type is made of.",
    reads: ["docs/product/telemetry.md", "device/privacy/data-map.ts"],
    tests: [
      ...rooms(
        "privacy: every datum says what it is for, by what right, for whom and for how long",
      ),
      ...tests("privacy/wire", ""),
    ],
  },
  {
    provision: "6-2",
    design:
      "Optional purposes are off until the owner says yes to each, with the version of the notice recorded.",
    reads: ["device/privacy/consent.ts", "device/privacy/data-map.ts"],
    tests: [
      ...rooms(
        "privacy/consent: everything optional is off until it is asked for",
        "privacy/consent: each purpose is chosen alone, and kept with the notice",
        "privacy: before consent nothing leaves but what is needed",
        "privacy: a purpose lets its own data out and no other's",
      ),
      ...tests(
        "privacy/consent",
        "each purpose lets its own data out",
        "a child's device keeps everything optional off",
        "control: a purpose that is on before anybody asked is caught",
      ),
    ],
  },
  {
    provision: "6-3",
    design:
      "Withdrawal takes the same step as giving, empties what waits, and asks services to erase.",
    reads: ["device/privacy/consent.ts", "device/privacy/outlet.ts"],
    tests: [
      ...rooms(
        "privacy/consent: withdrawn is as easy as given, and stays on the record",
        "privacy/consent: a record that cannot be read is no agreement",
      ),
      ...tests(
        "privacy/consent",
        "withdrawn: the flow stops",
        "withdrawn while the network is down",
        "neither a restart nor an update changes a choice",
        "control: withdrawal that only changes the record is caught",
      ),
    ],
  },
  {
    provision: "6-6",
    design: "Each datum has a retention; the journal and the outbox are bounded.",
    reads: ["device/telemetry/journal.ts", "device/link/outbox.ts"],
    tests: rooms("telemetry: the journal is bounded: the oldest goes first"),
  },
  {
    provision: "6-7",
    design:
      "What is needed as a count is counted on the device; alike events are counted, not sent.",
    reads: ["device/telemetry/journal.ts"],
    tests: rooms("telemetry: a storm of one event is counted, not written"),
  },
  {
    provision: "6-8",
    design:
      "Nothing is called anonymous: reports go to the owner, under an id that names no person.",
    reads: ["device/privacy/data-map.ts", "docs/limits.md"],
    tests: tests("provisioning/serial", "neither serials nor ids count up, repeat or follow"),
  },
  {
    provision: "CP8-third-parties",
    design: "The recipients of the data map are all there are; nothing else is dialled.",
    reads: ["device/privacy/data-map.ts"],
    tests: [
      ...rooms("link: it dials the broker it was given, by the name it must prove"),
      ...tests("privacy/wire", ""),
    ],
  },
];
