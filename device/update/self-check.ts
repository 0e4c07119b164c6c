/**
 * Has the new image proved itself? (EN 303 645 5.3-2, 5.3-10.) Everything an owner relies on must
 * work in it, and for a while, before it is confirmed: an image that is confirmed too early can no
 * longer be taken back by itself.
 */
import type { GivenUp } from "./boot.ts";

export interface Health {
  /** The record of this very trial and, if there is an owner, the owner's values can be read. */
  readonly storage: boolean;
  /** The unit is still the unit it was. */
  readonly identity: boolean;
  /** authenticated: TLS in both directions, and the broker has let it in. */
  readonly link: "authenticated" | "waiting" | "not-needed";
  /** The product's own word: its sensor answers in range, its loop runs. */
  readonly product: boolean;
}

/** Crashes come early: nothing is confirmed before this, ms since start. */
export const soakMs = 15_000;

/** An image that has not proved itself by then goes back, ms since start: a router may restart. */
export const deadlineMs = 300_000;

/** What to do, `livedMs` after the start: go on watching, confirm, or go back and why. Pure. */
export function judgeHealth(health: Health, livedMs: number): "watch" | "confirm" | GivenUp {
  // These two do not get better by waiting. Without an identity there is no owner to be found either.
  if (!health.identity) return "identity";
  if (!health.storage) return "storage";
  const fault = !health.product ? "product" : health.link === "waiting" ? "link" : undefined;
  if (fault === undefined && livedMs >= soakMs) return "confirm";
  return fault !== undefined && livedMs >= deadlineMs ? fault : "watch";
}
