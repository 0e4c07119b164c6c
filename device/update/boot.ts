/**
 * What a start means for an update (EN 303 645 5.3-2, 5.3-10): the decision, and the one record it
 * is made from. The record is one value in storage, so every step is taken or not taken, and the
 * floor is raised by the same write that ends the trial.
 *
 * A life of an image: its bytes are in the spare slot and verified; the bootloader is told to try
 * it; it starts; it is confirmed, or the image before runs again. Any reset of an unconfirmed image
 * leads back, so a cut of power during the trial proves nothing against it: it is tried again. A
 * crash does, and so does a failed self-check.
 */
import type { BootSlots, ResetReason, SlotName } from "../platform/platform.ts";
import { decodeText, encodeText } from "../platform/text.ts";
import type { KeptImage } from "./integrity.ts";

/** An image by what it is, not by where it lies. */
export interface ImageFacts {
  /** SHA-256 of the whole image as it lies in the slot, lower-case hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly length: number;
  /** Grows with every release; the rollback floor is the counter of the last confirmed one. */
  readonly counter: number;
  readonly version: string;
}

/** Why an image was given up. The first four are what the self-check found missing. */
export type GivenUp =
  | "storage"
  | "identity"
  | "link"
  | "product"
  | "crashed"
  | "never-confirmed"
  | "damaged";

export interface Trial extends ImageFacts {
  readonly slot: SlotName;
  /** A unit with an owner must find that owner again. */
  readonly owned: boolean;
  /** How often the bootloader was told to try it. */
  readonly tries: number;
  /** It was told, and what came of it has not been judged yet. */
  readonly out: boolean;
  /** How often the image started in this try. */
  readonly starts: number;
  /** Written by the image itself before it goes back. */
  readonly failed?: GivenUp;
}

export interface Verdict extends ImageFacts {
  readonly reason: GivenUp;
}

export interface SlotRecord {
  /** No image with a lower counter may be installed. Never falls. */
  readonly floor: number;
  /** What was confirmed last, to be compared with at each start. Absent: nothing was measured yet. */
  readonly kept?: KeptImage;
  readonly trial?: Trial;
  /** The image that was given up last. */
  readonly verdict?: Verdict;
}

export const noRecord: SlotRecord = { floor: 0 };

/** Power may go during a trial, or the link be down: after so many, the image itself is to blame. */
export const mostTries = 5;
/** The bootloader starts an image on trial once; this is for a bootloader that does not. */
const mostStarts = 2;

export interface StartFacts extends Pick<BootSlots, "running" | "state" | "rolledBack"> {
  readonly resetReason: ResetReason;
}

export interface Start {
  /** To be written before anything else is done, when it is not the one that was given. */
  readonly record: SlotRecord;
  /**
   * settled: nothing to do · self-check: prove yourself, then confirm · waiting: an image in the
   * spare slot waits to be switched to · give-up: go back at once.
   */
  readonly next: "settled" | "self-check" | "waiting" | "give-up";
  /** What has become of an update since the last start. */
  readonly report?: "confirmed" | "interrupted" | GivenUp;
}

/** Judges one start. Pure. */
export function judgeStart(record: SlotRecord, facts: StartFacts): Start {
  const { trial } = record;
  if (!trial) return { record, next: facts.state === "pending" ? "self-check" : "settled" };
  if (trial.slot === facts.running) return judgeOwnStart(record, trial, facts);
  if (!trial.out) return { record, next: "waiting" };
  const ran = trial.starts > 0 || facts.rolledBack;
  const reason = trial.failed ?? (ran && isCrash(facts.resetReason) ? "crashed" : undefined);
  const spent = trial.tries >= mostTries;
  if (reason !== undefined && (reason !== "link" || spent))
    return { record: givenUp(record, trial, reason), next: "settled", report: reason };
  if (spent)
    return {
      record: givenUp(record, trial, "never-confirmed"),
      next: "settled",
      report: "never-confirmed",
    };
  // Power went, or the network was away: once more, when it suits.
  const { failed: _, ...rest } = trial;
  const again = { ...record, trial: { ...rest, out: false, starts: 0 } };
  return { record: again, next: "waiting", report: reason ?? "interrupted" };
}

/** The image on trial has itself started. */
function judgeOwnStart(record: SlotRecord, trial: Trial, facts: StartFacts): Start {
  // The trial has begun and the bootloader calls it valid: confirmed, and then power went.
  if (trial.starts > 0 && facts.state === "valid")
    return { record: confirmed(record), next: "settled", report: "confirmed" };
  const starts = trial.starts + 1;
  const begun = { ...record, trial: { ...trial, starts } };
  return { record: begun, next: starts > mostStarts ? "give-up" : "self-check" };
}

/** The record once the image on trial is confirmed: this, and nothing else, raises the floor. */
export function confirmed({ floor, trial, kept }: SlotRecord): SlotRecord {
  return { floor: Math.max(floor, trial?.counter ?? 0), ...keeping(trial ?? kept) };
}

/** The record once an image is given up: it is remembered, so that it is not fetched again. */
export function givenUp(
  { floor, kept }: SlotRecord,
  image: ImageFacts,
  reason: GivenUp,
): SlotRecord {
  const { sha256, length, counter, version } = image;
  return { floor, ...keeping(kept), verdict: { sha256, length, counter, version, reason } };
}

/** The part of a record that says what runs from now on. */
export function keeping(image: KeptImage | undefined): Pick<SlotRecord, "kept"> {
  if (image === undefined) return {};
  const { slot, sha256, length } = image;
  return { kept: { slot, sha256, length } };
}

function isCrash(reason: ResetReason): boolean {
  return reason !== "power-on" && reason !== "brown-out" && reason !== "restart";
}

export function encodeRecord(record: SlotRecord): Uint8Array {
  return encodeText(JSON.stringify(record));
}

/** What this firmware or an older one has written: our own bytes, checked by storage's CRC. */
export function decodeRecord(bytes: Uint8Array | undefined): SlotRecord {
  if (bytes === undefined) return noRecord;
  try {
    const record = JSON.parse(decodeText(bytes) ?? "");
    return Number.isSafeInteger(record?.floor) ? record : noRecord;
  } catch {
    return noRecord;
  }
}
