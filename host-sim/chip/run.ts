/** `npm run device:run`: the tour with the Linux build, headless. */
import { parseArgs } from "node:util";
import { runCommandLine } from "../command-line.ts";
import { linuxStand } from "./stands.ts";
import { requireProduct } from "./targets.ts";
import { tourWith } from "./tour.ts";

const usage = `usage: npm run device:run -- [--json] [--verbose]

  One unit's life with the program that "npm run device:build -- --target linux" made.

  --json      the stages as JSON on standard output
  --verbose   what the unit traces, on standard error`;

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

await runCommandLine(usage, async () => {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      verbose: { type: "boolean", default: false },
    },
  });
  await tourWith("linux", linuxStand(requireProduct("linux")), values);
});
