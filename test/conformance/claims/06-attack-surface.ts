import { type Claim, rooms, tests } from "../claim.ts";

export const claims: readonly Claim[] = [
  {
    provision: "5.6-1",
    design:
      "Nothing listens, except during the set-up window, on one port of the unit's own access point.",
    reads: ["device/access/interfaces.ts", "device/setup/set-up.ts", "docs/threat-model.md"],
    tests: [
      ...tests(
        "attacks",
        "a new unit listens on nothing",
        "in set-up it listens on one port, in its own network only",
        "claimed and connected, it listens on nothing",
      ),
      ...rooms("setup/window: before the button and after five minutes nothing listens"),
      ...tests(
        "surface",
        "unclaimed",
        "set-up: the window is open",
        "claimed: its network",
        "moving: in use",
        "wiped: as on the first day",
        "control: an interface that is only in the list is missed",
      ),
    ],
  },
  {
    provision: "5.6-2",
    design:
      "Before proof of the password a caller learns that the device is busy, slow or refuses: no version, no serial, no owner.",
    reads: ["device/access/frames.ts", "device/access/pairing.ts"],
    tests: [
      ...rooms(
        "access/pairing: bytes that are no frames are refused; damage of our own says so without more",
        "setup/window: a second caller is told that the device is busy",
      ),
      ...tests("surface", "set-up: the window is open; a stranger hears refusals and nothing else"),
    ],
  },
  {
    provision: "5.6-3",
    design:
      "Each board's file lists the pins it uses; what is exposed on a real board is for its maker to confirm.",
    reads: ["docs/boards.md", "device/platform/boards"],
    tests: [],
    needs: { what: "hardware", why: "exposed contacts are seen on a board" },
  },
  {
    provision: "5.6-4",
    design:
      "A release build has no console, no core dump on the serial port and no debugger; the release settings are asserted.",
    reads: ["device/platform/boards", "docs/boards.md"],
    tests: tests("fork/release-check", "development settings are named one by one"),
  },
  {
    provision: "5.6-5",
    design:
      "The modules of the firmware are an allow-list; one service exists and it is the set-up window.",
    reads: ["device/access/interfaces.ts", "manifest.json", "biome.json"],
    tests: [
      ...tests("imports", "the tree as it is: every arrow points the right way"),
      ...tests(
        "surface",
        "claimed: its network, its broker, its updates, and nothing that listens",
      ),
    ],
  },
  {
    provision: "5.6-6",
    design:
      "The bundle holds what is imported and nothing else, within a budget; imports follow an allow-list.",
    reads: ["host-sim/runtime/bundle.ts", "biome.json"],
    tests: [
      ...tests("imports", "each wrong arrow is red in each form"),
      ...tests("host-sim/unit-bundle", "the firmware's bundle is one es2021 script"),
    ],
  },
  {
    provision: "5.6-7",
    design:
      "A product gets a lamp, a sensor and publish, and imports nothing else; at the broker a unit has its own four topics.",
    reads: ["device/product/capabilities.ts", "host-sim/broker/topic-rules.ts"],
    tests: [
      ...tests("imports", "the tree as it is: every arrow points the right way"),
      ...tests("broker/topic-rules", "whatever the topic, what is allowed is exactly one's own"),
      ...tests("confinement", ""),
    ],
  },
  {
    provision: "5.6-8",
    design: "ESP-IDF's memory protection stays on in the release settings.",
    reads: ["device/platform/boards"],
    tests: [],
    needs: {
      what: "hardware",
      why: "memory protection is the chip's, and a simulator cannot show it",
    },
  },
  {
    provision: "5.6-9",
    design:
      "Every change runs checks, tests, negative controls and fuzzing; decisions are written down; the threat model has a date.",
    reads: [".ci/run", "docs/adr/README.md", "docs/threat-model.md", "CHANGELOG.md"],
    tests: tests("conformance/mutants", "every mutant's guard is there exactly once"),
    needs: { what: "organisation", why: "a development process is people's, over time" },
  },
];
