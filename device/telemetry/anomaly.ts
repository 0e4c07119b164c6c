/**
 * Anomaly rules (EN 303 645 5.10-1, 5.9-1): what of all that happens to a unit is no accident any more, and
 * what it does about it by itself. Rules are data: an event, how many within how long, a response. They see
 * every event, also those that the journal counts without writing.
 *
 * Two numbers a rule, in memory: a window begins with its first event, and the count with it. What must
 * outlive the plug is counted in flash where it happens, the guesses (`access/lock-out.ts`) and the
 * restarts (`storage/restart-loop.ts`). Each response is bounded in time, none takes the button's power to
 * switch the lamp or to wipe, and whoever can bring one about could do worse without it.
 */
import type { Command } from "../commands/command.ts";
import { isOdd } from "../link/link-limits.ts";
import type { Journal, SecurityEvent } from "./journal.ts";

export type Anomaly =
  | "guessing"
  | "refused-commands"
  | "forged-orders"
  | "refused-updates"
  | "restarts"
  | "odd-traffic"
  | "flood";

export type AnomalyResponse =
  /** The set-up window is shut: only a hand on the button opens it again. The lock-out goes on. */
  | "shut-set-up"
  /** Orders without the owner's signature are not heeded; her next signed one ends that. */
  | "signed-only"
  /** Of signed orders one a minute is looked at: each check costs the chip seconds. */
  | "slow-orders"
  /** The next look for an update comes a day later, unless the owner asks for one. */
  | "put-off-updates"
  /** Set-up and updates only, for a while: `storage/restart-loop.ts` has done it. */
  | "safe-mode"
  /** The link is dropped and not dialled for a while. */
  | "hang-up";

export interface AnomalyRule {
  readonly anomaly: Anomaly;
  /** "command": one arrived, of whatever kind. */
  readonly event: SecurityEvent | "command";
  /** Whether it counts for this reason; all do when absent. */
  readonly counts?: (reason: string) => boolean;
  readonly atLeast: number;
  readonly withinMs: number;
  readonly response: AnomalyResponse;
  /** 0 for what is done once. */
  readonly lastsMs: number;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** A password was tried and not proved; who is merely too early has learnt nothing. */
const guesses = ["not-proved", "wrong-confirmation", "too-slow"];
const forgeries = ["wrong-signature", "wrong-algorithm", "wrong-device", "replayed"];
/** Of an order that no app of ours sends. What the unit's own state refuses is nobody's attack. */
const malformed = [
  "too-large",
  "not-utf8",
  "not-json",
  "unknown-field",
  "bad-field",
  "unknown-command",
  "not-signed",
];

export const anomalyRules: readonly AnomalyRule[] = [
  {
    anomaly: "guessing",
    event: "pairing-refused",
    counts: (reason) => guesses.includes(reason),
    atLeast: 8,
    withinMs: hour,
    response: "shut-set-up",
    lastsMs: 0,
  },
  {
    anomaly: "refused-commands",
    event: "command-refused",
    counts: (reason) => malformed.includes(reason),
    atLeast: 10,
    withinMs: 10 * minute,
    response: "signed-only",
    lastsMs: 5 * minute,
  },
  {
    anomaly: "forged-orders",
    event: "command-refused",
    counts: (reason) => forgeries.includes(reason),
    atLeast: 5,
    withinMs: 10 * minute,
    response: "slow-orders",
    lastsMs: 10 * minute,
  },
  {
    anomaly: "refused-updates",
    event: "update-refused",
    // Metadata that is over may be the maker's own lapse.
    counts: (reason) => !/expired$/.test(reason),
    atLeast: 3,
    withinMs: day,
    response: "put-off-updates",
    lastsMs: day,
  },
  {
    anomaly: "restarts",
    event: "safe-mode",
    atLeast: 1,
    withinMs: hour,
    response: "safe-mode",
    lastsMs: 0,
  },
  {
    anomaly: "odd-traffic",
    event: "link-refused",
    counts: isOdd,
    atLeast: 3,
    withinMs: hour,
    response: "hang-up",
    lastsMs: 10 * minute,
  },
  {
    anomaly: "flood",
    event: "command",
    atLeast: 120,
    withinMs: minute,
    response: "hang-up",
    lastsMs: 10 * minute,
  },
];

/** Between two signed orders that are looked at while forged ones arrive. */
export const slowOrderMs = minute;

export class Anomalies {
  private readonly ticks: () => number;
  private readonly tell: (anomaly: Anomaly) => void;
  private readonly seen = anomalyRules.map(() => ({ sinceMs: 0, count: 0 }));
  private readonly until: { [R in AnomalyResponse]?: number | undefined } = {};
  private orderAtMs = Number.NEGATIVE_INFINITY;
  /** Since the maker's last figure. */
  noticed = 0;
  /** Does what cannot be asked for by `responds`. */
  onResponse: (response: AnomalyResponse, lastsMs: number) => void = () => {};

  /** @param ticks monotonic, ms */
  constructor(ticks: () => number, tell: (anomaly: Anomaly) => void) {
    this.ticks = ticks;
    this.tell = tell;
  }

  see(event: SecurityEvent | "command", reason = ""): void {
    anomalyRules.forEach((rule, index) => {
      if (rule.event !== event || rule.counts?.(reason) === false) return;
      const seen = this.seen[index];
      if (!seen) return;
      const now = this.ticks();
      if (seen.count === 0 || now - seen.sinceMs >= rule.withinMs) {
        seen.sinceMs = now;
        seen.count = 0;
      }
      seen.count++;
      if (seen.count < rule.atLeast) return;
      seen.count = 0;
      this.noticed++;
      this.until[rule.response] = now + rule.lastsMs;
      this.tell(rule.anomaly);
      this.onResponse(rule.response, rule.lastsMs);
    });
  }

  responds(response: AnomalyResponse): boolean {
    const until = this.until[response];
    return until !== undefined && this.ticks() < until;
  }

  /** Whether a command of this kind is looked at now. */
  heeds(kind: Command<unknown>["kind"]): boolean {
    // What the services have erased is a matter of days, and names a request of the unit's own.
    if (kind === "erased") return true;
    if (kind !== "signed") return !this.responds("signed-only");
    if (!this.responds("slow-orders")) return true;
    const due = this.ticks() - this.orderAtMs >= slowOrderMs;
    if (due) this.orderAtMs = this.ticks();
    return due;
  }

  /** The owner has proved that she is there. */
  vouched(): void {
    this.until["signed-only"] = undefined;
  }
}

/** The same journal; whatever is recorded in it, the rules see. */
export function watchedBy(anomalies: Anomalies, journal: Journal): Journal {
  return {
    ...journal,
    record(event, reason) {
      journal.record(event, reason);
      anomalies.see(event, reason);
    },
  };
}
