/** Guards of the check at start, and of what a tampered unit still does. */
import type { Mutant } from "../mutant.ts";

const unit = (title: string) => ({ file: "test/integrity.test.ts", title });

export const mutants: readonly Mutant[] = [
  {
    id: "runs-whatever-lies-in-its-slot",
    provisions: ["5.7-1", "5.7-2"],
    file: "device/update/integrity.ts",
    guard: 'return digestOf(expected.length) === expected.sha256 ? "sound" : "image";',
    broken: 'return "sound";',
    killedBy: unit("an image changed under a digest that the bootloader believes"),
  },
  {
    id: "an-older-image-brought-back",
    provisions: ["5.7-1"],
    file: "device/update/integrity.ts",
    guard: 'if (expected.slot !== running) return "slot";',
    broken: 'if (expected.slot !== running) return "first";',
    killedBy: unit("another slot than the one confirmed"),
  },
  {
    id: "a-rolled-back-update-taken-for-tampering",
    provisions: ["5.7-2"],
    file: "device/update/boot.ts",
    guard: "return { floor, ...keeping(kept), verdict:",
    broken: "return { floor, ...keeping({ ...image, slot: 'slot1' }), verdict:",
    killedBy: unit("an update, forwards and back, is no tampering"),
  },
  {
    id: "damaged-settings-read-as-no-owner",
    provisions: ["5.7-2"],
    file: "device/device.ts",
    guard:
      'else if (settled && (areas.wasClaimed() || owner?.keys().includes("claim"))) return "claim";',
    broken: "",
    killedBy: unit("settings that no longer open"),
  },
  {
    id: "tampered-and-reporting-on",
    provisions: ["5.7-2", "CP7-alert-limit"],
    file: "device/device.ts",
    guard: "    outlet.alertsOnly();\n",
    broken: "",
    killedBy: unit("an image changed under a digest that the bootloader believes"),
  },
  {
    id: "tampered-and-asking-for-updates",
    provisions: ["5.7-2", "CP7-alert-limit"],
    file: "device/device.ts",
    guard: "one starts next.\n    return;",
    broken: "one starts next.",
    killedBy: unit("an image changed under a digest that the bootloader believes"),
  },
  {
    id: "tampered-and-open-for-a-new-network",
    provisions: ["5.7-2", "CP7-alert-limit"],
    file: "device/unit.ts",
    guard: "if (this.parts.tampering === undefined) this.setUp.open();",
    broken: "if (true) this.setUp.open();",
    killedBy: unit("an image changed under a digest that the bootloader believes"),
  },
  {
    id: "tampered-and-silent",
    provisions: ["5.7-2"],
    file: "device/device.ts",
    guard: '    journal.record("tampered", tampering);\n',
    broken: "",
    killedBy: unit("an image changed under a digest that the bootloader believes"),
  },
];
