/** What every command of the project does with what goes wrong: one line that says what to do. */
import { Fault } from "../provisioning/fault.ts";
import { FlashFileDamaged } from "./board/flash-file.ts";

/** The caller's command line is at fault: exit code 2. */
export class UsageError extends Error {}

/** Runs a command: 0 when it is done, 2 for a bad command line, 1 for anything else. */
export async function runCommandLine(usage: string, run: () => Promise<void>): Promise<void> {
  try {
    if (process.argv.includes("--help")) console.log(usage);
    else await run();
  } catch (error) {
    const badLine = isBadLine(error);
    process.stderr.write(`${badLine ? `${firstSentence(error)}; see --help` : lineFor(error)}\n`);
    process.exitCode = badLine ? 2 : 1;
  }
  // A handle left open must not keep a command that is done from ending.
  process.exit();
}

/** An option's value as a whole number. @throws UsageError when it is not one in the range. */
export function wholeNumber(option: string, text: string, least: number, most: number): number {
  const number = /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(`${option} ${text}: give a whole number from ${least} to ${most}`);
}

/** An option's value as one of a few words. @throws UsageError */
export function oneOf<Word extends string>(
  option: string,
  text: string,
  words: readonly Word[],
): Word {
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  throw new UsageError(`${option} ${text}: use ${words.join(" or ")}`);
}

/** A signal so long after the first is a person's second, who does not want to wait for the close. */
const secondThoughtMs = 1_000;

/**
 * Resolves at Ctrl+C or when the process is asked to end. One Ctrl+C arrives more than once: from
 * the terminal, and from each of npm and run.mjs, which pass it on.
 */
export function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    let first: number | undefined;
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
      process.on(signal, () => {
        first ??= performance.now();
        if (performance.now() - first > secondThoughtMs) process.exit(1);
        resolve();
      });
  });
}

function isBadLine(error: unknown): error is Error {
  const { code } = error as { code?: unknown };
  const misread = typeof code === "string" && code.startsWith("ERR_PARSE_ARGS");
  return error instanceof UsageError || misread;
}

/** Node's own message goes on about `--`. */
function firstSentence({ message }: Error): string {
  return message.split(/\. |\n/)[0]!;
}

/** Errors written for people say it in one line; of our own bugs we want the stack. */
function lineFor(error: unknown): string {
  if (error instanceof Fault || error instanceof FlashFileDamaged) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
