/** `status`: what the desk holds, and what wants doing. Needs no passphrase. */

import { join } from "node:path";
import { readOptionalFile } from "../private-file.ts";
import { atDesk, type Bench, releasesOf } from "./desk.ts";
import type { Desk } from "./desk-file.ts";
import type { TopLevelRole } from "./metadata.ts";
import { parseSigned, readStaged, readStanding } from "./staged.ts";

export interface RoleStatus {
  readonly role: string;
  readonly version: number;
  readonly expires: string;
  /** Whole days left; negative when it is over. */
  readonly days: number;
  readonly keys: readonly { readonly name: string; readonly id: string }[];
}

export interface Status {
  readonly product: string;
  readonly boards: readonly string[];
  readonly isSample: boolean;
  readonly threshold: number;
  readonly roles: readonly RoleStatus[];
  readonly releases: readonly {
    readonly board: string;
    readonly version: string;
    readonly counter: number;
    readonly percent: number;
    readonly bytes: number;
    readonly deltas: readonly number[];
    readonly isRevoked: boolean;
  }[];
  /** One sentence each; empty when all is well. */
  readonly todo: readonly string[];
}

export function status(bench: Bench, out: string | undefined): Promise<Status> {
  return atDesk(bench, (desk) => {
    const roles = roleStatus(bench, desk);
    return {
      product: desk.product,
      boards: desk.boards,
      isSample: desk.isSample,
      threshold: desk.threshold,
      roles,
      releases: desk.releases.map(
        ({ board, version, counter, percent, image, deltas, isRevoked = false }) => ({
          board,
          version,
          counter,
          percent,
          bytes: image.length,
          deltas: deltas.map(({ length }) => length),
          isRevoked,
        }),
      ),
      todo: todo(bench, desk, roles, out),
    };
  });
}

function roleStatus(bench: Bench, desk: Desk): RoleStatus[] {
  const keysOf = (role: string) =>
    role === "root"
      ? desk.rootKeys
      : [desk.onlineKeys[role === "snapshot" || role === "timestamp" ? role : "targets"]];
  const path = `metadata/${desk.root}.root.json`;
  const root = readStaged(bench.folder, path);
  const files = new Map(readStanding(bench.folder)).set("root", {
    version: desk.root,
    bytes: root,
  });
  return [...files].map(([role, { version, bytes }]) => {
    const { expires } = parseSigned(bytes, role);
    const days = Math.floor((Date.parse(expires) - bench.now.getTime()) / (24 * 3600 * 1000));
    return {
      role,
      version,
      expires,
      days,
      keys: keysOf(role).map(({ name, id }) => ({ name, id })),
    };
  });
}

function todo(
  bench: Bench,
  desk: Desk,
  roles: readonly RoleStatus[],
  out: string | undefined,
): string[] {
  const lines: string[] = [];
  for (const { role, days } of roles) {
    const period = desk.periods[role in desk.periods ? (role as TopLevelRole) : "targets"];
    const when = days < 0 ? "is over" : `ends in ${days} days`;
    if (days < period / 4)
      lines.push(`${role} ${when}: ${role === "root" ? "rotate, sign" : "sign"} and publish`);
  }
  if (desk.unsigned.length > 0 || desk.rekeyed.length > 0)
    lines.push("changes wait: sign and publish");
  else if (out !== undefined && !isPublished(bench, out))
    lines.push(`${out} is not up to date: publish`);
  for (const { board, version, percent } of releasesOf(desk).filter((one) => one.percent < 100))
    lines.push(
      percent === 0
        ? `${version} for ${board} is halted`
        : `${version} for ${board} is in a ring of ${percent} %`,
    );
  return lines;
}

function isPublished(bench: Bench, out: string): boolean {
  const there = readOptionalFile(join(out, "metadata/timestamp.json"));
  return there !== undefined && readStaged(bench.folder, "metadata/timestamp.json").equals(there);
}
