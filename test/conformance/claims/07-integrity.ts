import { type Claim, rooms, tests } from "../claim.ts";

export const claims: readonly Claim[] = [
  {
    provision: "5.7-1",
    design:
      "The simulated bootloader checks what it boots and falls back to the other slot; on the chip this is secure boot v2, shown on emulated fuses at most. The firmware compares what it runs with what was confirmed, as a second line.",
    reads: [
      "host-sim/bootloader/bootloader.ts",
      "docs/adr/0019-integrity.md",
      "docs/boards.md",
      "docs/limits.md",
    ],
    tests: [
      ...tests(
        "host-sim/unit-bootloader",
        "every single flipped bit of header, digest and bundle is found",
        "otadata chooses, and a damaged image falls back to the other slot",
        "what does not check out is not chosen",
      ),
      ...tests(
        "integrity",
        "an untouched unit is silent, start after start",
        "an image changed under a digest that the bootloader believes",
        "another slot than the one confirmed: an older image brought back",
        "an update, forwards and back, is no tampering; its image changed later is",
      ),
      ...rooms("update/slots: a bit that the flash did not keep is found before it boots"),
    ],
  },
  {
    provision: "5.7-2",
    design:
      "A device that finds itself changed says so to owner and maker, and joins nothing else.",
    reads: ["docs/adr/0019-integrity.md", "docs/threat-model.md"],
    tests: tests(
      "integrity",
      "an untouched unit is silent, start after start",
      "an image changed under a digest that the bootloader believes",
      "a tampered unit stays one, start after start, and still obeys a wipe",
      "another slot than the one confirmed: an older image brought back",
      "settings that no longer open: no network, no new owner, until a wipe",
      "a forgotten key is no wipe",
      "a damaged identity: said in the journal, and nothing joined",
      "an update, forwards and back, is no tampering; its image changed later is",
    ),
  },
  {
    provision: "CP7-alert-limit",
    design:
      "The alert goes to the broker the owner chose; no other network function runs meanwhile.",
    reads: ["docs/adr/0019-integrity.md", "docs/threat-model.md"],
    tests: tests(
      "integrity",
      "an image changed under a digest that the bootloader believes",
      "settings that no longer open: no network, no new owner, until a wipe",
      "a damaged identity: said in the journal, and nothing joined",
    ),
  },
];
