/** `npm run device:emulate`: the real image, through the real bootloader, on an emulated ESP32-C3. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Fault } from "../../provisioning/fault.ts";
import { runCommandLine, UsageError, wholeNumber } from "../command-line.ts";
import { freePort } from "./free-port.ts";
import { blankFuses, emulatedStand, usualShift } from "./stands.ts";
import { flashImage, flashParts, requireProduct } from "./targets.ts";
import { findEmulator } from "./tools.ts";
import { tourWith } from "./tour.ts";

const usage = `usage: npm run device:emulate -- --tour [--runs n] [--shift n | --uncounted] [--console file] [--json]
       [--verbose]

  One unit's life with the image that "npm run device:build -- --target esp32c3-emulated" made, in
  Espressif's QEMU: the image's Ethernet reaches the desk's broker on 127.0.0.1, and nothing else.

  --runs n         n lives of n units; goes on after one that failed, and counts (1 when absent)
  --shift n        2^n nanoseconds of the chip's time an instruction (3 when absent: 8 ns, about a C3 at 160 MHz)
  --uncounted      the host's time in place of counted instructions, and no watchdog: most lives stand still, because
                   the emulator loses interrupts then (docs/limits.md)
  --console file   keeps what bootloader and chip say
  --json           the stages as JSON on standard output
  --verbose        what the unit traces, on standard error`;

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

await runCommandLine(usage, async () => {
  const { values } = parseArgs({
    options: {
      tour: { type: "boolean", default: true },
      runs: { type: "string", default: "1" },
      shift: { type: "string" },
      uncounted: { type: "boolean", default: false },
      console: { type: "string" },
      json: { type: "boolean", default: false },
      verbose: { type: "boolean", default: false },
    },
  });
  const runs = wholeNumber("--runs", values.runs, 1, 100);
  if (values.uncounted && values.shift !== undefined)
    throw new UsageError("--shift counts instructions, --uncounted does not: give one of them");
  const shift = values.uncounted
    ? ("uncounted" as const)
    : wholeNumber("--shift", values.shift ?? String(usualShift), 0, 10);
  const emulator = findEmulator();
  const image = flashImage(flashParts(requireProduct("esp32c3-emulated")));
  const live = async () => {
    const folder = mkdtempSync(join(tmpdir(), "thirteen-emulated-"));
    try {
      const fusesFile = join(folder, "fuses.bin");
      writeFileSync(fusesFile, blankFuses());
      const log = values.console ?? join(folder, "console.txt");
      const parts = { emulator, image, fusesFile, console: log, shift };
      const stand = emulatedStand({ ...parts, setUpAt: await freePort() });
      await tourWith("esp32c3-emulated", stand, values);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  if (runs === 1) return live();
  const failures: string[] = [];
  for (let run = 1; run <= runs; run++)
    await live().catch((error: Error) => {
      failures.push(`run ${run}: ${error.message}`);
      console.error(failures.at(-1));
    });
  const told = `${runs - failures.length} of ${runs} lives were whole`;
  if (failures.length > 0) throw new Fault(told);
  console.log(told);
});
