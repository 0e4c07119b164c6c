/** What every command of the release desk works with. */
import { join } from "node:path";
import { Fault } from "../fault.ts";
import { takeStationLock } from "../station-lock.ts";
import { type BoardName, deltaPath, imagePath, indexPath, onOffer, roleOf } from "./catalogue.ts";
import { check, firstState, type Read } from "./check.ts";
import { type Desk, type DeskRelease, type KeyName, readDesk } from "./desk-file.ts";
import { type Passphrases, requireKey } from "./key-store.ts";
import type { OnlineRole } from "./metadata.ts";
import type { OnlineSigners, RoleSigners } from "./repository.ts";
import { readStaged } from "./staged.ts";

export interface Bench {
  /** The online desk: its keys, what is staged, `desk.json`. */
  readonly folder: string;
  /** Where the root's keys are: folders of their own, on media of their own. */
  readonly offline: readonly string[];
  readonly ask: Passphrases;
  readonly now: Date;
  /** Refuses sample keys. */
  readonly isProduction: boolean;
  /** What is being done, for whoever waits; undefined when it is over. */
  readonly progress: (text: string | undefined) => void;
  /** Called before each file is put in place; may throw, as a power cut does. */
  readonly beforeWrite?: (file: string) => void;
}

/** Where the online keys are. */
export function keyFolder({ folder }: Pick<Bench, "folder">): string {
  return join(folder, "keys");
}

/** Works on the desk alone. @throws Fault when there is none, or another process is at it. */
export async function atDesk<T>(bench: Bench, work: (desk: Desk) => Promise<T> | T): Promise<T> {
  // First, because the lock is a file in it.
  readDesk(bench.folder);
  const unlock = takeStationLock(bench.folder);
  try {
    const desk = readDesk(bench.folder);
    if (bench.isProduction && desk.isSample)
      throw new Fault(
        `${bench.folder}: made with --development, its keys are samples; init a desk of your own`,
      );
    return await work(desk);
  } finally {
    unlock();
  }
}

export function boardsOf(desk: Desk): BoardName[] {
  return desk.boards.map((board) => ({ product: desk.product, board }));
}

/** The releases that stand, newest first. */
export function releasesOf(desk: Desk, board?: string): DeskRelease[] {
  return desk.releases
    .filter((release) => !release.isRevoked && (board === undefined || release.board === board))
    .sort((a, b) => b.counter - a.counter);
}

/** @throws Fault when there is no such release, or one was revoked. */
export function findRelease(desk: Desk, board: string, version: string): DeskRelease {
  const release = desk.releases.find((one) => one.board === board && one.version === version);
  if (!release) throw new Fault(`no release ${version} for ${board}; see: status`);
  if (release.isRevoked) throw new Fault(`release ${version} for ${board} is revoked`);
  return release;
}

export function withRelease(desk: Desk, changed: DeskRelease): Desk {
  const releases = desk.releases.map((release) =>
    release.board === changed.board && release.version === changed.version ? changed : release,
  );
  return { ...desk, releases, unsigned: [...new Set([...desk.unsigned, changed.board])] };
}

/** Every target that a unit could ask for. */
export function pathsOnOffer(desk: Desk): string[] {
  const standing = releasesOf(desk);
  return boardsOf(desk).flatMap((board) => [
    indexPath(board),
    ...onOffer(standing.filter((release) => roleOf(release) === roleOf(board))).flatMap(
      (release) => [
        imagePath(release),
        ...release.deltas.map(({ base }) => deltaPath(release, base)),
      ],
    ),
  ]);
}

/** @throws Fault with the reason when a unit would refuse what `read` gives. */
export function checkAsUnit(
  bench: Bench,
  read: Read,
  paths: readonly string[],
  before?: Read,
): void {
  const first = firstState(readStaged(bench.folder, "metadata/1.root.json"), bench.now);
  const known = before ? check(first, before, bench.now).state : first;
  const { refused } = check(known, read, bench.now, paths);
  if (refused) throw new Fault(`units would refuse this (${refused}); nothing was changed`);
}

export async function openOnline(bench: Bench, desk: Desk): Promise<OnlineSigners> {
  const folder = keyFolder(bench);
  const open = (key: KeyName) => requireKey(folder, key, bench.ask);
  const role = async (name: OnlineRole): Promise<RoleSigners> => {
    const { retiring, ...key } = desk.onlineKeys[name];
    return { current: await open(key), ...(retiring && { retiring: await open(retiring) }) };
  };
  bench.progress("opening the keys");
  const signers = {
    targets: await role("targets"),
    snapshot: await role("snapshot"),
    timestamp: await role("timestamp"),
  };
  bench.progress(undefined);
  return signers;
}
