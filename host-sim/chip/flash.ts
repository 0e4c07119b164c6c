/** `npm run device:flash`: image and identity into a board on a cable. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { Fault } from "../../provisioning/fault.ts";
import { boardPartitions, partition } from "../board/partitions.ts";
import { oneOf, runCommandLine, UsageError } from "../command-line.ts";
import { flashParts, requireProduct } from "./targets.ts";
import { findIdf } from "./tools.ts";

const usage = `usage: npm run device:flash -- --target esp32c3|esp32 --port <port> [--identity <factory.bin>]

  Writes what "npm run device:build" made with ESP-IDF's esptool. Burns no fuse.

  --port       the board's serial port, e.g. /dev/ttyUSB0
  --identity   factory.bin of a unit that "npm run provision" issued; without it the board stays whoever
               it is, and a board without an identity joins nothing`;

await runCommandLine(usage, async () => {
  const { values } = parseArgs({
    options: {
      target: { type: "string", default: "" },
      port: { type: "string" },
      identity: { type: "string" },
    },
  });
  const target = oneOf("--target", values.target, ["esp32c3", "esp32"]);
  const { port, identity } = values;
  if (port === undefined) throw new UsageError("--port: name the board's serial port");
  findIdf();
  const parts = flashParts(requireProduct(target));
  if (identity !== undefined) {
    if (!existsSync(identity))
      throw new Fault(`${identity} is not there: npm run provision issues units`);
    parts.push({ offset: partition(boardPartitions(), "factory").offset, file: identity });
  }
  if (!existsSync(port)) throw new Fault(`no board at ${port}: is its cable in?`);
  const written = parts.flatMap(({ offset, file }) => [`0x${offset.toString(16)}`, file]);
  const { status, error } = spawnSync(
    "python",
    ["-m", "esptool", "--chip", target, "--port", port, "write-flash", ...written],
    { stdio: "inherit" },
  );
  if (error || status !== 0) throw new Fault("esptool failed: see its message above");
});
