/** One try of the emulated chip to start what is in a flash. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageIn } from "../bench-unit.ts";
import { emulatedStand } from "../stands.ts";

/**
 * `starts`: our firmware said that it runs. `refused`: the ROM said so, or the chip started over and over.
 * The others show nothing of the chip: time was over, or the emulator died.
 */
export type Outcome = "starts" | "refused" | "silent" | "emulator-ended";

export interface Start {
  readonly outcome: Outcome;
  /** Why it started, in our firmware's words. */
  readonly reason: string | undefined;
  /** What the ROM and the bootloader said. */
  readonly console: string;
  readonly flash: Uint8Array;
  readonly fuses: Uint8Array;
}

export interface Chip {
  readonly emulator: string;
  readonly flash: Uint8Array;
  readonly fuses: Uint8Array;
  /** A port of 127.0.0.1 that nobody has. */
  readonly port: number;
}

/** A chip that starts over so often has nothing that it would run. */
const mostRestarts = 3;
const bannerOf = /^ESP-ROM:/gm;

/** Gives power until the firmware speaks, the chip has given up often enough, or time is over. */
export function tryStart({ emulator, flash, fuses, port }: Chip, limitMs: number): Promise<Start> {
  const folder = mkdtempSync(join(tmpdir(), "thirteen-rehearsal-"));
  const [flashFile, fusesFile, log] = ["flash", "fuses", "console"].map((f) => join(folder, f)) as [
    string,
    string,
    string,
  ];
  writeFileSync(flashFile, flash);
  writeFileSync(fusesFile, fuses);
  writeFileSync(log, "");
  const parts = { emulator, image: flash, console: log, fusesFile, setUpAt: port, recorded: false };
  return new Promise((resolve) => {
    const consoleText = () => readFileSync(log, "latin1");
    let reason: string | undefined;
    const end = (outcome: Outcome) => {
      clearTimeout(timer);
      clearInterval(look);
      running.kill();
      // What the emulator has handed to the host's kernel is in its files.
      const read = (file: string) => new Uint8Array(readFileSync(file));
      const start = {
        outcome,
        reason,
        console: consoleText(),
        flash: read(flashFile),
        fuses: read(fusesFile),
      };
      rmSync(folder, { recursive: true, force: true });
      resolve(start);
    };
    const timer = setTimeout(() => end("silent"), limitMs);
    const look = setInterval(() => {
      const banners = consoleText().match(bannerOf)?.length ?? 0;
      // The first start restarts by itself once its fuses are burnt.
      if (banners > mostRestarts + 2 || /secure boot .*fail/i.test(consoleText())) end("refused");
    }, 200);
    const running = emulatedStand(parts).start(
      flashFile,
      (line) => {
        const said = messageIn<{ message: string; resetReason?: string }>(line);
        if (said?.message !== "boot") return;
        reason = said.resetReason;
        setTimeout(() => end("starts"), 500);
      },
      () => end("emulator-ended"),
    );
  });
}
