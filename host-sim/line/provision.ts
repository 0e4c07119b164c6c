/** Entry of `npm run provision`: the factory, with the simulator among its targets. */

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { fileURLToPath } from "node:url";
import { version } from "../../device/about/version.ts";
import { runCommandLine } from "../../provisioning/command-line.ts";
import { Fault } from "../../provisioning/fault.ts";
import { boardTarget } from "../../provisioning/line/board.ts";
import { boardImages, boardRelease } from "../../provisioning/line/board-release.ts";
import { boardPartitions, partitionTable } from "../board/partitions.ts";
import { simulatorRelease, simulatorTarget } from "./simulator.ts";

const terminal = process.stdin.isTTY && process.stderr.isTTY;

/** One line typed at the station, by a person or by a scanner that works as a keyboard. */
async function typed(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}

async function nextBoard(serial: string, what: string): Promise<void> {
  await typed(`${what} ${serial}: put its board on the cable, then press Enter `);
}

function buildList(release: string | undefined): string {
  if (release !== undefined) return release;
  throw new Fault("--release: name the build's list, build/device/<board>/flash.txt");
}

process.exitCode = await runCommandLine(process.argv.slice(2), {
  environment: process.env,
  print: (text) => process.stdout.write(text),
  printError: (text) => process.stderr.write(text),
  entry: fileURLToPath(import.meta.url),
  scan: async (serial) => (await typed(`scan the label of ${serial}: `)).trim(),
  targets: {
    simulator: {
      open: ({ bay }) => simulatorTarget({ bay }),
      release: ({ factory }) => simulatorRelease(factory),
    },
    board: {
      open({ port }) {
        if (port === undefined) throw new Fault("--port: name the board's serial port");
        return boardTarget({ port, ...(terminal && { next: nextBoard }) });
      },
      release: async ({ factory, release }) =>
        boardRelease(factory, buildList(release), version, boardPartitions()),
      images: ({ release }) =>
        boardImages(buildList(release), readFileSync(partitionTable, "utf8"), boardPartitions()),
    },
  },
});

// For whoever wants to look into the memory of a station that has labelled its units.
const lingerMs = Number(process.env.THIRTEEN_LINGER_MS ?? 0);
if (lingerMs > 0 && !process.send) setTimeout(() => {}, lingerMs);
