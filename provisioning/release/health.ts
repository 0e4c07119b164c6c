/**
 * The gate of a staged roll-out: no ring is widened on hope. The counts come from whoever collects the
 * units' reports; the desk only judges them.
 */
import { Fault } from "../fault.ts";
import { readOptionalFile } from "../private-file.ts";
import type { Release } from "./catalogue.ts";

/** Units that report having kept the release, and having gone back from it. */
export interface Health {
  readonly confirmed: number;
  readonly rolledBack: number;
}

export interface HealthLimits {
  /** Roll-backs per hundred reports that are still well. */
  readonly mostRolledBack: number;
  /** Reports below which nothing can be said. */
  readonly leastReports: number;
}

export const usualLimits: HealthLimits = { mostRolledBack: 1, leastReports: 10 };

/** @throws Fault when the file is not a report on this very release. */
export function readHealth(file: string, release: Release): Health {
  const bytes = readOptionalFile(file);
  if (!bytes) throw new Fault(`${file}: no such file; give the counts of the units' reports`);
  const { product, board, version } = release;
  const wanted = `{"v":1,"product":"${product}","board":"${board}","version":"${version}","confirmed":0,"rolledBack":0}`;
  const report = parse(bytes);
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  if (report?.v !== 1 || !isCount(report.confirmed) || !isCount(report.rolledBack))
    throw new Fault(`${file}: not a health report; it looks like ${wanted}`);
  if (report.product !== product || report.board !== board || report.version !== version)
    throw new Fault(`${file}: about another release; it should begin like ${wanted}`);
  return { confirmed: report.confirmed as number, rolledBack: report.rolledBack as number };
}

function parse(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return typeof value === "object" && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Why the ring must not be widened; undefined when it may. */
export function unwell(health: Health, limits: HealthLimits): string | undefined {
  const { confirmed, rolledBack } = health;
  const reports = confirmed + rolledBack;
  if (reports < limits.leastReports)
    return `only ${reports} reports, ${limits.leastReports} are needed; wait, or --least-reports`;
  if (rolledBack * 100 > limits.mostRolledBack * reports)
    return `${rolledBack} of ${reports} units rolled back, more than ${limits.mostRolledBack} in 100; halt it and find out why`;
  return undefined;
}
