/** Entry of `npm run release`. */
import { runReleaseDesk } from "./command-line.ts";

const isTerminal = process.stderr.isTTY;

process.exitCode = await runReleaseDesk(process.argv.slice(2), {
  environment: process.env,
  print: (text) => process.stdout.write(text),
  printError: (text) => process.stderr.write(text),
  progress: (text) => {
    // One line, written over; where nobody watches, nothing.
    if (isTerminal) process.stderr.write(`\r\u001b[K${text === undefined ? "" : `${text} …`}`);
  },
  now: () => new Date(),
});
