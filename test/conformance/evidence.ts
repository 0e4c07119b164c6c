/** Runs the tests that claims name, each file once, and keeps what they printed. */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RanTest, Where } from "./judge.ts";
import { share } from "./mutant-run.ts";
import { type FileRun, runTests } from "./run-tests.ts";
import type { Shadow } from "./shadow.ts";
import type { NamedTest } from "./titles.ts";

export interface EvidenceFile {
  readonly file: string;
  /** From the record's folder. */
  readonly path: string;
  readonly sha256: string;
  readonly passed: number;
  readonly failed: number;
  readonly seconds: number;
}

export interface Evidence {
  readonly files: readonly EvidenceFile[];
  find(test: NamedTest): readonly RanTest[];
  run(file: string): FileRun | undefined;
}

/** These hold so many claims that they are run whole. */
const whole = new Set(["test/rooms.test.ts", "test/rooms-xs.test.ts"]);

export async function gather(
  named: readonly NamedTest[],
  shadows: readonly Shadow[],
  folder: string,
  onFile: (file: EvidenceFile) => void = () => {},
): Promise<Evidence> {
  mkdirSync(join(folder, "evidence"), { recursive: true });
  const runs = new Map<string, FileRun>();
  const files: EvidenceFile[] = [];
  await share([...titlesByFile(named)], shadows, async ([file, titles], shadow) => {
    const run = await runTests({ root: shadow.folder, file, titles, timeout: 900 });
    runs.set(file, run);
    const evidence = keep(file, run, folder);
    files.push(evidence);
    onFile(evidence);
  });
  files.sort((a, b) => (a.file < b.file ? -1 : 1));
  return {
    files,
    run: (file) => runs.get(file),
    find: ({ file, title }) =>
      (runs.get(file)?.tests ?? [])
        .filter((test) => test.title.startsWith(title))
        .map((test) => ({ ...test, file, where: whereOf(file), evidence: pathOf(file) })),
  };
}

function titlesByFile(named: readonly NamedTest[]): Map<string, string[]> {
  const files = new Map<string, string[]>();
  for (const { file, title } of named) {
    const titles = files.get(file) ?? [];
    files.set(file, titles.includes(title) ? titles : [...titles, title]);
  }
  for (const [file, titles] of files)
    if (whole.has(file) || titles.includes("")) files.set(file, []);
  // The longest first, so that the others fill the time beside it.
  return new Map([...files].sort(([a], [b]) => weight(b) - weight(a)));
}

const slow = ["rooms-xs", "attacks", "secrets", "life", "raw-flash", "fuzz", "update/life.long"];
const weight = (file: string) => (slow.some((word) => file.includes(word)) ? 1 : 0);

function keep(file: string, run: FileRun, folder: string): EvidenceFile {
  const path = pathOf(file);
  writeFileSync(join(folder, path), run.output);
  const count = (outcome: string) => run.tests.filter((test) => test.outcome === outcome).length;
  return {
    file,
    path,
    sha256: createHash("sha256").update(run.output).digest("hex"),
    passed: count("passed"),
    failed: count("failed"),
    seconds: Math.round(run.seconds * 10) / 10,
  };
}

const pathOf = (file: string) =>
  `evidence/${file
    .replace(/^test\//, "")
    .replace(/\.test\.ts$/, "")
    .replaceAll("/", "-")}.tap.txt`;

function whereOf(file: string): Where {
  if (file.startsWith("test/documents/") || file.startsWith("test/conformance/")) return "document";
  if (/rooms-xs|xs-/.test(file)) return "simulated, on the chip's engine";
  return "simulated";
}
