/**
 * `npm run fork:rehearse`: what somebody who forks goes through, in a folder that is thrown away. The
 * new product is checked and tested, its list is filled, and a second product takes the first one's place.
 */
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { parseArgs } from "node:util";
import { runCommandLine } from "../../host-sim/command-line.ts";
import { Fault } from "../../provisioning/fault.ts";
import { fork } from "../../provisioning/fork/fork.ts";
import { releaseFindings } from "../../provisioning/fork/release-check.ts";
import { projectRoot } from "../conformance/shadow.ts";
import dataMap from "./door-sensor/data-map.json" with { type: "json" };

const usage = `usage: npm run fork:rehearse -- [--whole] [--json]

  --whole   runs all of npm test in the new product, not the quicker suites only`;

const suites = ["test/rooms.test.ts", "test/documents/", "test/provisioning/", "test/fork/"];
/** As `npm test` chooses them: what takes long is another command. */
const quick = (folder: string, chosen: readonly string[]) =>
  readdirSync(join(folder, "test"), { recursive: true, encoding: "utf8" })
    .map((file) => `test/${file.split(sep).join("/")}`)
    .filter((file) => file.endsWith(".test.ts") && !file.endsWith(".long.test.ts"))
    .filter((file) => chosen.length === 0 || chosen.some((start) => file.startsWith(start)));

await runCommandLine(usage, async () => {
  const { values } = parseArgs({
    options: {
      whole: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  const parent = mkdtempSync(join(tmpdir(), "thirteen-rehearsal-"));
  const folder = join(parent, "acme-sensor");
  const seconds: Record<string, number> = {};
  const step = (name: string, program: string, ...args: string[]) => {
    const started = performance.now();
    process.stderr.write(`${name} …\n`);
    const bin = join(folder, "node_modules", program);
    const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
      cwd: folder,
      encoding: "utf8",
    });
    if (status !== 0) throw new Fault(`${name}: red\n${stdout.slice(-3000)}${stderr.slice(-1000)}`);
    seconds[name] = Math.round((performance.now() - started) / 1000);
  };
  try {
    const { left } = fork("acme-sensor", folder);
    for (const name of ["node_modules", "build"])
      symlinkSync(join(projectRoot, name), join(folder, name), "dir");
    step(
      "the new product is formatted and linted",
      "@biomejs/biome/bin/biome",
      "check",
      "--error-on-warnings",
      ".",
    );
    step("it type-checks", "typescript/bin/tsc", "-p", "tsconfig.json");
    step(
      "its tests are green",
      "ava/entrypoints/cli.mjs",
      ...quick(folder, values.whole ? [] : suites),
    );
    if (left.length === 0 || releaseFindings(folder, "2027-02-01").length === 0)
      throw new Fault("the release check passes although nothing was filled in");
    copyFileSync(
      join(folder, "test/fork/door-sensor/product.ts"),
      join(folder, "device/product/product.ts"),
    );
    const map = join(folder, "device/privacy/data-map.ts");
    writeFileSync(
      map,
      readFileSync(map, "utf8").replace(dataMap.there, () => dataMap.instead),
    );
    step(
      "a second product in its place type-checks",
      "typescript/bin/tsc",
      "-p",
      "device/tsconfig.json",
    );
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
  if (values.json) console.log(JSON.stringify({ green: true, seconds }));
  else
    console.log(
      "A new product is green from the first minute, and its release check holds it back.",
    );
});
