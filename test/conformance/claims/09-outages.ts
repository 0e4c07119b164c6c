import { type Claim, rooms, tests } from "../claim.ts";

export const claims: readonly Claim[] = [
  {
    provision: "5.9-1",
    design:
      "Every write is old or new at any cut of power; a link that falls comes back; a restart finds a whole unit.",
    reads: ["docs/adr/0001-storage-on-raw-flash.md", "device/storage/key-value.ts"],
    tests: [
      ...rooms(
        "storage: power is cut before, during and after every flash operation",
        "link: what the broker did not acknowledge is sent again after the loss",
      ),
      ...tests("set-up-cuts.long", "power cut at every flash operation of set-up"),
      ...tests("faults.long", "a day of mixed faults", "the same seed brings the same faults"),
    ],
  },
  {
    provision: "5.9-2",
    design:
      "The button and the lamp need no network; what has to be told waits within a limit and leaves in order.",
    reads: ["device/product/product.ts", "device/link/outbox.ts"],
    tests: [
      ...tests(
        "life",
        "the cable is out",
        "control: a unit that queues nothing while it is offline is caught",
      ),
      ...rooms("link: messages wait through an outage and leave in order"),
    ],
  },
  {
    provision: "5.9-3",
    design:
      "Decorrelated jitter from the first failure on, a longer floor after a refusal, one dial when the network returns.",
    reads: ["device/link/backoff.ts"],
    tests: [
      ...rooms(
        "link: backoff: a fleet that fell together comes back spread out",
        "link: when the network returns it dials at once, and only once",
      ),
      ...tests("storm.long", ""),
    ],
  },
  {
    provision: "CP9-proportion",
    design:
      "Each function has a statement of how much depends on it and which outage test holds it.",
    reads: ["docs/product/resilience.md"],
    tests: tests("documents/guides", "every function has its importance and a test of its outage"),
  },
];
