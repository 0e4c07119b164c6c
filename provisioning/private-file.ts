/** Files of the factory: for their owner's eyes only, and whole or not there after a power cut. */
import { randomBytes } from "node:crypto";
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { errorCode, Fault } from "./fault.ts";

/** Makes the folder and what is missing above it; new ones are 0700, unless said otherwise. */
export function makePrivateFolder(folder: string, mode = 0o700): void {
  // Not mkdir's own `recursive`: Node's never returns where the parent exists but takes no folder.
  const missing: string[] = [];
  for (let at = resolve(folder); !existsSync(at); at = dirname(at)) missing.unshift(at);
  try {
    for (const path of missing) mkdirSync(path, { mode });
    if (!statSync(folder).isDirectory()) throw Object.assign(new Error(), { code: "EEXIST" });
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Fault(
      `${folder}: ${inWords(error)}; choose another folder or change its permissions`,
    );
  }
}

/** Replaces `file` in one step; 0600, unless said otherwise. */
export function writePrivateFile(file: string, content: Uint8Array | string, mode = 0o600): void {
  const draft = `${file}.${randomBytes(4).toString("hex")}`;
  try {
    const handle = openSync(draft, "wx", mode);
    try {
      writeFileSync(handle, content);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(draft, file);
    syncFolder(dirname(file));
  } catch (error) {
    rmSync(draft, { force: true });
    throw new Fault(`${file}: ${inWords(error)}; free or unlock the folder, then run this again`);
  }
}

/**
 * Removes what `writePrivateFile` left beside `file` when its process died before the rename. Only for
 * files that one process at a time writes.
 */
export function removeDrafts(file: string): void {
  const name = basename(file);
  for (const other of existsSync(dirname(file)) ? readdirSync(dirname(file)) : [])
    if (other.startsWith(`${name}.`) && /^[0-9a-f]{8}$/.test(other.slice(name.length + 1)))
      rmSync(join(dirname(file), other), { force: true });
}

/** Renames a folder, whose new name must be free, or a file, in one step that lasts. */
export function renameInPlace(from: string, to: string): void {
  try {
    renameSync(from, to);
    syncFolder(dirname(to));
  } catch (error) {
    throw new Fault(`${to}: ${inWords(error)}; move what is there, then run this again`);
  }
}

/** Undefined when there is no such file. */
export function readOptionalFile(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw new Fault(`${file}: ${inWords(error)}; check who may read it`);
  }
}

/** The rename itself is durable only when the folder is. Windows cannot open one and needs not. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function inWords(error: unknown): string {
  const words: Readonly<Record<string, string>> = {
    EACCES: "permission denied",
    ENOENT: "no folder can be made there",
    EPERM: "permission denied",
    EROFS: "the file system is read-only",
    ENOSPC: "no space left on the device",
    ENOTDIR: "a part of the path is a file",
    EEXIST: "a file of that name is in the way",
    EISDIR: "it is a folder",
    ENOTEMPTY: "a folder of that name is in the way",
  };
  const code = errorCode(error);
  return (code && words[code]) ?? code ?? "cannot be used";
}
