/** Bad input to every command: one clear line, a non-zero exit, and nothing lost. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { FlashFileDamaged } from "../host-sim/board/flash-file.ts";
import { openDesk } from "../host-sim/desk/desk.ts";
import { nodeEngine } from "../host-sim/engine/node-engine.ts";
import { bundlePrograms, type NodePrograms } from "../host-sim/runtime/node-programs.ts";
import { Fault } from "../provisioning/fault.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "thirteen-command-line-"));
const made = join(scratch, "made");

let bundled: NodePrograms;

// One unit for all: each test that damages something works on a copy.
test.before(async () => {
  bundled = await bundlePrograms(Object.values(programs));
  await (await openDesk({ engine: nodeEngine, folder: made })).close();
});
test.after.always(() => {
  rmSync(scratch, { recursive: true, force: true });
  bundled?.remove();
});

const programs = {
  start: "host-sim/desk/start.ts",
  tour: "host-sim/tour/tour.ts",
  provision: "host-sim/line/provision.ts",
  fleet: "host-sim/fleet/fleet.ts",
  bench: "test/bench/bench.ts",
  fuzz: "test/fuzz/fuzz.ts",
} as const;

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly errors: string;
}

/** What `npm run <command> -- <args>` runs, bundled, without npm. */
function run(line: string, environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const [command, ...args] = line.split(" ");
  const program = programs[command as keyof typeof programs];
  const child = spawn(process.execPath, [bundled.file(program), ...args], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
  });
  let out = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    errors += text;
  });
  return new Promise((resolve) => {
    child.on("close", (status) => resolve({ status, out, errors }));
  });
}

/** Every file with the digest of its content. */
function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  const entries = files
    .filter((file) => file.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((file) => [file, createHash("sha256").update(readFileSync(file)).digest("hex")]);
  return Object.fromEntries(entries);
}

/** A copy of the desk's folder for one test. */
function copy(name: string): string {
  const folder = join(scratch, name);
  cpSync(made, folder, { recursive: true });
  return folder;
}

const oneLine = (text: string) => text.endsWith("\n") && text.trim().split("\n").length === 1;

for (const [line, message] of [
  ["start --colour red", /^Unknown option '--colour'; see --help/],
  ["tour --colour", /^Unknown option '--colour'; see --help/],
  ["provision issue --colour", /^Unknown option '--colour'; see --help/],
  ["fleet --colour", /^Unknown option '--colour'; see --help/],
  ["bench --colour", /^Unknown option '--colour'; see --help/],
  ["fuzz --colour", /^Unknown option '--colour'; see --help/],
  ["start --port 65536", /^--port 65536: give a whole number from 0 to 65535/],
  ["tour --engine v9", /^--engine v9: use node or xs/],
  ["fleet --devices 0", /^--devices 0: give a whole number from 1 to 1000/],
  ["fuzz --seconds 1 --executions 1", /^--seconds, --executions and --total: give one of them/],
] as const)
  test.serial(`typed wrongly: ${line}`, async (t) => {
    const { status, out, errors } = await run(line);
    t.regex(errors, message);
    t.true(oneLine(errors), errors);
    t.is(out, "");
    t.is(status, 2);
  });

test.serial("a busy port: one line, and --new has not yet ended the old unit", async (t) => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
  const { port } = holder.address() as AddressInfo;
  const before = contents(made);
  const { status, errors } = await run(`start --new --port ${port} --folder ${made}`);
  holder.close();
  t.regex(errors, new RegExp(`^Port ${port} is taken by another program\\. Choose another`));
  t.true(oneLine(errors), errors);
  t.is(status, 1);
  t.deepEqual(contents(made), before);
});

test.serial("a desk that is already open is not opened twice", async (t) => {
  const desk = await openDesk({ engine: nodeEngine, folder: made });
  const before = contents(made);
  const error = await t.throwsAsync(openDesk({ engine: nodeEngine, folder: made }));
  t.true(error instanceof Fault);
  t.regex(error.message, new RegExp(`is in use by process ${process.pid};`));
  t.deepEqual(contents(made), before);
  await desk.close();
  await (await openDesk({ engine: nodeEngine, folder: made })).close();
});

for (const [what, file, damage, message] of [
  ["flash file", "flash.bin", flipMiddle, /^flash file .* is damaged .* nothing was changed/],
  ["short flash file", "flash.bin", cutShort, /^flash file .* is damaged .* nothing was changed/],
  ["ledger", "factory/ledger.db", blankStart, /ledger cannot be read .* nothing was changed/],
  ["label", "label.json", cutShort, /label\.json is damaged\. .* nothing was changed/],
  ["owner's key", "owner-key", cutShort, /owner-key is damaged; nothing was changed/],
] as const)
  test.serial(`a damaged ${what}: one line, and nothing is changed`, async (t) => {
    const folder = copy(`damaged ${what}`.replaceAll(/\W/g, "-"));
    const path = join(folder, file);
    writeFileSync(path, damage(readFileSync(path)));
    const before = contents(folder);
    const error = await t.throwsAsync(openDesk({ engine: nodeEngine, folder }));
    // Of these the commands show the message alone.
    t.true(error instanceof Fault || error instanceof FlashFileDamaged);
    t.regex(error.message, message);
    t.false(error.message.includes("\n"));
    t.deepEqual(contents(folder), before);
  });

test.serial("a damaged flash file, as npm start says it", async (t) => {
  const folder = copy("damaged-for-start");
  const path = join(folder, "flash.bin");
  writeFileSync(path, flipMiddle(readFileSync(path)));
  const before = contents(folder);
  const { status, errors } = await run(`start --port 0 --folder ${folder}`);
  t.regex(errors, /^flash file .* is damaged .* nothing was changed/);
  t.true(oneLine(errors), errors);
  t.is(status, 1);
  t.deepEqual(contents(folder), before);
});

function flipMiddle(bytes: Buffer): Buffer {
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = bytes[middle]! ^ 1;
  return bytes;
}

function cutShort(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.length - 1);
}

function blankStart(bytes: Buffer): Buffer {
  return bytes.fill(0, 0, 2_048);
}

test.serial("no C compiler: --engine xs is one line that says so", async (t) => {
  const { status, out, errors } = await run("tour --engine xs", { CC: join(scratch, "none") });
  t.regex(errors, /^XS engine: no C compiler found \(install gcc or clang, or set CC\)/);
  t.true(oneLine(errors), errors);
  t.is(out, "");
  t.is(status, 1);
});

test.serial("no Mosquitto: one line, and no folder stays behind", async (t) => {
  const temporary = mkdtempSync(join(scratch, "temporary-"));
  const { status, errors } = await run("tour --broker mosquitto", {
    MOSQUITTO: join(scratch, "no-mosquitto"),
    TMPDIR: temporary,
  });
  t.regex(errors, /^Mosquitto is not installed: Debian and Ubuntu: apt-get install mosquitto/);
  t.true(oneLine(errors), errors);
  t.is(status, 1);
  const desks = readdirSync(temporary).filter((name) => name.startsWith("thirteen"));
  t.deepEqual(desks, []);
});
