import { type Claim, rooms, tests } from "../claim.ts";

export const claims: readonly Claim[] = [
  {
    provision: "5.7-1",
    design:
      "The simulated bootloader checks what it boots and falls back to the other slot; on the chip this is secure boot v2, shown on emulated fuses at most.",
    reads: ["host-sim/bootloader/bootloader.ts", "docs/boards.md", "docs/limits.md"],
    tests: [
      ...tests(
        "host-sim/unit-bootloader",
        "every single flipped bit of header, digest and bundle is found",
        "otadata chooses, and a damaged image falls back to the other slot",
        "what does not check out is not chosen",
      ),
      ...rooms("update/slots: a bit that the flash did not keep is found before it boots"),
    ],
  },
  {
    provision: "5.7-2",
    design:
      "A device that finds itself changed says so to owner and maker, and joins nothing else.",
    reads: ["docs/threat-model.md"],
    tests: [],
  },
  {
    provision: "CP7-alert-limit",
    design:
      "The alert goes to the broker the owner chose; no other network function runs meanwhile.",
    reads: ["docs/threat-model.md"],
    tests: [],
  },
];
