/** The table of docs/runtimes.md, written from what the runs left in docs/runtimes.json. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../host-sim/chip/targets.ts";
import { rooms } from "../rooms/suites.ts";
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

/** One run of the battery of TLS servers. */
export interface BatteryRun extends Pick<Run, "at" | "versions"> {
  readonly passed: number;
  readonly of: number;
}

type Batteries = { [On in Runtime]?: BatteryRun };
type Runs = { [On in Runtime]?: Run } & { readonly tls?: Batteries };

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

/** What came of the battery of TLS servers, a line a runtime. */
function batteryLines(batteries: Batteries): string[] {
  return runtimes.flatMap((on) => {
    const run = batteries[on];
    if (!run) return [];
    const { passed, of, at, versions } = run;
    const came = passed === of ? `${of} of ${of}` : `**${passed} of ${of}**`;
    return [
      `- Battery of TLS servers, ${titles[on]}: ${came}, ${dayOf(at)}, ${versions.join(", ")}`,
    ];
  });
}

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
    ...batteryLines(runs.tls ?? {}),
  ];
  return lines.join("\n");
}

const readRuns = (): Runs =>
  existsSync(jsonFile) ? (JSON.parse(readFileSync(jsonFile, "utf8")) as Runs) : {};

/** As `npm run check` wants it. */
function formatted(runs: Runs): string {
  const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
  const options = { input: JSON.stringify(runs, null, 2), encoding: "utf8" } as const;
  return execFileSync(
    process.execPath,
    [biome, "format", `--stdin-file-path=${jsonFile}`],
    options,
  );
}

function write(runs: Runs): void {
  writeFileSync(jsonFile, formatted(runs));
  const text = readFileSync(page, "utf8");
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${page} has lost the place of the table`);
  const table = `${begin}\n\n${tableOf(runs, Object.keys(rooms))}\n\n`;
  writeFileSync(page, text.slice(0, from) + table + text.slice(to));
}

/** Puts a run of the suites beside those of the other runtimes, and the table into the page. */
export function keep(on: Runtime, run: Run): void {
  write({ ...readRuns(), [on]: run });
}

/** Puts a run of the battery there. */
export function keepBattery(on: Runtime, run: BatteryRun): void {
  const runs = readRuns();
  write({ ...runs, tls: { ...runs.tls, [on]: run } });
}
