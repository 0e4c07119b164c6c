import { type Claim, tests } from "../claim.ts";

export const claims: readonly Claim[] = [
  {
    provision: "4-1",
    design:
      "The ICS is generated with a row for each provision. A recommendation that is not applied, and every N/A, carries a reason of its own; a linter refuses a blank reason, a copied one, and an N/A that contradicts what the code declares.",
    reads: ["docs/conformance/ics.md", "test/conformance/ics.ts"],
    tests: tests("documents/ics", "the ICS has no row without its reason"),
  },
];
