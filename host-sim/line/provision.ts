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

// For whoever wants to look into the memory of a station that has labelled its units.
const lingerMs = Number(process.env.THIRTEEN_LINGER_MS ?? 0);
if (lingerMs > 0 && !process.send) setTimeout(() => {}, lingerMs);
