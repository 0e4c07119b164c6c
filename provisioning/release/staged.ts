/** The folder that is to be published, as it stands on the desk. It is a whole repository at any time. */
import { dirname, join } from "node:path";
import { Fault } from "../fault.ts";
import { makePrivateFolder, readOptionalFile, writePrivateFile } from "../private-file.ts";
import type { Read } from "./check.ts";
import type { Bench } from "./desk.ts";
import type { NamedFile } from "./metadata.ts";
import type { Standing } from "./repository.ts";

export function stagedFolder(folder: string): string {
  return join(folder, "staged");
}

/** Writes the files in their order, each in one step. */
export function putFiles(
  { beforeWrite }: Pick<Bench, "beforeWrite">,
  folder: string,
  files: Iterable<readonly [string, Uint8Array]>,
): void {
  for (const [path, bytes] of files) {
    const file = join(folder, path);
    makePrivateFolder(dirname(file));
    beforeWrite?.(file);
    writePrivateFile(file, bytes);
  }
}

export function readerOf(folder: string): Read {
  return (path) => readOptionalFile(join(folder, path));
}

export function readStaged(folder: string, path: string): Buffer {
  const file = join(stagedFolder(folder), path);
  const bytes = readOptionalFile(file);
  if (!bytes) throw new Fault(`${file}: the file is missing; restore it from your backup`);
  return bytes;
}

interface Meta {
  readonly meta: Readonly<Record<string, { readonly version: number }>>;
}

/** What the staged timestamp leads to. Signatures are looked at before publishing, not here. */
export function readStanding(folder: string): Standing {
  const standing = new Map<string, NamedFile>();
  const read = (role: string, path: string) => {
    const bytes = readStaged(folder, `metadata/${path}`);
    const signed = parseSigned(bytes, path);
    standing.set(role, { version: signed.version, bytes });
    return signed;
  };
  const timestamp = read("timestamp", "timestamp.json") as unknown as Meta;
  const version = timestamp.meta["snapshot.json"]?.version;
  const snapshot = read("snapshot", `${version}.snapshot.json`) as unknown as Meta;
  for (const [name, { version }] of Object.entries(snapshot.meta))
    read(name.replace(/\.json$/, ""), `${version}.${name}`);
  return standing;
}

export interface SignedHead {
  readonly version: number;
  readonly expires: string;
  readonly [name: string]: unknown;
}

export function parseSigned(bytes: Uint8Array, path: string): SignedHead {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8")).signed as SignedHead;
  } catch {
    throw new Fault(`${path}: not metadata; restore it from your backup`);
  }
}
