/**
 * What may be installed, and when (EN 303 645 5.3-2 to 5.3-16). Verification says who released an image;
 * this says whether it is one for this unit and whether now is a time for it. Pure: facts in, a
 * decision out.
 */
import { isObject, type JsonObject, type JsonValue } from "../commands/strict-json.ts";
import type { ImageFacts } from "./boot.ts";
import { imageOf } from "./image-facts.ts";
import type { VerifiedTarget } from "./metadata/targets.ts";
import { isInRing } from "./ring.ts";

export const severities = ["routine", "important", "critical"] as const;
export type Severity = (typeof severities)[number];

/** A release as its signed description has it. */
export interface Release {
  readonly image: ImageFacts;
  readonly product: string;
  readonly board: string;
  /** SHA-256 of the image that a delta applies to; undefined for a whole image. */
  readonly base: string | undefined;
  readonly why: string;
  readonly risk: string;
  readonly severity: Severity;
  /** Last day of the support period, YYYY-MM-DD. */
  readonly supportEnd: string;
  /** Share of the units it is offered to. */
  readonly percent: number;
}

export type PolicyRefusal =
  /** The description is not as docs/update-format.md says. */
  | "bad-description"
  /** It does not say why it is there, what is at risk, or how severe that is (5.3-11, 5.3-12). */
  | "no-text"
  | "wrong-product"
  | "wrong-board"
  /** It is what runs. */
  | "current"
  /** Below the rollback floor, or of a lower version than the one that runs. */
  | "old-version"
  | "too-large"
  | "given-up-before";

export type WaitReason = "ring" | "postponed" | "quiet-hours" | "in-use";

export type Decision =
  | { readonly do: "install" }
  | { readonly do: "wait"; readonly reason: WaitReason; readonly retryAfterMs: number }
  | { readonly do: "refuse"; readonly reason: PolicyRefusal };

const members = ["v", "product", "board", "version", "counter", "kind", "text", "support", "ring"];
const longestText = 280;

/** The strict schema of "custom". */
export function readRelease(target: VerifiedTarget): Release | PolicyRefusal {
  const { custom } = target;
  const isDelta = custom.kind === "delta";
  if (!hasExactly(custom, isDelta ? [...members, "base", "image"] : members) || custom.v !== 1)
    return isObject(custom.text) || custom.v !== 1 ? "bad-description" : "no-text";
  const image = imageOf(target);
  const { product, board, base, text, support, ring } = custom;
  if (!image || typeof product !== "string" || typeof board !== "string") return "bad-description";
  if (isDelta && !(typeof base === "string" && /^[0-9a-f]+$/.test(base) && base.length === 64))
    return "bad-description";
  if (!isObject(text) || !hasExactly(text, ["why", "risk", "severity"])) return "no-text";
  const { why, risk } = text;
  const severity = severities.find((one) => one === text.severity);
  if (!isText(why) || !isText(risk) || !severity) return "no-text";
  const supportEnd = isObject(support) && hasExactly(support, ["end"]) ? support.end : undefined;
  const percent = isObject(ring) && hasExactly(ring, ["percent"]) ? ring.percent : undefined;
  if (typeof supportEnd !== "string" || dayEnd(supportEnd) === undefined) return "bad-description";
  if (typeof percent !== "number" || !Number.isInteger(percent) || percent < 0 || percent > 100)
    return "bad-description";
  const known = { image, product, board, why, risk, severity, supportEnd, percent };
  return { ...known, base: isDelta ? (base as string) : undefined };
}

function hasExactly(object: JsonObject, names: readonly string[]): boolean {
  const found = Object.keys(object);
  return found.length === names.length && found.every((name) => names.includes(name));
}

function isText(value: JsonValue | undefined): value is string {
  return (
    typeof value === "string" &&
    value.trim() !== "" &&
    value.length <= 2 * longestText &&
    Array.from(value).length <= longestText
  );
}

