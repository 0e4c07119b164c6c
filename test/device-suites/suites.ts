/** `npm run device:suites`: the room suites on one runtime, and what passed into docs/runtimes.md. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Stand } from "../../host-sim/chip/bench-unit.ts";
import { buildImage, buildProgram } from "../../host-sim/chip/sdk-build.ts";
import { blankFuses, emulatedStand, linuxStand } from "../../host-sim/chip/stands.ts";
import { flashImage } from "../../host-sim/chip/targets.ts";
import { findEmulator, findIdf, findMbedtls, findSdk } from "../../host-sim/chip/tools.ts";
import { oneOf, runCommandLine } from "../../host-sim/command-line.ts";
import { Fault } from "../../provisioning/fault.ts";
import { rooms } from "../rooms/suites.ts";
import { check } from "../suite.ts";
import { makeSuiteModules, type SuitesTarget, suitesFolder } from "./modules.ts";
import { keep, type Run, type Runtime, runtimes } from "./results.ts";
import { type RoomResult, runRoom } from "./room-run.ts";
import { runOnXs } from "./xs-run.ts";

const usage = `usage: npm run device:suites -- --target node|xs|linux|esp32c3-emulated [--only room,…] [--json] [--no-record]

  Builds the room suites for the runtime, runs them there, and writes which passed into docs/runtimes.md
  and docs/runtimes.json. For linux the Moddable SDK is needed, for the emulated chip ESP-IDF and the emulator
  as well; a smaller set is run there: rooms whose fixtures fit the chip.

  --only       some rooms, by the names of test/rooms; nothing is recorded then
  --json       the result as JSON on standard output
  --no-record  leaves docs/ alone`;

/** Rooms whose suites, with all they import, fit the chip's memory. */
const smallSet = ["memory", "platform", "privacy", "product", "telemetry"];

const casesOf = (room: string) =>
  (rooms[room] ?? []).reduce((sum, { cases }) => sum + Object.keys(cases).length, 0);

function runOnNode(room: string): RoomResult {
  const faults: string[] = [];
  for (const { room: suite, cases } of rooms[room] ?? [])
    for (const [name, run] of Object.entries(cases))
      try {
        run(check);
      } catch (error) {
        faults.push(`${suite}: ${name}: ${(error as Error).message}`);
      }
  const cases = casesOf(room);
  return { room, passed: cases - faults.length, cases, faults };
}

const sdkVersion = (root: string) => readFileSync(join(root, "tools/VERSION"), "utf8").trim();

interface Ready {
  readonly versions: readonly string[];
  run(room: string): Promise<RoomResult>;
  end(): void;
}

async function ready(on: Runtime, chosen: readonly string[]): Promise<Ready> {
  const end = () => {};
  if (on === "node")
    return { versions: [`Node ${process.version}`], run: async (room) => runOnNode(room), end };
  if (on === "xs")
    return {
      versions: ["XS 13.3 of @agoric/xsnap"],
      run: (room) => runOnXs(room, casesOf(room)),
      end,
    };
  const stand = on === "linux" ? await linux(chosen) : await emulated(chosen);
  return { ...stand, run: (room) => runRoom(stand.stand, room, casesOf(room)) };
}

const project = (target: SuitesTarget) => ({
  manifest: "test/device-suites/manifest.json",
  output: join(suitesFolder, target),
});

async function linux(chosen: readonly string[]) {
  const sdk = findSdk();
  const { include } = findMbedtls();
  await makeSuiteModules("linux", chosen);
  const stand: Stand = linuxStand(buildProgram(sdk, project("linux")));
  const header = readFileSync(join(include, "mbedtls/build_info.h"), "utf8");
  const mbedtls = /MBEDTLS_VERSION_STRING +"([\d.]+)"/.exec(header)?.[1];
  const versions = [`Moddable SDK ${sdkVersion(sdk.root)}`, `mbedTLS ${mbedtls}`, process.arch];
  return { stand, versions, end() {} };
}

async function emulated(chosen: readonly string[]) {
  const sdk = findSdk();
  findIdf();
  const emulator = findEmulator();
  await makeSuiteModules("esp32c3-emulated", chosen);
  const { parts } = buildImage(sdk, "esp32c3-emulated", project("esp32c3-emulated"));
  const folder = mkdtempSync(join(tmpdir(), "thirteen-suites-"));
  const fusesFile = join(folder, "fuses.bin");
  writeFileSync(fusesFile, blankFuses());
  const image = flashImage(parts);
  const stand = emulatedStand({
    emulator,
    image,
    fusesFile,
    console: join(folder, "console.txt"),
    // Nothing listens: no suite has a network.
    setUpAt: 0,
    // A case is one turn, and some are longer than the firmware's may be.
    watchdog: false,
  });
  const versions = [`Moddable SDK ${sdkVersion(sdk.root)}`, "ESP-IDF 6.0", "QEMU's esp32c3"];
  return { stand, versions, end: () => rmSync(folder, { recursive: true, force: true }) };
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

await runCommandLine(usage, async () => {
  const { values } = parseArgs({
    options: {
      target: { type: "string", default: "" },
      only: { type: "string" },
      json: { type: "boolean", default: false },
      "no-record": { type: "boolean", default: false },
    },
  });
  const on = oneOf("--target", values.target, runtimes);
  const all = on === "esp32c3-emulated" ? smallSet : Object.keys(rooms);
  const chosen = values.only?.split(",") ?? all;
  for (const room of chosen) oneOf("--only", room, Object.keys(rooms));
  const results: RoomResult[] = [];
  const { versions, run, end } = await ready(on, chosen);
  try {
    for (const room of chosen) {
      const result = await run(room);
      results.push(result);
      if (values.json) continue;
      console.log(`${room.padEnd(12)} ${result.passed} of ${result.cases}`);
      for (const fault of result.faults) console.log(`  ${fault}`);
    }
  } finally {
    end();
  }
  const ran: Run = { at: new Date().toISOString(), versions, rooms: results };
  if (values.json) console.log(JSON.stringify({ target: on, ...ran }, null, 2));
  if (values.only === undefined && !values["no-record"]) keep(on, ran);
  const failed = results.filter(({ passed, cases }) => passed !== cases).map(({ room }) => room);
  if (failed.length > 0) throw new Fault(`not all passed on ${on}: ${failed.join(", ")}`);
});
