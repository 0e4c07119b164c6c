import { type Claim, rooms, tests } from "../claim.ts";

export const claims: readonly Claim[] = [
  {
    provision: "5.11-1",
    design:
      "A wipe destroys the owner's key first and then erases the flash; cut short, it is finished at the next start.",
    reads: ["device/storage/areas.ts", "docs/product/deletion-guide.md"],
    tests: [
      ...rooms(
        "storage/areas: after the end of an owner the area is blank and the key is in no cell",
        "storage/areas: a cut at any point of that end leaves an owner or none",
        "wipe: power cut at every write of a wipe: finished at the next start",
      ),
      ...tests(
        "privacy/deletion",
        "the canaries are there before",
        "by the button: held until the lamp stays lit",
        "by the owner's order: everything is gone",
        "control: a wipe that leaves the flash as it is",
      ),
    ],
  },
  {
    provision: "5.11-2",
    design:
      "The wipe asks the services to delete and clears what the broker keeps, also after an outage.",
    reads: ["docs/product/deletion-guide.md"],
    tests: tests(
      "privacy/deletion",
      "with the network down",
      "from the service alone",
      "control: a wipe that says no farewell",
    ),
  },
  {
    provision: "5.11-3",
    design:
      "The deletion guide is executable: each of its steps is carried out against a simulated unit.",
    reads: ["docs/product/deletion-guide.md"],
    tests: tests("documents/steps", "the guide's steps, carried out, delete the owner's data"),
  },
  {
    provision: "5.11-4",
    design:
      "A receipt is signed after the erased flash was read back, and at no other time; the lamp warns before, and stops after.",
    reads: ["device/wipe/receipt.ts", "docs/product/deletion-guide.md"],
    tests: [
      ...rooms(
        "wipe: a wipe is done when the flash was read back",
        "wipe: a receipt names the unit, the wipe and its time",
      ),
      ...tests("privacy/receipt", "a receipt that is forged, altered"),
    ],
  },
  {
    provision: "CP11-transfer",
    design:
      "Selling, deleting, leaving a service and disposal each have their steps; a former owner's key is worth nothing.",
    reads: ["docs/product/deletion-guide.md"],
    tests: [
      ...rooms("setup/request: a borrowed label does not take the device away"),
      ...tests("privacy/deletion", "handed on: the former owner can do nothing"),
    ],
  },
];
