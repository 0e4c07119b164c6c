import { type Claim, rooms, tests } from "../claim.ts";

export const claims: readonly Claim[] = [
  {
    provision: "5.2-1",
    design:
      "One policy with a contact, times for acknowledgement and status, scope, express authorisation and its limits; security.txt (RFC 9116) in the repository, for the web site and in the firmware, which answers its owner with it; the contact is on the label. All of it comes from product.json.",
    reads: ["docs/product/vulnerability-disclosure.md", "docs/product/security.txt", "SECURITY.md"],
    tests: [
      ...tests(
        "documents/disclosure",
        "the policy has every clause it needs",
        "security.txt is one by RFC 9116",
        "one contact, wherever it is written",
      ),
      ...rooms("privacy/sight: whom to tell of a weakness is in the answer"),
    ],
  },
  {
    provision: "5.2-2",
    design:
      "The policy promises times, and each class of weakness has an owner and a target. Whether reports are acted on in time is known only where reports arrive.",
    reads: [
      "docs/product/vulnerability-disclosure.md",
      "provisioning/documents/data/vulnerability-classes.json",
    ],
    tests: tests("documents/disclosure", "the policy has every clause it needs"),
    needs: {
      what: "organisation",
      why: "acting on reports in time is shown by a maker's register, not by a repository",
    },
  },
  {
    provision: "5.2-3",
    design:
      "The component list is generated from the lock file and the platform's manifest, each release ships it, and advisories answer it as CSAF with VEX. Watching for new weaknesses is the maker's continuing work.",
    reads: ["docs/product/sbom.cdx.json", "docs/product/advisories/index.json"],
    tests: tests("documents/sbom", "the component list names every part of the firmware"),
    needs: {
      what: "organisation",
      why: "continuous monitoring is an activity over the support period",
    },
  },
  {
    provision: "CP2-contact",
    design:
      "The contact covers device, services, app and factory tools alike; the policy names the hand-over to suppliers and the channel for advisories.",
    reads: ["docs/product/vulnerability-disclosure.md", "docs/product/scope.json"],
    tests: tests("documents/disclosure", "the policy has every clause it needs"),
  },
];
