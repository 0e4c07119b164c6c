/** Runs tests of one file in a process of its own and reads what each of them said (TAP 13). */
import { spawn } from "node:child_process";
import { join } from "node:path";

export interface TestOutcome {
  readonly title: string;
  readonly outcome: "passed" | "failed" | "skipped";
}

export interface FileRun {
  readonly tests: readonly TestOutcome[];
  /** The file itself could not be loaded, so that nothing was tested. */
  readonly unloadable: boolean;
  /** It was ended from here, because it did not end by itself. */
  readonly hung: boolean;
  readonly exitCode: number | null;
  readonly seconds: number;
  /** What it printed: for the person who wants to know why. */
  readonly output: string;
}

export interface RunTestsOptions {
  /** The project's root, or a copy of it. */
  readonly root: string;
  /** From the root. */
  readonly file: string;
  /** Titles, or the beginnings of them; all tests of the file where absent. */
  readonly titles?: readonly string[];
  /** Seconds. */
  readonly timeout?: number;
}

export async function runTests(options: RunTestsOptions): Promise<FileRun> {
  const { root, file, titles = [], timeout = 240 } = options;
  const ava = join(root, "node_modules", "ava", "entrypoints", "cli.mjs");
  const matches = titles.map((title) => `--match=${title}*`);
  const started = performance.now();
  const child = spawn(process.execPath, [ava, "--tap", file, ...matches], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NODE_ENV: "test" },
    detached: process.platform !== "win32",
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    // Its group: the process with the tests and what they started.
    if (child.pid !== undefined && process.platform !== "win32")
      process.kill(-child.pid, "SIGKILL");
    else child.kill("SIGKILL");
  }, timeout * 1000);
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  clearTimeout(timer);
  return {
    tests: outcomes(output),
    unloadable: /^not ok .*(No tests found in|Couldn't find any)/m.test(output),
    hung,
    exitCode,
    seconds: (performance.now() - started) / 1000,
    output,
  };
}

/** `ok 3 - title`, `not ok 4 - title`, with `# SKIP` or `# TODO` behind it. */
export function outcomes(tap: string): TestOutcome[] {
  return [...tap.matchAll(/^(not )?ok \d+ - (.*?)( # (?:SKIP|TODO).*)?$/gm)].map(
    ([, not, title = "", skipped]) => ({
      title,
      outcome: skipped ? "skipped" : not ? "failed" : "passed",
    }),
  );
}
