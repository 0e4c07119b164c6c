/** `sign`: what changed on the desk becomes signed metadata, staged. */
import {
  atDesk,
  type Bench,
  boardsOf,
  checkAsUnit,
  openOnline,
  pathsOnOffer,
  releasesOf,
} from "./desk.ts";
import { type Desk, writeDesk } from "./desk-file.ts";
import { type Periods, type Standing, signRepository } from "./repository.ts";
import { parseSigned, putFiles, readerOf, readStanding, stagedFolder } from "./staged.ts";

export interface Signed {
  /** Roles with a new version, e.g. "targets 3". */
  readonly roles: readonly string[];
}

/** Always a new timestamp; the rest where it changed, or has used up half its time. */
export function sign(bench: Bench): Promise<Signed> {
  return atDesk(bench, async (desk) => {
    const standing = readStanding(bench.folder);
    const signers = await openOnline(bench, desk);
    const all = boardsOf(desk);
    const isStale = (role: string, period: keyof Periods) =>
      isHalfway(standing, role, desk.periods[period], bench.now);
    const everything =
      desk.rekeyed.includes("targets") ||
      isStale("targets", "targets") ||
      all.some(({ product, board }) => isStale(`${product}.${board}`, "targets"));
    const anew = new Set<"targets" | "snapshot">(everything ? ["targets"] : []);
    if (desk.rekeyed.includes("snapshot") || isStale("snapshot", "snapshot")) anew.add("snapshot");
    const signed = signRepository({
      now: bench.now,
      periods: desk.periods,
      signers,
      standing,
      anew,
      boards: everything ? all : all.filter(({ board }) => desk.unsigned.includes(board)),
      allBoards: all,
      releases: releasesOf(desk),
    });
    const staged = readerOf(stagedFolder(bench.folder));
    checkAsUnit(bench, (path) => signed.files.get(path) ?? staged(path), pathsOnOffer(desk));
    putFiles(bench, stagedFolder(bench.folder), signed.files);
    const done: Desk = { ...desk, unsigned: [], rekeyed: [] };
    writeDesk(bench.folder, done);
    return { roles: changes(standing, signed.standing) };
  });
}

function isHalfway(standing: Standing, role: string, days: number, now: Date): boolean {
  const file = standing.get(role);
  if (!file) return true;
  const expires = Date.parse(parseSigned(file.bytes, role).expires);
  return expires - now.getTime() < (days / 2) * 24 * 3600 * 1000;
}

function changes(before: Standing, after: Standing): string[] {
  return [...after]
    .filter(([role, { version }]) => before.get(role)?.version !== version)
    .map(([role, { version }]) => `${role} ${version}`);
}
