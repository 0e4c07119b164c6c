/** `npm run desk:build`: the simulator's firmware as an image for a slot, for the release desk. */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { encodeImage } from "../bootloader/image.ts";
import { runCommandLine, UsageError } from "../command-line.ts";
import { bundleFirmware } from "../runtime/bundle.ts";
import { readRoot } from "../runtime/first-root.ts";

const usage = `usage: npm run desk:build -- --root 1.root.json --out lamp.bin [--version 0.2.0]

  Builds the firmware for the simulator's board ("desk") as it lies in a slot.

  --root     the release desk's first root: what this firmware trusts from then on
  --out      the file to write
  --version  in place of the one in device/about/version.ts`;

await runCommandLine(usage, async () => {
  const { values } = parseArgs({
    options: {
      root: { type: "string" },
      out: { type: "string" },
      version: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const { root, out, version } = values;
  if (!root || !out) throw new UsageError("--root and --out are needed");
  if (version !== undefined && !/^\d{1,5}\.\d{1,5}\.\d{1,5}$/.test(version))
    throw new UsageError(`--version ${version}: give major.minor.patch, e.g. 0.2.0`);
  const text = readRoot(root);
  const { source } = await bundleFirmware({ root: text, ...(version && { version }) });
  const image = encodeImage(source);
  writeFileSync(out, image);
  console.log(`${out}, ${image.length} bytes`);
});
