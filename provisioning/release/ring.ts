/** `ring`, `halt` and `revoke --release`: who gets a release. */
import { Fault } from "../fault.ts";
import { atDesk, type Bench, findRelease, withRelease } from "./desk.ts";
import { type Desk, type DeskRelease, writeDesk } from "./desk-file.ts";
import { type Health, type HealthLimits, readHealth, unwell } from "./health.ts";

export interface Which {
  readonly board: string;
  readonly version: string;
}

/** Narrowing is always allowed; widening takes a report that the units are well. */
export function setRing(
  bench: Bench,
  { board, version }: Which,
  percent: number,
  healthFile: string | undefined,
  limits: HealthLimits,
): Promise<DeskRelease> {
  return atDesk(bench, (desk) => {
    const release = findRelease(desk, board, version);
    if (percent <= release.percent) return change(bench, desk, release, percent);
    if (healthFile === undefined)
      throw new Fault("a ring is widened on a report only; give one with --health FILE");
    const health = readHealth(healthFile, release);
    const fault = unwell(health, limits);
    if (fault) throw new Fault(`not widened: ${fault}`);
    return change(bench, desk, release, percent, health);
  });
}

export function halt(bench: Bench, { board, version }: Which): Promise<DeskRelease> {
  return atDesk(bench, (desk) => change(bench, desk, findRelease(desk, board, version), 0));
}

/** It is offered to nobody, and never again. Units that have it keep it until there is a newer one. */
export function revokeRelease(bench: Bench, { board, version }: Which): Promise<DeskRelease> {
  return atDesk(bench, (desk) => {
    const revoked = { ...findRelease(desk, board, version), isRevoked: true };
    writeDesk(bench.folder, withRelease(desk, revoked));
    return revoked;
  });
}

function change(
  bench: Bench,
  desk: Desk,
  release: DeskRelease,
  percent: number,
  health?: Health,
): DeskRelease {
  const ring = { at: bench.now.toISOString(), percent, ...(health && { health }) };
  const changed = { ...release, percent, rings: [...release.rings, ring] };
  writeDesk(bench.folder, withRelease(desk, changed));
  return changed;
}
