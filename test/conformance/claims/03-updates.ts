import { type Claim, rooms, tests } from "../claim.ts";

export const claims: readonly Claim[] = [
  {
    provision: "5.3-1",
    design:
      "One image holds the firmware, its libraries and its settings' schema; the trust root is rotated by an update. What it does not hold (the chip's ROM) is listed with its reason.",
    reads: ["docs/update-format.md", "docs/product/sbom.cdx.json"],
    tests: [
      ...tests("documents/sbom", "every component is updateable, or says why not"),
      ...rooms("update/root: a chain of roots is followed one by one"),
    ],
  },
  {
    provision: "5.3-2",
    design:
      "The Update Framework, verified by the device: threshold root, freeze, rollback and mix-and-match defence; then a trial with confirmation or roll-back, at every cut of power.",
    reads: ["docs/update-format.md", "device/update/metadata/trusted-set.ts"],
    tests: [
      ...rooms(
        "update/snapshot: a repository gone back to an older release is refused",
        "update/snapshot: a changed byte under good signatures is refused",
        "update/slots: bricked by power loss",
        "update/slots: rollback floor not raised at all",
      ),
      ...tests("update/guards", ""),
    ],
  },
  {
    provision: "5.3-3",
    design:
      "By default an owner does nothing at all; who wants an update at once says so with one command.",
    reads: ["docs/product/update-guide.md"],
    tests: rooms("update/policy: an owner who says now is served at once"),
  },
  {
    provision: "5.3-4",
    design: "The device looks, judges, fetches, proves and installs by itself in quiet hours.",
    reads: ["device/update/policy.ts", "device/update/update.ts"],
    tests: [
      ...rooms("update/policy: by itself it restarts in quiet hours"),
      ...tests("update/life.long", ""),
    ],
  },
  {
    provision: "5.3-5",
    design:
      "A look soon after each start and then at a jittered interval, re-armed after failures.",
    reads: ["device/update/update.ts"],
    tests: tests(
      "update/schedule",
      "it looks within a minute and a half of the start, then every day",
      "devices that start together do not look together",
    ),
  },
  {
    provision: "5.3-6",
    design:
      "Automatic updates are on; an owner may postpone within limits or ask for one now. Choices survive updates.",
    reads: ["docs/product/update-guide.md", "device/update/policy.ts"],
    tests: rooms("update/policy: an owner who says now is served at once; one who postpones"),
  },
  {
    provision: "5.3-7",
    design:
      "Ed25519 or ECDSA P-256 over exact bytes with SHA-256; the algorithm comes from the trusted root, never from what arrives; weak keys and respelt signatures are refused.",
    reads: ["docs/adr/0004-cryptography-on-loan.md", "docs/update-format.md"],
    tests: rooms(
      "update/curves: an Ed25519 signature is good for one key and one message",
      "update/curves: an ECDSA signature is good for one key and one message",
      "update/snapshot: a hash this client cannot compute is not skipped",
    ),
  },
  {
    provision: "5.3-8",
    design:
      "Rings widen on good reports, severities have targets; the release desk keeps the dates.",
    reads: ["docs/releasing.md", "docs/product/support-policy.md"],
    tests: tests("release/command-line", "the ring widens on a good report only"),
    needs: { what: "organisation", why: "how fast a maker releases is seen over years" },
  },
  {
    provision: "5.3-9",
    design: "There is one way into a slot and it takes a verified target, whoever delivered it.",
    reads: ["device/update/metadata/targets.ts", "device/update/slots.ts"],
    tests: rooms(
      "update/slots: signature check silently skipped",
      "update/snapshot: a stranger's signature under the right key's name is refused",
    ),
  },
  {
    provision: "5.3-10",
    design:
      "Metadata chains to the root in the image; the transport is TLS with the same checks as the broker's.",
    reads: ["docs/update-format.md"],
    tests: rooms(
      "update/snapshot: a timestamp signed by a stranger is refused",
      "update/policy: a release for this unit is taken; another product's",
    ),
  },
  {
    provision: "5.3-11",
    design:
      "Every release says why, what is at risk and how severe, under signature; the release desk refuses one that does not, and so does the device.",
    reads: ["docs/update-format.md"],
    tests: [
      ...rooms("update/policy: a release that does not tell its user why"),
      ...tests("release/command-line", "add refuses, in one line each"),
    ],
  },
  {
    provision: "5.3-12",
    design:
      "No restart while the lamp is on; by itself in quiet hours only; the product comes to rest first.",
    reads: ["device/update/policy.ts"],
    tests: rooms(
      "update/slots: reboot with the actuator live",
      "update/policy: the lamp is on: no restart",
    ),
  },
  {
    provision: "5.3-13",
    design:
      "product.json has the end date; the label, the policy, the statement, security pages and release metadata take it from there. A history refuses an earlier date than was ever published.",
    reads: ["docs/product/support-policy.md", "device/about/product.json"],
    tests: [
      ...tests(
        "documents/support",
        "one end date, wherever it is written",
        "a date that was published is never shortened",
      ),
      ...rooms("update/policy: support ends at the end of its last day"),
    ],
  },
  {
    provision: "5.3-14",
    design: "For a part that cannot be updated the maker would publish why and what replaces it.",
    reads: ["docs/product/support-policy.md"],
    tests: [],
    notApplicable: {
      condition: "C(3,4)",
      reason: "the device is not constrained and all of its software is updateable (5.3-1)",
    },
  },
  {
    provision: "5.3-15",
    design: "For a part that cannot be updated there would be an isolation mode.",
    reads: ["docs/product/support-policy.md"],
    tests: [],
    notApplicable: {
      condition: "C(3,4)",
      reason: "no part of the device is beyond its update mechanism, so none has to be isolated",
    },
  },
  {
    provision: "5.3-16",
    design:
      "The model designation is on the label, in release metadata, in the support policy and the statement.",
    reads: ["device/about/product.json", "docs/product/support-policy.md"],
    tests: tests("documents/support", "one model designation, wherever it is written"),
  },
  {
    provision: "CP3-eol-reasons",
    design:
      "The support policy gives the period, its reasons, and what each component's maker promises.",
    reads: ["docs/product/support-policy.md"],
    tests: tests("documents/support", "the period has its reasons"),
  },
  {
    provision: "CP3-function",
    design: "An update changes no setting, no owner and no consent; a failed one goes back.",
    reads: ["device/update/self-check.ts"],
    tests: rooms(
      "update/self-check: without its storage or its identity it goes back at once",
      "update/slots: an image that fails its self-check says why",
    ),
  },
];
