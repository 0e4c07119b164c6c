/** Entry of `npm run provision`: the factory, with the simulator among its targets. */
import { fileURLToPath } from "node:url";
import { runCommandLine } from "../../provisioning/command-line.ts";
import { simulatorRelease, simulatorTarget } from "./simulator.ts";

process.exitCode = await runCommandLine(process.argv.slice(2), {
  environment: process.env,
  print: (text) => process.stdout.write(text),
  printError: (text) => process.stderr.write(text),
  entry: fileURLToPath(import.meta.url),
  targets: {
    simulator: {
      open: ({ bay }) => simulatorTarget({ bay }),
      release: ({ factory }) => simulatorRelease(factory),
    },
  },
});
