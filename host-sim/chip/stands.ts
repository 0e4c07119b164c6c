/** How a program of the Linux build is run, and an image on the emulated chip. */
import { spawn } from "node:child_process";
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
      child.kill("SIGKILL");
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
