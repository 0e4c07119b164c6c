/** What the maker's tab shows: units, releases, and what the watcher flagged. Times are Unix milliseconds. */

export interface MadeUnit {
  readonly id: string;
  readonly serial: string;
  /** The firmware it was made with, or has last confirmed. */
  readonly version: string;
}

export interface ReleaseRow {
  readonly version: string;
  readonly severity: string;
  readonly why: string;
  /** Share of the units it is offered to; 0 is halted. */
  readonly percent: number;
  /** Units that kept it, and units that went back from it. */
  readonly confirmed: number;
  readonly rolledBack: number;
}

export interface FlagView {
  readonly id: number;
  readonly atMs: number;
  /** As the watcher names it. */
  readonly signal: string;
  readonly about: string;
  readonly words: string;
}

export interface MakerView {
  readonly units: readonly MadeUnit[];
  /** Newest first. */
  readonly releases: readonly ReleaseRow[];
  /** Newest first. */
  readonly flags: readonly FlagView[];
  /** The units' firmware looks for releases. */
  readonly updating: boolean;
  /** A release is being built and signed. */
  readonly publishing: boolean;
  /** Why the newest release should be offered to nobody else, by the release desk's own rule. */
  readonly unwell?: string;
}

/** `bad` crashes at boot. */
export type MakerAction = { type: "publish"; quality: "good" | "bad" } | { type: "halt" };

type Read = { action: MakerAction } | { message: string };

/** Undefined for what is not one of these. */
export function readMakerAction(fields: Readonly<Record<string, unknown>>): Read | undefined {
  if (fields.type === "halt") return { action: { type: "halt" } };
  if (fields.type !== "publish") return undefined;
  const { quality } = fields;
  if (quality !== "good" && quality !== "bad")
    return { message: "A release to publish is a good one or a bad one." };
  return { action: { type: "publish", quality } };
}
