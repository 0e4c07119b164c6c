/** What the owner's tab shows of her rights, and of updates. All of it is JSON; times are Unix milliseconds. */

import type { UpdateWish } from "../../device/commands/command.ts";
import type { Purpose } from "../../device/privacy/datum.ts";

/** A datum in the words of the privacy notice. */
export interface FlowView {
  readonly name: string;
  /** To follow "to". */
  readonly purpose: string;
  readonly recipient: string;
  readonly retention: string;
}

export interface ChoiceView {
  readonly purpose: Purpose;
  readonly title: string;
  /** The notice's words for it. */
  readonly explain: string;
  readonly flows: readonly FlowView[];
  /** What the device has said, not what was asked of it. */
  readonly granted: boolean;
  /** Asked for; the device has not answered yet. */
  readonly asked?: true;
}

/** The device's own answer to a signed question. */
export interface SightView {
  readonly atMs: number;
  readonly ssid: string;
  readonly broker: string;
  readonly child: boolean;
  /** Where a weakness of the device is reported, as the device says it. */
  readonly contact: string;
  /** Oldest first. */
  readonly events: readonly { readonly atMs: number; readonly words: string }[];
  /** Accounts at the broker that may command and watch the device. */
  readonly accounts: readonly string[];
  /** Messages that the service keeps. */
  readonly kept: number;
  /** What is sent without being asked for, because the device cannot do its work without. */
  readonly flows: readonly FlowView[];
}

export interface ExportView {
  readonly name: string;
  /** JSON; its schema is docs/privacy/export.schema.json. */
  readonly text: string;
}

export interface ReceiptView {
  /** The JWS as the device has signed it. */
  readonly text: string;
  /** It was checked against the maker's root. */
  readonly genuine: boolean;
  /** Why the device forgot, or why the receipt is not believed. */
  readonly why: string;
  readonly atMs?: number;
  readonly erased?: string;
}

export interface UpdateNote {
  readonly version: string;
  readonly severity: string;
  readonly why: string;
  readonly risk: string;
  readonly state: "offered" | "waiting" | "installing" | "confirmed" | "rolled-back";
  /** As the code names it: what it waits for, or why it was given up. */
  readonly reason?: string;
}

export interface RightsView {
  readonly choices: readonly ChoiceView[];
  /** The device is being asked what it holds. */
  readonly looking: boolean;
  readonly sight?: SightView;
  readonly export?: ExportView;
  readonly receipt?: ReceiptView;
  readonly update?: UpdateNote;
  /** Public key of the phone on the next desk, as its code has it (base64url), to hand the device on to. */
  readonly heir: string;
}

export type RightsAction =
  | { type: "consent"; purpose: Purpose; granted: boolean }
  | { type: "sight" }
  | { type: "export" }
  /** `key`: the next owner's Ed25519 public key, base64url. */
  | { type: "hand-on"; key: string }
  | { type: "erase-everything" }
  | { type: "update"; wish: UpdateWish };
