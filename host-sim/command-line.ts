/** What every command of the project does with what goes wrong: one line that says what to do. */

/** The caller's command line is at fault: exit code 2. */
export class UsageError extends Error {}

/** Errors of ours that were written for people; their message is all that is shown. */
const forPeople = ["Fault", "UsageError", "FlashFileDamaged"];

/** Runs a command: 0 when it is done, 2 for a bad command line, 1 for anything else. */
export async function runCommandLine(usage: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    const { code, message, name, stack } = error as Error & { code?: string };
    const badLine = error instanceof UsageError || code?.startsWith("ERR_PARSE_ARGS");
    if (badLine) process.stderr.write(`${message}\n\n${usage}\n`);
    else process.stderr.write(`${forPeople.includes(name) ? message : (stack ?? message)}\n`);
    process.exitCode = badLine ? 2 : 1;
  }
  // A handle left open must not keep a command that is done from ending.
  process.exit();
}

/** Resolves at Ctrl+C or when the process is asked to end. */
export function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
      process.once(signal, () => resolve());
  });
}
