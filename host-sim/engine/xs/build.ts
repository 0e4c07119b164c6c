/**
 * Builds the XS host: our C files here with the XS sources that npm's @agoric/xsnap carries, which stay
 * where they are. Once per version of either; the result is kept under `build/xs`.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const xsnapManifest = createRequire(import.meta.url).resolve("@agoric/xsnap/package.json");
const xs = join(dirname(xsnapManifest), "moddable", "xs");
const defaultBuildFolder = join(here, "..", "..", "..", "build", "xs");

const ours = readdirSync(here)
  .filter((file) => /\.[ch]$/.test(file))
  .sort();

/** XS sources we have no use for: heap snapshots, and messages between machines. */
const unused = new Set(["xsSnapshot.c", "xsMarshall.c"]);

const flags = [
  "-O2",
  "-fno-common",
  "-DINCLUDE_XSPLATFORM",
  '-DXSPLATFORM="platform.h"',
  "-DmxBoundsCheck=1", // JavaScript and native stack overflows are noticed
  "-DmxLockdown=1", // Compartment and harden
  "-DmxMinusZero=1",
  "-DmxNoConsole=1",
  "-DmxParse=1",
  "-DmxRun=1",
  "-DmxSloppy=1", // a classic script, as the Node engine runs it
  "-DmxStringNormalize=1",
  ...["includes", "platforms", "sources"].map((folder) => `-I${join(xs, folder)}`),
  `-I${here}`,
];
const warnings = {
  ours: ["-Wall", "-Wextra", "-Wno-unused-parameter", "-Wno-sign-compare"],
  theirs: ["-w"],
};

export type Availability = { ok: true } | { ok: false; reason: string };

/** The command line of a C compiler: `$CC`, or the first of cc, gcc and clang that runs. */
function compiler(): string[] | undefined {
  const chosen = process.env.CC?.trim();
  const candidates = chosen ? [chosen.split(/\s+/)] : [["cc"], ["gcc"], ["clang"]];
  return candidates.find(
    ([command, ...args]) => spawnSync(command!, [...args, "--version"]).status === 0,
  );
}

/** Where the host is, once built: a folder for each version of its sources and flags. */
export function xsHostPath(buildFolder: string): string {
  const hash = createHash("sha256");
  // The package's version stands for its 4 MB of sources.
  for (const file of [xsnapManifest, ...ours.map((name) => join(here, name))])
    hash.update(readFileSync(file));
  hash.update(JSON.stringify([flags, process.platform, process.arch, process.env.CC]));
  return join(buildFolder, hash.digest("hex").slice(0, 16), "xs-host");
}

/** Whether `buildXsHost` can succeed here; if not, the reason in one line. */
export function xsAvailable(buildFolder = defaultBuildFolder): Availability {
  const otherwise = "the Node engine works without it";
  if (process.platform === "win32")
    return { ok: false, reason: `XS engine: needs Linux or macOS (or WSL); ${otherwise}` };
  if (existsSync(xsHostPath(buildFolder)) || compiler() !== undefined) return { ok: true };
  return {
    ok: false,
    reason: `XS engine: no C compiler found (install gcc or clang, or set CC); ${otherwise}`,
  };
}

function run(command: string[], what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command[0]!, command.slice(1), { stdio: ["ignore", "ignore", "pipe"] });
    let messages = "";
    child.stderr.on("data", (data) => {
      messages += data;
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`XS engine: the C compiler failed on ${what}: ${messages.trim()}`));
    });
  });
}

async function compile(executable: string, command: string[]): Promise<void> {
  const folder = `${dirname(executable)}.${process.pid}-${randomUUID().slice(0, 8)}`;
  mkdirSync(folder, { recursive: true });
  try {
    const theirs = readdirSync(join(xs, "sources")).filter((name) => !unused.has(name));
    // xsre.c and xsRun.c take longest: backwards through the alphabet they come first.
    const files = [
      ...theirs
        .sort()
        .reverse()
        .map((name) => join(xs, "sources", name)),
      ...ours.map((name) => join(here, name)),
    ].filter((file) => file.endsWith(".c"));
    const queue = files.map((file, index) => ({ file, object: join(folder, `${index}.o`) }));
    const objects = queue.map(({ object }) => object);
    const worker = async () => {
      for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
        const strict = job.file.startsWith(here) ? warnings.ours : warnings.theirs;
        await run([...command, ...flags, ...strict, "-c", job.file, "-o", job.object], job.file);
      }
    };
    const workers = Array.from({ length: Math.max(2, availableParallelism()) }, () =>
      worker().catch((error) => {
        queue.length = 0;
        throw error;
      }),
    );
    // All of them, also after a failure: nobody may still write into a folder that is going.
    const failed = (await Promise.allSettled(workers)).find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
    const linked = join(folder, "xs-host");
    await run([...command, ...objects, "-lm", "-lpthread", "-o", linked], "linking");
    mkdirSync(dirname(executable), { recursive: true });
    renameSync(linked, executable);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** No build takes this long; a lock that does belongs to a process whose number was given away. */
const longestBuildMs = 10 * 60 * 1000;

/** Takes the lock file, or says no; the lock of a process that is gone does not count. */
function takeLock(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  try {
    const owner = Number(readFileSync(lock, "utf8"));
    // Empty for the moment between its creation and its writing.
    const abandoned = Date.now() - statSync(lock).mtimeMs > longestBuildMs;
    if ((owner > 0 && !alive(owner)) || abandoned) rmSync(lock, { force: true });
  } catch {
    // Gone meanwhile: the next attempt takes it.
  }
  return false;
}

async function build(buildFolder: string): Promise<string> {
  const executable = xsHostPath(buildFolder);
  const lock = `${dirname(executable)}.lock`;
  if (existsSync(executable)) return executable;
  const command = compiler();
  const available = xsAvailable(buildFolder);
  if (!available.ok || command === undefined)
    throw new Error(available.ok ? "XS engine: no C compiler found" : available.reason);
  mkdirSync(buildFolder, { recursive: true });
  while (!takeLock(lock)) {
    await delay(100);
    if (existsSync(executable)) return executable;
  }
  try {
    // Another process may have finished between our look and our lock.
    if (existsSync(executable)) return executable;
    process.stderr.write("Building the XS engine, once (ten seconds on two idle cores) …\n");
    const started = Date.now();
    await compile(executable, command);
    process.stderr.write(
      `Built the XS engine in ${Math.round((Date.now() - started) / 1000)} s.\n`,
    );
  } finally {
    rmSync(lock, { force: true });
  }
  return executable;
}

const builds = new Map<string, Promise<string>>();

/**
 * The path of the XS host, built first where it is missing; any number of processes may ask at once.
 * Rejects with the one line of `xsAvailable`, or with the compiler's message.
 */
export function buildXsHost(buildFolder = defaultBuildFolder): Promise<string> {
  let pending = builds.get(buildFolder);
  if (pending === undefined) {
    pending = build(buildFolder);
    builds.set(buildFolder, pending);
    pending.catch(() => builds.delete(buildFolder));
  }
  return pending;
}
