/**
 * The security event journal (EN 303 645 5.10-1): the newest events in flash, so that a cut of
 * power or link hides nothing. Bounded in size, and in how fast an attacker can wear the flash:
 * the same event within a minute is counted, not written. Tamper-evident by its chain.
 */
import type { Platform } from "../platform/platform.ts";
import { decodeText, encodeText } from "../platform/text.ts";
import type { KeyValue } from "../storage/key-value.ts";
import { Chain, type Stored } from "./chain.ts";
import { WriteBudget } from "./write-budget.ts";

export type SecurityEvent =
  | "reset"
  | "set-up-opened"
  | "set-up-closed"
  | "pairing-refused"
  | "claimed"
  | "wifi-changed"
  | "command-refused"
  | "link-refused"
  | "storage-damaged"
  /** What runs, or its configuration, was changed by nobody who may. */
  | "tampered"
  | "consent-given"
  | "consent-withdrawn"
  | "child-profile"
  | "wiped"
  | "quiet-hours"
  | "update-offered"
  | "update-waiting"
  | "update-installing"
  | "update-refused"
  | "update-confirmed"
  | "update-rolled-back"
  | "support-ended"
  /** The unit keeps dying, of this: set-up and updates only, for a while. */
  | "safe-mode"
  | "safe-mode-left"
  /** One of the rules of `anomaly.ts` found that it is no accident any more. */
  | "anomaly"
  /** In development builds only. */
  | "memory-over-budget";

export interface JournalEntry {
  /** Counts from 1, without gaps among what was written. */
  readonly sequence: number;
  /** Seconds since 1970 by the time floor. */
  readonly at: number;
  readonly event: SecurityEvent;
  readonly reason?: string;
  /** How many alike were counted since the last one written, this one included; absent for 1. */
  readonly times?: number;
}

export interface Journal {
  record(event: SecurityEvent, reason?: string): void;
  /** Oldest first, with the links of the chain. */
  entries(): Stored[];
  /** What was written before this start is all there, as it was written. */
  readonly whole: boolean;
}

export const journalCapacity = 24;
const quietMs = 60_000;
const longestReason = 40;

export function openJournal(
  system: KeyValue,
  board: Pick<Platform, "Digest" | "random">,
  now: () => number,
  ticks: () => number,
  onEntry: (entry: Stored) => void,
): Journal {
  const found = slots();
  let newest = found.reduce<Stored | undefined>(
    (one, other) => (other && other.sequence > (one?.sequence ?? 0) ? other : one),
    undefined,
  );
  let sequence = newest?.sequence ?? 0;
  const chain = new Chain(system, board, sequence);
  const whole = chain.holds(found);
  /** Kinds seen since the start: bounded by the literal unions that reasons come from. */
  const seen: Record<string, { atTicks: number; suppressed: number }> = {};

  const budget = new WriteBudget();

  /** undefined: never written · null: written, and not to be read */
  function slots(): (Stored | null | undefined)[] {
    return Array.from({ length: journalCapacity }, (_, slot) => {
      const bytes = system.read(`journal${slot}`);
      return bytes && readEntry(bytes);
    });
  }

  function entries(): Stored[] {
    return slots()
      .flatMap((stored) => stored ?? [])
      .sort((a, b) => a.sequence - b.sequence);
  }

  return {
    entries,
    whole,
    record(event, reason) {
      const kind = `${event} ${reason ?? ""}`;
      const last = seen[kind];
      if ((last && ticks() - last.atTicks < quietMs) || !budget.admits(event, ticks())) {
        if (last) last.suppressed++;
        else seen[kind] = { atTicks: Number.NEGATIVE_INFINITY, suppressed: 1 };
        return;
      }
      const times = (last?.suppressed ?? 0) + 1;
      seen[kind] = { atTicks: ticks(), suppressed: 0 };
      sequence++;
      const entry: JournalEntry = {
        sequence,
        at: now(),
        event,
        ...(reason === undefined ? {} : { reason: reason.slice(0, longestReason) }),
        ...(times > 1 ? { times } : {}),
      };
      // What could not be written is in no chain: its number, and its mark, may come again.
      let told: Stored = entry;
      try {
        const stored = chain.follow(entry, newest);
        system.write(`journal${sequence % journalCapacity}`, encodeText(JSON.stringify(stored)));
        newest = stored;
        told = stored;
      } catch {
        // No room in the flash: it is told, and the gap in the numbers stays to be seen. A unit that
        // died of it would die again at the next event.
      }
      onEntry(told);
    },
  };
}

/** What this firmware, or an older one, has written; null for anything else. */
function readEntry(bytes: Uint8Array): Stored | null {
  try {
    const entry = JSON.parse(decodeText(bytes) ?? "");
    return Number.isSafeInteger(entry?.sequence) ? entry : null;
  } catch {
    return null;
  }
}
