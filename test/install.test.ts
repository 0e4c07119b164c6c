/** `host-sim/run.mjs`, what a fresh clone runs first, with a registry's part played by a small script. */
import { type ChildProcess, spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import test, { type ExecutionContext } from "ava";

const root = fileURLToPath(new URL("..", import.meta.url));

interface Clone {
  readonly folder: string;
  start(args: readonly string[], options?: { node?: readonly string[]; npm?: string }): Started;
  /** How `npm` was called, a line each time. */
  installs(): string[];
}

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; out: string; errors: string }>;
}

/** Says what it was asked, talks on standard output as npm does, and installs tsx. */
const npm = `
import { appendFileSync, mkdirSync, symlinkSync } from "node:fs";
appendFileSync("npm-calls", process.argv.slice(2).join(" ") + "\\n");
console.log("added 1 package");
mkdirSync("node_modules", { recursive: true });
try { symlinkSync(${JSON.stringify(join(root, "node_modules", "tsx"))}, "node_modules/tsx", "dir"); } catch {}
`;
const brokenNpm = `console.error("npm error network"); process.exit(1);`;

function clone(t: ExecutionContext, program: string): Clone {
  const folder = mkdtempSync(join(tmpdir(), "thirteen-install-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "host-sim"));
  cpSync(join(root, "host-sim", "run.mjs"), join(folder, "host-sim", "run.mjs"));
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  writeFileSync(join(folder, "package-lock.json"), "{}");
  writeFileSync(join(folder, "npm.mjs"), npm);
  writeFileSync(join(folder, "broken-npm.mjs"), brokenNpm);
  writeFileSync(join(folder, "program.ts"), program);
  return {
    folder,
    start(args, { node = [], npm: named = "npm.mjs" } = {}) {
      const child = spawn(
        process.execPath,
        [...node, join(folder, "host-sim", "run.mjs"), ...args],
        {
          // From anywhere: the program finds its own clone.
          cwd: tmpdir(),
          env: { PATH: process.env.PATH, npm_execpath: join(folder, named) },
          stdio: ["ignore", "pipe", "pipe"],
          // A process group of its own, as a terminal gives.
          detached: true,
          timeout: 60_000,
        },
      );
      return { child, ended: ended(child) };
    },
    installs() {
      const calls = join(folder, "npm-calls");
      return existsSync(calls) ? readFileSync(calls, "utf8").trim().split("\n") : [];
    },
  };
}

function ended(child: ChildProcess): Started["ended"] {
  let out = "";
  let errors = "";
  child.stdout?.on("data", (data) => {
    out += data;
  });
  child.stderr?.on("data", (data) => {
    errors += data;
  });
  return new Promise((resolve) => {
    child.on("close", (code) => resolve({ code, out, errors }));
  });
}

test("installs once per lock file, runs the program, keeps its output and its exit code", async (t) => {
  const here = clone(
    t,
    "const args: string[] = process.argv.slice(2); console.log(JSON.stringify(args)); process.exit(7);",
  );
  const first = await here.start(["program.ts", "--json", "a b"]).ended;
  t.deepEqual(here.installs(), ["ci --no-audit --no-fund --loglevel=error"]);
  t.is(first.out, '["--json","a b"]\n');
  t.regex(
    first.errors,
    /^Installing what is missing \(npm ci\).*\nadded 1 package\nInstalled in \d+ s/,
  );
  t.is(first.code, 7);

  const second = await here.start(["program.ts"]).ended;
  t.deepEqual(second, { code: 7, out: "[]\n", errors: "" });

  writeFileSync(join(here.folder, "package-lock.json"), '{"changed":true}');
  await here.start(["program.ts"]).ended;
  t.is(here.installs().length, 2);
});

test("a failed install says so, runs nothing, and is tried again", async (t) => {
  const here = clone(t, "console.log('ran');");
  const failed = await here.start(["program.ts"], { npm: "broken-npm.mjs" }).ended;
  t.is(failed.out, "");
  t.regex(failed.errors, /npm error network\nnpm ci failed: see its message above/);
  t.is(failed.code, 1);
  t.is((await here.start(["program.ts"]).ended).out, "ran\n");
});

test("a Node that is too old is told apart, in one line", async (t) => {
  const here = clone(t, "");
  const pretend = (version: string) =>
    `data:text/javascript,Object.defineProperties(process,{version:{value:"v${version}"},versions:{value:{...process.versions,node:"${version}"}}})`;
  for (const version of ["18.20.4", "20.18.3"]) {
    const { code, errors } = await here.start(["program.ts"], {
      node: ["--import", pretend(version)],
    }).ended;
    t.is(
      errors,
      `Thirteen needs Node 20.19 or newer; this is v${version}. See https://nodejs.org.\n`,
    );
    t.is(code, 1);
  }
  t.deepEqual(here.installs(), []);
});

test("Ctrl+C reaches the program, which closes in its own time", async (t) => {
  const commandLine = pathToFileURL(join(root, "host-sim", "command-line.ts"));
  const here = clone(
    t,
    `import { untilInterrupted } from "${commandLine}";
    const interrupted = untilInterrupted();
    const alive = setInterval(() => {}, 1_000);
    console.log("ready");
    await interrupted;
    setTimeout(() => { clearInterval(alive); console.log("closed"); process.exit(5); }, 300);`,
  );
  mkdirSync(join(here.folder, "node_modules"));
  symlinkSync(join(root, "node_modules", "tsx"), join(here.folder, "node_modules", "tsx"), "dir");
  const { child, ended: end } = here.start(["program.ts"]);
  child.stdout?.once("data", () => {
    // To all of the group, and run.mjs passes it on besides: the program hears it twice.
    process.kill(-child.pid!, "SIGINT");
  });
  const { code, out } = await end;
  t.is(out, "ready\nclosed\n");
  t.is(code, 5);
});