/** What this unit is. */
export interface UnitFacts {
  readonly id: string;
  readonly product: string;
  readonly board: string;
  /** Of the running firmware. */
  readonly version: string;
  /** The rollback floor: raised only when an image is confirmed. */
  readonly floor: number;
  /** Bytes of a slot. */
  readonly slotBytes: number;
  /** SHA-256 of the image that was given up last. */
  readonly givenUp: string | undefined;
  readonly sha256: (bytes: Uint8Array) => Uint8Array;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Is it an image for this unit? "install": fetch it. */
export function judgeRelease(release: Release, unit: UnitFacts): Decision {
  const { image, product, board, percent } = release;
  const refuse = (reason: PolicyRefusal): Decision => ({ do: "refuse", reason });
  if (product !== unit.product) return refuse("wrong-product");
  if (board !== unit.board) return refuse("wrong-board");
  const newer = compareVersions(image.version, unit.version);
  if (image.counter < unit.floor || newer < 0) return refuse("old-version");
  if (image.counter === unit.floor || newer === 0) return refuse("current");
  if (image.length > unit.slotBytes) return refuse("too-large");
  if (image.sha256 === unit.givenUp) return refuse("given-up-before");
  if (!isInRing(unit.id, image.counter, percent, unit.sha256))
    return { do: "wait", reason: "ring", retryAfterMs: dayMs };
  return { do: "install" };
}

/** Below 0 when `a` is the lower one. Both are decimal major.minor.patch. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split(".").map(Number), b.split(".").map(Number)];
  for (let index = 0; index < 3; index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** How far an owner may put a restart off, counted from the offer. */
export const longestPostponementS: Readonly<Record<Severity, number>> = {
  routine: (7 * dayMs) / 1000,
  important: (7 * dayMs) / 1000,
  critical: dayMs / 1000,
};
/** One wish to postpone. */
export const postponementS = dayMs / 1000;

/** Minutes of the day (UTC) between which a restart disturbs nobody; may go over midnight. */
export interface QuietHours {
  readonly from: number;
  readonly to: number;
}

export const usualQuietHours: QuietHours = { from: 60, to: 300 };

export interface Moment {
  /** Seconds since 1970 by the time floor. */
  readonly now: number;
  readonly quiet: QuietHours;
  /** The product may be restarted: the lamp is off. */
  readonly atRest: boolean;
}

/** What became of an offer so far. Seconds since 1970. */
export interface Standing {
  readonly severity: Severity;
  readonly offeredAt: number;
  readonly postponedTo?: number;
  /** The owner has asked for it. */
  readonly wanted?: boolean;
}

/**
 * Is now the time to restart into an image that waits? By itself in the owner's quiet hours; when
 * the owner says so; and when it has been put off long enough. Never while the product is in use.
 */
export function judgeMoment(standing: Standing, { now, quiet, atRest }: Moment): Decision {
  const { severity, offeredAt, postponedTo = 0, wanted = false } = standing;
  const limit = offeredAt + longestPostponementS[severity];
  const until = Math.min(postponedTo, limit);
  if (!wanted && now < until) return wait("postponed", (until - now) * 1000);
  if (!wanted && now < limit) {
    const minutes = minutesUntilQuiet(now, quiet);
    if (minutes > 0) return wait("quiet-hours", Math.min(minutes * 60, limit - now) * 1000);
  }
  return atRest ? { do: "install" } : wait("in-use", 60_000);
}

/** Looked at anew at least once an hour: the time may have been learnt meanwhile. */
function wait(reason: WaitReason, retryAfterMs: number): Decision {
  return { do: "wait", reason, retryAfterMs: Math.max(1_000, Math.min(retryAfterMs, hourMs)) };
}

function minutesUntilQuiet(now: number, { from, to }: QuietHours): number {
  const minute = Math.floor(now / 60) % 1440;
  const since = (minute - from + 1440) % 1440;
  return since < (to - from + 1440) % 1440 ? 0 : 1440 - since;
}

/** Whether the maker still stands behind this unit (5.3-13); updates are taken even after that. */
export function supportOf(endDay: string, now: number): "supported" | "ended" {
  return now <= (dayEnd(endDay) ?? 0) ? "supported" : "ended";
}

/** Seconds since 1970 of the last second of a day; undefined for what is no day. */
function dayEnd(day: string): number | undefined {
  if (!/^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]$/.test(day)) return undefined;
  const start = Date.parse(`${day}T00:00:00Z`) / 1000;
  // Some engines take the 31st of February for a day in March.
  const same = !Number.isNaN(start) && new Date(start * 1000).toISOString().slice(0, 10) === day;
  return same ? start + 86_399 : undefined;
}
