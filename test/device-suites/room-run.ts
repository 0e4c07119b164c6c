/** One room's suites on a program or an emulated chip: what came of each case. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageIn, type Stand } from "../../host-sim/chip/bench-unit.ts";

export interface RoomResult {
  readonly room: string;
  readonly passed: number;
  readonly cases: number;
  /** Of the cases that did not pass: "suite: case: why". */
  readonly faults: readonly string[];
}

/** What `main.ts` says. */
type Said =
  | { readonly message: "boot" }
  | { readonly message: "abort"; readonly reason: string }
  | { readonly message: "begin"; readonly suite: string; readonly name: string }
  | {
      readonly message: "case";
      readonly suite: string;
      readonly name: string;
      readonly fault?: string;
    }
  | { readonly message: "unfit"; readonly fault: string }
  | { readonly message: "end"; readonly cases: number };

/** A case may take this long on a busy machine; the unit's own watchdog is quicker where there is one. */
const silentMs = 120_000;
const askAgainMs = 5_000;

/** @param expected how many cases the room has: fewer told is a fault, whatever the unit says. */
export function runRoom(stand: Stand, room: string, expected: number): Promise<RoomResult> {
  const folder = mkdtempSync(join(tmpdir(), "thirteen-suites-"));
  const flash = join(folder, "flash.bin");
  writeFileSync(flash, stand.image);
  const faults: string[] = [];
  let passed = 0;
  let running = "";
  return new Promise<RoomResult>((resolve) => {
    let quiet: ReturnType<typeof setTimeout> | undefined;
    let asking: ReturnType<typeof setInterval> | undefined;
    const finish = (fault?: string) => {
      clearTimeout(quiet);
      clearInterval(asking);
      unit.kill();
      rmSync(folder, { recursive: true, force: true });
      if (fault !== undefined) faults.push(fault);
      const told = passed + faults.length;
      if (fault === undefined && told !== expected)
        faults.push(`${told} cases told of ${expected}`);
      resolve({ room, passed, cases: expected, faults });
    };
    const wait = () => {
      clearTimeout(quiet);
      quiet = setTimeout(() => finish(`${running || "start"}: silence`), silentMs);
    };
    let booted = false;
    const take = (line: string) => {
      const said = messageIn<Said>(line);
      if (!said) return;
      wait();
      if (said.message === "boot") {
        // A second start: memory full, a stack overflow, the watchdog.
        if (booted) return finish(`${running}: the unit was reset`);
        booted = true;
        const ask = () => unit.write(`room ${room}\n`);
        ask();
        // A serial line may lose one; the unit obeys the first.
        asking = setInterval(ask, askAgainMs);
      } else if (said.message === "abort") finish(`${running || "start"}: ${said.reason}`);
      else if (said.message === "begin") running = `${said.suite}: ${said.name}`;
      else if (said.message === "case") {
        if (said.fault === undefined) passed++;
        else faults.push(`${said.suite}: ${said.name}: ${said.fault}`);
      } else if (said.message === "unfit") finish(`the module: ${said.fault}`);
      else finish();
    };
    wait();
    const unit = stand.start(flash, take, (why) => finish(`${running}: ${why}`));
  });
}
