/** What the release desk remembers between commands: `desk.json`, replaced in one step. */
import { join } from "node:path";
import { Fault } from "../fault.ts";
import { readOptionalFile, writePrivateFile } from "../private-file.ts";
import type { Release } from "./catalogue.ts";
import type { Health } from "./health.ts";
import type { OnlineRole } from "./metadata.ts";
import type { Periods } from "./repository.ts";
import type { KeyKind } from "./signer.ts";

/** A key by its id in the metadata and the name of its file, without ".key". */
export interface KeyName {
  readonly id: string;
  readonly name: string;
}

export interface OnlineKey extends KeyName {
  /** The key before it, until the root that replaces it is published. */
  readonly retiring?: KeyName;
}

export interface DeskRelease extends Release {
  /** ISO 8601. */
  readonly added: string;
  /** SHA-256 of the component list, hex. */
  readonly sbom: string;
  readonly isRevoked?: boolean;
  /** Every change of the ring, with the report it was decided on. */
  readonly rings: readonly {
    readonly at: string;
    readonly percent: number;
    readonly health?: Health;
  }[];
}

export interface Desk {
  readonly v: 1;
  readonly product: string;
  readonly boards: readonly string[];
  readonly threshold: number;
  /** Of every key this desk makes; absent: Ed25519. */
  readonly keys?: KeyKind;
  readonly periods: Periods;
  /** Version of the newest root. */
  readonly root: number;
  readonly isSample: boolean;
  readonly rootKeys: readonly KeyName[];
  readonly onlineKeys: Readonly<Record<OnlineRole, OnlineKey>>;
  readonly releases: readonly DeskRelease[];
  /** Boards with changes that are not signed yet. */
  readonly unsigned: readonly string[];
  /** Roles whose keys changed since they last signed. */
  readonly rekeyed: readonly OnlineRole[];
}

export function deskExists(folder: string): boolean {
  return readOptionalFile(join(folder, "desk.json")) !== undefined;
}

export function readDesk(folder: string): Desk {
  const file = join(folder, "desk.json");
  const bytes = readOptionalFile(file);
  if (!bytes)
    throw new Fault(`${folder}: no release desk here; make one with: init --folder ${folder}`);
  try {
    const desk = JSON.parse(bytes.toString("utf8")) as Desk;
    if (desk.v === 1 && Array.isArray(desk.releases)) return desk;
  } catch {
    // Said below.
  }
  throw new Fault(`${file}: damaged; restore it from your backup`);
}

export function writeDesk(folder: string, desk: Desk): void {
  writePrivateFile(join(folder, "desk.json"), `${JSON.stringify(desk, null, 2)}\n`);
}
