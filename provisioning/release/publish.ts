/**
 * `publish`: the staged repository goes to the folder that the web host serves. Files that are never
 * replaced go first, the timestamp that leads to them after them, new roots last: a unit that asks
 * in between, or a cut in between, finds the repository as it was or as it will be. (While a role's
 * key changes, its metadata is signed by both keys, so that holds across a root too.)
 */
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { Fault } from "../fault.ts";
import { makePrivateFolder, readOptionalFile, writePrivateFile } from "../private-file.ts";
import { storedPath } from "./catalogue.ts";
import { atDesk, type Bench, checkAsUnit, keyFolder, pathsOnOffer } from "./desk.ts";
import { type Desk, type OnlineKey, writeDesk } from "./desk-file.ts";
import type { OnlineRole } from "./metadata.ts";
import type { Standing } from "./repository.ts";
import { parseSigned, readerOf, readStaged, readStanding, stagedFolder } from "./staged.ts";

export interface Published {
  readonly files: number;
  readonly bytes: number;
  readonly timestamp: number;
}

export function publish(bench: Bench, out: string): Promise<Published> {
  return atDesk(bench, (desk) => {
    if (desk.unsigned.length > 0 || desk.rekeyed.length > 0)
      throw new Fault("there are changes that nobody signed yet; run: sign");
    const standing = readStanding(bench.folder);
    const paths = publicPaths(desk, standing);
    const isOther = isAnother(readOptionalFile(join(out, "metadata/1.root.json")), bench);
    if (isOther)
      throw new Fault(`${out}: another repository is published there; choose another folder`);
    checkAsUnit(
      bench,
      readerOf(stagedFolder(bench.folder)),
      pathsOnOffer(desk),
      readOptionalFile(join(out, "metadata/timestamp.json")) && readerOf(out),
    );
    const report = copy(bench, out, paths);
    retire(bench, desk);
    return { ...report, timestamp: standing.get("timestamp")!.version };
  });
}

function isAnother(published: Uint8Array | undefined, bench: Bench): boolean {
  return (
    published !== undefined && !readStaged(bench.folder, "metadata/1.root.json").equals(published)
  );
}

/** Everything that the standing metadata leads to, in the order in which it may be put there. */
function publicPaths(desk: Desk, standing: Standing): string[] {
  const targets: string[] = [];
  const metadata: string[] = [];
  for (const [role, { version, bytes }] of standing) {
    if (role === "timestamp" || role === "snapshot") continue;
    metadata.push(`metadata/${version}.${role}.json`);
    const { targets: listed } = parseSigned(bytes, role) as unknown as {
      targets: Record<string, { hashes: { sha256: string } }>;
    };
    for (const [path, { hashes }] of Object.entries(listed))
      targets.push(`targets/${storedPath(path, hashes.sha256)}`);
  }
  const roots = Array.from({ length: desk.root }, (_, index) => `metadata/${index + 1}.root.json`);
  return [
    ...targets,
    ...metadata,
    `metadata/${standing.get("snapshot")!.version}.snapshot.json`,
    "metadata/timestamp.json",
    ...roots,
  ];
}

function copy(bench: Bench, out: string, paths: readonly string[]) {
  let [files, bytes] = [0, 0];
  for (const [index, path] of paths.entries()) {
    const content = readStaged(bench.folder, path);
    const file = join(out, path);
    const there = readOptionalFile(file);
    if (there?.equals(content)) continue;
    if (there && path !== "metadata/timestamp.json")
      throw new Fault(
        `${file}: published before with another content; is this desk an old copy? Restore the newest`,
      );
    bench.progress(`publishing ${index + 1} of ${paths.length}`);
    makePrivateFolder(dirname(file), 0o755);
    bench.beforeWrite?.(file);
    // Everybody may read it: that is what it is for.
    writePrivateFile(file, content, 0o644);
    files++;
    bytes += content.length;
  }
  bench.progress(undefined);
  return { files, bytes };
}

/** The root that replaces them is out: the keys before it are of no more use to anybody. */
function retire(bench: Bench, desk: Desk): void {
  const retired: string[] = [];
  const settled = (role: OnlineRole): OnlineKey => {
    const { retiring, ...key } = desk.onlineKeys[role];
    if (retiring) retired.push(retiring.name);
    return key;
  };
  const onlineKeys = {
    targets: settled("targets"),
    snapshot: settled("snapshot"),
    timestamp: settled("timestamp"),
  };
  if (retired.length === 0) return;
  writeDesk(bench.folder, { ...desk, onlineKeys });
  for (const name of retired) rmSync(join(keyFolder(bench), `${name}.key`), { force: true });
}
