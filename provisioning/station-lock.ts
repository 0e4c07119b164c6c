/**
 * One process at a time on a factory folder: two would be two stations on one SQLite file. (Several
 * stations share a PostgreSQL ledger instead.)
 */
import { randomInt } from "node:crypto";
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorCode, Fault } from "./fault.ts";

/** Takes the lock of `folder`, or throws a `Fault` that names who has it. Returns how to let go. */
export function takeStationLock(folder: string): () => void {
  const file = join(folder, "station.lock");
  const mine = String(process.pid);
  const draft = `${file}.${mine}`;
  writeFileSync(draft, mine, { mode: 0o600 });
  try {
    // A link, not an open: the file appears with its content, so nobody ever reads it empty.
    for (let attempt = 0; !linked(draft, file); attempt++) {
      const holder = readHolder(file);
      if (attempt > 2 || (holder !== undefined && isAlive(holder)))
        throw new Fault(
          `${folder} is in use by process ${holder ?? "?"}; wait for it to end (or remove ${file} if that is not this program)`,
        );
      if (holder !== undefined) removeStale(file, holder);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return () => rmSync(file, { force: true });
}

/** As `takeStationLock`, but waits for whoever has it, up to `patienceMs`. */
export async function waitForStationLock(folder: string, patienceMs: number): Promise<() => void> {
  for (const until = Date.now() + patienceMs; ; )
    try {
      return takeStationLock(folder);
    } catch (error) {
      if (!(error instanceof Fault) || Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, randomInt(20, 80)));
    }
}

function linked(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** Undefined when the lock went away meanwhile. */
function readHolder(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

function isAlive(holder: string): boolean {
  const id = Number(holder);
  if (!Number.isSafeInteger(id) || id <= 0) return false;
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    // Somebody else's process is alive all the same.
    return errorCode(error) === "EPERM";
  }
}

/** Moves the dead holder's file away; puts it back if it was a living one's by then. */
function removeStale(file: string, holder: string): void {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return;
    throw error;
  }
  if (readFileSync(aside, "utf8") !== holder) linked(aside, file);
  rmSync(aside, { force: true });
}
