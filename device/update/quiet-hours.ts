/**
 * The owner's quiet hours: when a restart by itself disturbs nobody (EN 303 645 5.3-6, 5.3-12). Set by an
 * order that the owner signed, kept in the owner's area, gone with the owner. They choose the hour and
 * keep no update away: after the longest postponement of its severity an image is installed at any hour.
 */

import { decodeText, encodeText } from "../platform/text.ts";
import type { OwnerRecords } from "../privacy/owner-records.ts";
import { type QuietHours, usualQuietHours } from "./policy.ts";

const record = "quiet-hours";
const minutesOfDay = 24 * 60;

/** Minutes of the day in UTC; one that ends where it begins would never come. */
export function quietHoursOf(from: unknown, to: unknown): QuietHours | undefined {
  return isMinute(from) && isMinute(to) && from !== to ? { from, to } : undefined;
}

const isMinute = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value < minutesOfDay;

/** As an owner reads and compares them, e.g. "22:00-06:00 UTC". */
export function inWords({ from, to }: QuietHours): string {
  return `${clock(from)}-${clock(to)} UTC`;
}

const clock = (minute: number) =>
  [Math.floor(minute / 60), minute % 60].map((part) => `${part}`.padStart(2, "0")).join(":");

export function writeQuietHours(owner: OwnerRecords, { from, to }: QuietHours): void {
  owner.write(record, encodeText(JSON.stringify({ from, to })));
}

/** Of this owner; the usual ones where none were set, or nobody owns the unit. */
export function readQuietHours(owner: OwnerRecords | undefined): QuietHours {
  const bytes = owner?.read(record);
  if (bytes === undefined) return usualQuietHours;
  try {
    const { from, to } = JSON.parse(decodeText(bytes) ?? "");
    return quietHoursOf(from, to) ?? usualQuietHours;
  } catch {
    return usualQuietHours;
  }
}
