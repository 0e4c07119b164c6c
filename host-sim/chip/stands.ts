/** How a program of the Linux build is run, and an image on the emulated chip. */
import { spawn } from "node:child_process";
import { devNull } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { setUpPort } from "../../device/setup/set-up.ts";
import { defaultFlashSize } from "../board/nor-flash.ts";
import type { Running, Stand } from "./bench-unit.ts";

/** A child process with lines in and out. */
function run(
  command: string,
  args: readonly string[],
  onLine: (line: string) => void,
  onEnd: (why: string) => void,
): Running {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  // An emulator does not notice that nobody is at the bench any more.
  const end = () => child.kill("SIGKILL");
  process.once("exit", end);
  let held = "";
  child.stdout.setEncoding("latin1");
  child.stdout.on("data", (text: string) => {
    const lines = (held + text).split(/\r?\n/);
    held = lines.pop() as string;
    for (const line of lines) onLine(line);
  });
  // Written to as it dies: its end is told by "exit".
  child.stdin.on("error", () => {});
  child.on("error", (error) => onEnd(error.message));
  child.on("exit", (code, signal) => onEnd(`${command} ended with ${signal ?? code}`));
  return {
    write: (line) => void child.stdin.write(line),
    kill() {
      child.removeAllListeners("exit");
      child.stdout.removeAllListeners("data");
      process.off("exit", end);
      end();
    },
  };
}

/** @param program what `device:build -- --target linux` made. */
export function linuxStand(program: string): Stand {
  return {
    image: new Uint8Array(defaultFlashSize).fill(0xff),
    hostAddress: "127.0.0.1",
    startMs: 10_000,
    start: (flashFile, onLine, onEnd) => run(program, [flashFile], onLine, onEnd),
    forwarded: (port) => port,
  };
}

/** The chip's fuses as its maker leaves them: revision 0.3, which ESP-IDF asks for, and nothing burnt. */
export function blankFuses(): Uint8Array {
  const fuses = new Uint8Array(1024);
  // EFUSE_RD_MAC_SPI_SYS_3: minor revision, bits 18 to 20 (ESP32-C3 reference manual, "eFuse Controller").
  fuses[0x26] = 3 << 2;
  return fuses;
}

export interface EmulatedOptions {
  /** Espressif's `qemu-system-riscv32`. */
  readonly emulator: string;
  /** The whole flash, without identity. */
  readonly image: Uint8Array;
  /** Where the first serial port's words go: the bootloader's and the chip's own. */
  readonly console: string;
  readonly fusesFile: string;
  /** The port of 127.0.0.1 that leads to the unit's set-up port. */
  readonly setUpAt: number;
  /** 2^shift nanoseconds of the chip's time an instruction (3 when absent), or the host's time. */
  readonly shift?: number | "uncounted";
  /** False for a chip that enciphers its whole flash; true when absent, where instructions are counted. */
  readonly recorded?: boolean;
  /** The chip's own watchdogs, which are on where instructions are counted unless this is false. */
  readonly watchdog?: boolean;
}

/** 8 ns: about a C3 at 160 MHz. */
export const usualShift = 3;

/**
 * Counted, the chip's time is the number of its instructions, and its watchdogs bite as on a board. Recorded as well
 * (the record is thrown away), because only then does the emulator hold the processor still while the network or
 * a serial line raises an interrupt: in between, it can hand over an interrupt that the processor holds back, and
 * FreeRTOS stands still for ever. By the host's time that happens with every tick, and a busy host sets off watchdogs.
 * While it records, a write to the flash stays open until one of the chip's timers is due. A bootloader that enciphers
 * the flash sets none: the emulator runs out of memory for what is open, and dies.
 */
function timeOf(shift: number | "uncounted", recorded: boolean): string[] {
  if (shift === "uncounted") return [];
  return ["-icount", recorded ? `shift=${shift},rr=record,rrfile=${devNull}` : `shift=${shift}`];
}

/** The emulated port holds 128 characters; more at once is lost while the emulator records. */
const portHolds = 64;
const pieceEveryMs = 5;

/** The same, spoken to at a serial line's pace. */
function paced(running: Running): Running {
  let said = Promise.resolve();
  let cut = false;
  const say = async (line: string) => {
    for (let at = 0; at < line.length && !cut; at += portHolds) {
      running.write(line.slice(at, at + portHolds));
      await pause(pieceEveryMs);
    }
  };
  return {
    write(line) {
      said = said.then(() => say(line));
    },
    kill() {
      cut = true;
      running.kill();
    },
  };
}

/** An emulated ESP32-C3 with a network card; this machine is 10.0.2.2 to it. */
export function emulatedStand(options: EmulatedOptions): Stand {
  const {
    emulator,
    image,
    console: log,
    fusesFile,
    setUpAt,
    shift = usualShift,
    recorded = true,
    watchdog = shift !== "uncounted",
  } = options;
  return {
    image,
    hostAddress: "10.0.2.2",
    startMs: 60_000,
    start: (flashFile, onLine, onEnd) =>
      paced(
        run(
          emulator,
          [
            ...["-nographic", "-M", "esp32c3", "-monitor", "none"],
            ...["-drive", `file=${flashFile},if=mtd,format=raw`],
            ...["-drive", `file=${fusesFile},if=none,format=raw,id=efuse`],
            ...["-global", "driver=nvram.esp32c3.efuse,property=drive,value=efuse"],
            ...["-nic", `user,model=open_eth,hostfwd=tcp:127.0.0.1:${setUpAt}-:${setUpPort}`],
            ...["-serial", `file:${log}`, "-serial", "stdio"],
            ...timeOf(shift, recorded),
            ...(watchdog
              ? []
              : ["-global", "driver=timer.esp32c3.timg,property=wdt_disable,value=true"]),
          ],
          onLine,
          onEnd,
        ),
      ),
    forwarded: () => setUpAt,
  };
}
