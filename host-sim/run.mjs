#!/usr/bin/env node
// Runs a TypeScript program of this project, after installing what is missing. Node built-ins only:
// it is the first thing a fresh clone runs.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [program, ...args] = process.argv.slice(2);

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19))
  fail(`Thirteen needs Node 20.19 or newer; this is ${process.version}. See https://nodejs.org.`);

/** Installs exactly what package-lock.json names, once per lock file. */
function install() {
  const lock = createHash("sha256").update(readFileSync(join(root, "package-lock.json")));
  const wanted = lock.digest("hex");
  const stamp = join(root, "node_modules", ".thirteen-installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  process.stderr.write("Installing what is missing (npm ci), once; about half a minute …\n");
  const started = Date.now();
  // npm's own entry where npm started us: on Windows `npm` is a script that spawn cannot run.
  const npm = process.env.npm_execpath;
  const [command, first] = npm ? [process.execPath, [npm]] : ["npm", []];
  const flags = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  const done = spawnSync(command, [...first, ...flags], {
    cwd: root,
    // A program's own standard output may be JSON: npm must not write into it.
    stdio: ["ignore", 2, 2],
  });
  if (done.status !== 0) fail("npm ci failed: see its message above; then run this again.");
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
  process.stderr.write(`Installed in ${Math.round((Date.now() - started) / 1000)} s.\n`);
}

if (program === undefined) fail("usage: node host-sim/run.mjs <program.ts> [arguments]");
install();
const bin = (path) => join(root, "node_modules", ...path.split("/"));
const ava = bin("ava/entrypoints/cli.mjs");
const c8 = [bin("c8/bin/c8.js"), "--include=device", "--check-coverage", "--lines=90"];
/** What takes long has a command of its own, so that everybody can wait for `npm test`. */
const tests = (chosen) =>
  readdirSync(join(root, "test"), { recursive: true })
    .map((file) => `test/${file.replaceAll("\\", "/")}`)
    .filter((file) => file.endsWith(".test.ts") && file.endsWith(".long.test.ts") === chosen.long)
    .sort();
/** A file that is named is run, long or not. */
const named = args.some((argument) => argument.includes(".test.ts"));
const programs = {
  test: () => [ava, ...(named ? [] : tests({ long: false }))],
  "test:long": () => [ava, ...tests({ long: true })],
  // Of the rooms, by their suites: whole devices run in engines of their own, which c8 cannot see.
  coverage: () => [...c8, process.execPath, ava, "test/rooms.test.ts"],
};
const child = spawn(
  process.execPath,
  [...(programs[program]?.() ?? ["--import", "tsx", join(root, program)]), ...args],
  { cwd: root, stdio: "inherit" },
);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
