/**
 * A copy of the project in a folder of its own, in which one file at a time may be changed: what runs
 * there (tests, the bundles they make, child processes, the linter) sees the change, and the tree
 * somebody works in is never touched.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

export const projectRoot = fileURLToPath(new URL("../..", import.meta.url));

/** Installed or built, and found by content: shared with the original. */
const linked = ["node_modules", "build"];
const left = new Set([...linked, ".git", ".desk", "coverage"]);

export class Shadow {
  readonly folder = mkdtempSync(join(tmpdir(), "thirteen-shadow-"));

  constructor(root: string = projectRoot) {
    cpSync(root, this.folder, { recursive: true, filter: (path) => !left.has(basename(path)) });
    for (const name of linked) symlinkSync(join(root, name), join(this.folder, name), "dir");
  }

  /** Runs `during` while `file` says what `change` makes of it. */
  async with<Result>(
    file: string,
    change: (source: string) => string,
    during: () => Promise<Result>,
  ): Promise<Result> {
    const path = join(this.folder, file);
    const original = readFileSync(path, "utf8");
    writeFileSync(path, change(original));
    try {
      return await during();
    } finally {
      writeFileSync(path, original);
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
