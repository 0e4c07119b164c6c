/** The table of docs/runtimes.md, written from what the runs left in docs/runtimes.json. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../host-sim/chip/targets.ts";
import type { RoomResult } from "./room-run.ts";

export const runtimes = ["node", "xs", "linux", "esp32c3-emulated"] as const;
export type Runtime = (typeof runtimes)[number];

/** One run of the suites. */
export interface Run {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** What it ran on, e.g. "Node v20.20.2". */
  readonly versions: readonly string[];
  readonly rooms: readonly RoomResult[];
}

type Runs = { [On in Runtime]?: Run };

const titles: Record<Runtime, string> = {
  node: "Node",
  xs: "XS from npm",
  linux: "XS of the SDK, Linux",
  "esp32c3-emulated": "ESP32-C3 image, emulated",
};

const jsonFile = join(root, "docs/runtimes.json");
const page = join(root, "docs/runtimes.md");
const begin = "<!-- written by npm run device:suites: do not edit -->";
const end = "<!-- end of what the run has written -->";

function cell(run: Run | undefined, room: string): string {
  const result = run?.rooms.find((one) => one.room === room);
  if (!result) return run ? "not in its set" : "not run";
  const { passed, cases } = result;
  return passed === cases ? `${cases} passed` : `**${passed} of ${cases}**`;
}

const dayOf = (at: string) =>
  new Date(at).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });

/** The table and the words under it. */
export function tableOf(runs: Runs, rooms: readonly string[]): string {
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const lines = [
    row(["room", ...runtimes.map((on) => titles[on])]),
    row(["---", ...runtimes.map(() => "---")]),
    ...rooms.map((room) => row([`\`${room}\``, ...runtimes.map((on) => cell(runs[on], room))])),
    "",
    ...runtimes.flatMap((on) => {
      const run = runs[on];
      if (!run) return [];
      const faults = run.rooms.flatMap(({ room, faults }) =>
        faults.map((fault) => `  - \`${room}\`: ${fault.split("\n")[0]}`),
      );
      return [`- ${titles[on]}: ${dayOf(run.at)}, ${run.versions.join(", ")}`, ...faults];
    }),
  ];
  return lines.join("\n");
}

/** Puts a run beside those of the other runtimes, and the table into the page. */
export function keep(on: Runtime, run: Run, rooms: readonly string[]): void {
  const before = existsSync(jsonFile) ? (JSON.parse(readFileSync(jsonFile, "utf8")) as Runs) : {};
  const runs: Runs = { ...before, [on]: run };
  writeFileSync(jsonFile, `${JSON.stringify(runs, null, 2)}\n`);
  const text = readFileSync(page, "utf8");
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${page} has lost the place of the table`);
  const table = `${begin}\n\n${tableOf(runs, rooms)}\n\n`;
  writeFileSync(page, text.slice(0, from) + table + text.slice(to));
}
