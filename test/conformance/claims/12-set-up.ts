import { type Claim, rooms, tests } from "../claim.ts";

export const claims: readonly Claim[] = [
  {
    provision: "5.12-1",
    design:
      "A label, a button and one form: network, nothing else to decide; every option starts in its safe position.",
    reads: ["docs/product/set-up-guide.md", "device/setup/set-up.ts"],
    tests: [
      ...rooms("setup/window: before the button and after five minutes nothing listens"),
      ...tests(
        "documents/steps",
        "the set-up guide's steps, carried out, end in the secure baseline",
      ),
      ...tests("wifi", ""),
    ],
  },
  {
    provision: "5.12-2",
    design:
      "The set-up guide covers every decision the device offers, generated from the same list.",
    reads: ["docs/product/set-up-guide.md"],
    tests: tests("documents/guides", "every decision of a user is in the set-up guide"),
  },
  {
    provision: "5.12-3",
    design:
      "The guide's check sheet says what to look at, what is expected, and where the unit itself tells it.",
    reads: ["docs/product/set-up-guide.md"],
    tests: tests("documents/guides", "the check sheet's items are what the unit tells of itself"),
  },
];
