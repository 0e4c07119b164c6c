/**
 * The search for a target through the delegations (specification 5.6.7): depth first, in the order
 * of the delegators, each role once, and no further than the limit.
 *
 * What waits to be visited carries the keys its delegator gave it. So a role is always judged by
 * the delegator on the path that led to it, and the delegator's file need not stay in memory.
 */

import { toHex } from "../../platform/encoding.ts";
import { encodeText } from "../../platform/text.ts";
import { isRefused, type Reason, type Refused } from "./refusal.ts";
import type { Role } from "./role.ts";
import { covers, readTarget, type TargetsContent, type VerifiedTarget } from "./targets.ts";
import type { Verifier } from "./trusted-set.ts";
import type { TrustedState } from "./trusted-state.ts";

export interface Visit {
  readonly name: string;
  readonly role: Role;
}

export interface Search {
  /** Undefined: only the top-level role is wanted, for a refresh without a target. */
  readonly path: string | undefined;
  readonly visited: readonly string[];
  /** The next one last. */
  readonly pending: readonly Visit[];
  /** Some that should have waited were dropped for the limit. */
  readonly cut: boolean;
}

export function beginSearch({ root }: TrustedState, path: string | undefined): Search {
  const top = { name: "targets", role: root.roles.targets };
  return { path, visited: [], pending: [top], cut: false };
}

/** The role to be visited now; undefined when there is none left, or the limit is reached. */
export function nextVisit({ pending }: Search): Visit | undefined {
  return pending[pending.length - 1];
}

/** Why a search that has come to its end found nothing. */
export function whyNotFound({ cut }: Search): Reason {
  return cut ? "too-many-delegations" : "no-such-target";
}

/** 5.6.7.1 and 5.6.7.2: what the visited role said about the target, or the search without it. */
export function visit(
  search: Search,
  content: TargetsContent,
  consistentSnapshot: boolean,
  verifier: Verifier,
): { readonly found: VerifiedTarget } | { readonly on: Search } | Refused {
  const { path } = search;
  const name = nextVisit(search)?.name ?? "";
  const visited = [...search.visited, name];
  const rest = search.pending.slice(0, -1);
  if (path === undefined) return { on: { ...search, visited, pending: [] } };
  const target = readTarget(content, path);
  if (isRefused(target)) return target;
  if (target) {
    const file = consistentSnapshot ? withHash(path, toHex(target.digest.value)) : path;
    // The one place where the brand is given.
    return { found: { ...target, file } as VerifiedTarget };
  }
  const pathHash = toHex(verifier.sha256(encodeText(path)));
  const matching = content.delegations.filter((one) => covers(one, path, pathHash));
  const last = matching.findIndex(({ terminating }) => terminating);
  const children = last < 0 ? matching : matching.slice(0, last + 1);
  const waiting = [...(last < 0 ? rest : []), ...children.reverse()].filter(
    (one) => !visited.includes(one.name),
  );
  // Only so many can still be visited: those nearest in the order of priority.
  const room = Math.max(0, verifier.limits.delegations - visited.length);
  const pending = room === 0 ? [] : waiting.slice(-room);
  return {
    on: {
      path,
      visited,
      pending: pending.map((one) => ({ name: one.name, role: one.role })),
      cut: search.cut || pending.length < waiting.length,
    },
  };
}

/** "dir/app.bin" → "dir/<hash>.app.bin" (specification 5.7.3). */
function withHash(path: string, hash: string): string {
  const slash = path.lastIndexOf("/") + 1;
  return `${path.slice(0, slash)}${hash}.${path.slice(slash)}`;
}
