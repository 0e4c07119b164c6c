/**
 * What the owner has agreed to, purpose by purpose: off until she says otherwise, and off again as easily
 * (EN 303 645 6-2, 6-3; UK GDPR article 7). Each choice is kept with the notice it was made under. It lies
 * in the owner's area, so no update touches it and a wipe forgets it. Pure: a choice gives a new record.
 */
import { decodeText, encodeText } from "../platform/text.ts";
import { type Purpose, purposes } from "./datum.ts";
import type { OwnerRecords } from "./owner-records.ts";

export interface Choice {
  readonly granted: boolean;
  /** Version of the notice that was in force. */
  readonly notice: number;
  /** Seconds since 1970, by the time floor. */
  readonly at: number;
  /** Withdrawn, and the services have not yet said that they have erased: names the request to them. */
  readonly asked?: string;
}

export interface Consents {
  /** A child uses the device: everything optional is off and cannot be switched on. */
  readonly child: boolean;
  /** The last choice of each purpose; what nobody was asked is not in here, and off. */
  readonly choices: { readonly [P in Purpose]?: Choice };
}

export type ConsentRefusal = "child-profile" | "unknown-purpose";

/** Nobody has been asked: nothing is agreed to. */
export const askedNothing: Consents = { child: false, choices: {} };

export const permits = ({ child, choices }: Consents, purpose: Purpose): boolean =>
  !child && choices[purpose]?.granted === true;

export function choose(
  consents: Consents,
  purpose: Purpose,
  choice: Choice,
): Consents | ConsentRefusal {
  if (choice.granted && consents.child) return "child-profile";
  return { ...consents, choices: { ...consents.choices, [purpose]: choice } };
}

/** A child's device has every optional purpose withdrawn; leaving the profile switches none on again. */
export function setChild(
  consents: Consents,
  child: boolean,
  { notice, at }: Pick<Choice, "notice" | "at">,
  newRequest: () => string,
): Consents {
  if (!child) return { ...consents, child };
  const choices: { -readonly [P in Purpose]?: Choice } = { ...consents.choices };
  for (const purpose of purposes)
    if (choices[purpose]?.granted)
      choices[purpose] = { granted: false, notice, at, asked: newRequest() };
  return { child, choices };
}

/** The services have erased what this request asked them to; the same record when it is not ours. */
export function answered(consents: Consents, request: string): Consents {
  for (const purpose of purposes) {
    const choice = consents.choices[purpose];
    if (choice?.asked !== request) continue;
    const { granted, notice, at } = choice;
    return { ...consents, choices: { ...consents.choices, [purpose]: { granted, notice, at } } };
  }
  return consents;
}

const record = "consent";

export function writeConsents(owner: OwnerRecords, consents: Consents): void {
  owner.write(record, encodeText(JSON.stringify(consents)));
}

/** What cannot be read is no agreement. */
export function readConsents(owner: OwnerRecords | undefined): Consents {
  const bytes = owner?.read(record);
  if (bytes === undefined) return askedNothing;
  try {
    const { child, choices } = JSON.parse(decodeText(bytes) ?? "");
    const kept: { -readonly [P in Purpose]?: Choice } = {};
    for (const purpose of purposes) {
      const { granted, notice, at, asked } = choices[purpose] ?? {};
      if (typeof granted === "boolean" && isCount(notice) && isCount(at))
        kept[purpose] = { granted, notice, at, ...(typeof asked === "string" ? { asked } : {}) };
    }
    return { child: child === true, choices: kept };
  } catch {
    return askedNothing;
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value);
