/**
 * What must be said of a datum before the device may hold or send it (EN 303 645 5.8-3, 6-1; UK GDPR
 * articles 5, 6, 13 and 30). The map itself is `data-map.ts`.
 */
import type { Channel } from "../link/outbox.ts";

/** What a person is asked, one by one; nothing of it is on before she says so (EN 303 645 6-2). */
export const purposes = ["climate", "diagnostics", "home-assistant"] as const;
export type Purpose = (typeof purposes)[number];

export const isPurpose = (value: unknown): value is Purpose =>
  purposes.some((purpose) => purpose === value);

/** UK GDPR article 6(1): (b), (f), (a); "not-personal" where nobody can be told from it. */
export type LegalBasis = "contract" | "legitimate-interests" | "consent" | "not-personal";

/** `nobody`: it stays in the device. `router`: the Wi-Fi the owner chose learns it by radio. */
export type Recipient = "owner" | "maker" | "home-assistant" | "router" | "nobody";

export type Retention =
  /** Until the owner replaces it, hands the device on, or erases it. */
  | "ownership"
  /** The newest value replaces the one before, at the broker too. */
  | "newest"
  /** The newest 24 events, oldest first out. */
  | "journal"
  /** Thirteen months at the service, then deleted. */
  | "history"
  /** Ninety days at the maker, then deleted. */
  | "quarter"
  /** Until the answer has been given. */
  | "answer"
  /** As long as the device exists: it says nothing of whoever owns it. */
  | "device";

/** The area and the record in it, or "memory" for what is gone with the power. */
export type Held = `owner/${string}` | `system/${string}` | `factory/${string}` | "memory";

export interface Datum {
  readonly type: "boolean" | "number" | "string" | "bytes";
  readonly unit?: string;
  /** What for, to follow "to". */
  readonly purpose: string;
  readonly basis: LegalBasis;
  readonly recipient: Recipient;
  readonly retention: Retention;
  /** It is of a person: who lives there, when, how (UK GDPR article 4(1)). */
  readonly personal: boolean;
  /** It may say who is at home, and when: sent only encrypted, to a peer that proved who it is (5.8-2). */
  readonly sensitive?: true;
  /** What the person must have agreed to; "none" for what the device cannot do its work without. */
  readonly consent: Purpose | "none";
  readonly held: Held;
  readonly sent: readonly Channel[];
}
