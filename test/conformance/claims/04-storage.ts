import { type Claim, rooms, tests } from "../claim.ts";

export const claims: readonly Claim[] = [
  {
    provision: "5.4-1",
    design:
      "Three areas with three lives; the owner's is sealed under a key of its own. On the chip, flash encryption covers all of it; on the desk it is a model.",
    reads: ["docs/adr/0001-storage-on-raw-flash.md", "device/storage/areas.ts", "docs/limits.md"],
    tests: tests(
      "raw-flash",
      "no password, none of its pieces",
      "the owner's network, broker and key are not there in clear",
    ),
  },
  {
    provision: "5.4-2",
    design: "Identity lies in the factory partition, which the firmware opens for reading only.",
    reads: ["device/storage/identity.ts", "device/platform/boards"],
    tests: [
      ...rooms("storage: read only, it never writes"),
      ...tests(
        "host-sim/nor-flash-partitions",
        "the factory partition cannot be written in the field",
      ),
    ],
    needs: { what: "hardware", why: "resistance against tampering with a chip is seen on a chip" },
  },
  {
    provision: "5.4-3",
    design:
      "No key and no password is in the source: each unit's are made at the factory, each desk's at its first start.",
    reads: ["provisioning/factory.ts"],
    tests: tests("documents/drift", "no key, password or token is in a file of the project"),
  },
  {
    provision: "5.4-4",
    design:
      "Each unit has a private key, a certificate and a verifier of its own, made at issue; updates are signed with the maker's keys, which no unit holds.",
    reads: ["provisioning/factory.ts", "provisioning/certificate-authority.ts"],
    tests: [
      ...tests("provisioning/factory", "more units than a batch: all different, all recorded"),
      ...tests("provisioning/certificate-authority", "serial numbers are random"),
    ],
  },
  {
    provision: "CP4-services",
    design:
      "The factory keeps fingerprints and verifiers, never secrets; authorities' keys are sealed by passphrase.",
    reads: ["provisioning/ledger/ledger.ts", "provisioning/key-file.ts"],
    tests: [
      ...tests(
        "provisioning/factory",
        "the factory keeps no secret of a unit, in any file, in any form",
      ),
      ...tests("provisioning/key-file", "sealing hides the key, and never twice in the same way"),
    ],
  },
];
