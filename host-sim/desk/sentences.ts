/** What the device says of itself on its development console, in plain words for the timeline. */
import type { TimelineEntry } from "../panel/view.ts";

type Told = Omit<TimelineEntry, "id" | "atMs">;
type Detail = Readonly<Record<string, string | number | boolean>> | undefined;

interface Sentence {
  readonly text: string;
  readonly tone: Told["tone"];
  readonly detail?: string;
}

const lost: Sentence = {
  text: "The device has no connection, and will dial again.",
  tone: "plain",
  detail:
    "It waits longer each time, and by chance, so that a fleet does not come back in one breath.",
};

const sentences: Readonly<Record<string, Sentence>> = {
  "telemetry set-up-opened": {
    text: "The set-up window is open, for five minutes.",
    tone: "plain",
    detail: "The device has a Wi-Fi network of its own now, and answers on one port.",
  },
  "telemetry set-up-closed": { text: "The set-up window is closed.", tone: "plain" },
  "telemetry pairing-refused": {
    text: "Somebody did not prove the label's password.",
    tone: "refused",
    detail:
      "The attempt was written to flash before the answer left, so pulling the plug does not undo it.",
  },
  "telemetry claimed": { text: "The device has an owner now.", tone: "good" },
  "telemetry wifi-changed": { text: "The owner moved the device to a network.", tone: "plain" },
  "telemetry anomaly": {
    text: "The device took this for no accident any more, and answers it.",
    tone: "good",
    detail: "It does so by itself, for a while, and tells its owner. The button works all along.",
  },
  "telemetry reset": { text: "The device has noted why it was reset.", tone: "plain" },
  "telemetry storage-damaged": {
    text: "The device found its storage damaged, and joins nothing.",
    tone: "bad",
  },
  "access paired": {
    text: "The label's password was proved, without being sent.",
    tone: "good",
    detail:
      "SPAKE2+ (RFC 9383): the device holds a verifier only. What follows on this connection is encrypted.",
  },
  "setup wifi-ready": { text: "The device has joined the Wi-Fi.", tone: "plain" },
  "setup wifi-retry": {
    text: "The device cannot have the Wi-Fi now; it will try again.",
    tone: "plain",
  },
  "commands set": { text: "The device obeyed a command.", tone: "plain" },
  "commands refused": { text: "The device refused a command.", tone: "refused" },
  "commands wipe": { text: "The owner ordered a wipe.", tone: "plain" },
  "commands transfer-owner": { text: "The owner hands the device on.", tone: "plain" },
  "wipe warn": {
    text: "The lamp blinks: held on, the button will erase everything of the owner.",
    tone: "plain",
    detail: "Let go now and nothing is erased.",
  },
  "wipe arm": { text: "The lamp stays lit: letting go erases.", tone: "plain" },
  "wipe cancel": { text: "The button was let go in time: nothing is erased.", tone: "plain" },
  "telemetry wiped": {
    text: "The device has forgotten its owner, and starts as new.",
    tone: "good",
    detail:
      "First the key, so that everything is unreadable at one stroke; then the flash itself, read back.",
  },
  "telemetry consent-given": { text: "The owner has agreed to a purpose.", tone: "plain" },
  "telemetry consent-withdrawn": {
    text: "The owner has withdrawn a purpose: what was queued for it is dropped.",
    tone: "plain",
  },
  "telemetry quiet-hours": { text: "The owner set the quiet hours for updates.", tone: "plain" },
  "telemetry child-profile": { text: "The profile for a child was switched.", tone: "plain" },
  "privacy services-erased": {
    text: "The services say that they have erased what they were asked to.",
    tone: "good",
  },
  "link waiting": {
    text: "The device turned away from the server it found, and will dial again.",
    tone: "refused",
    detail: lost.detail ?? "",
  },
};

/** Nobody was there to be refused, as opposed to somebody who was not trusted. */
export const isSilence = (reason: string): boolean =>
  ["no answer", "no network"].includes(reason) || reason.endsWith(" is not known");

/** A connection that went away is no refusal either. */
const losses: readonly unknown[] = ["lost", "silent", "connect-overdue", "not-dialled"];

const isLoss = ({ reason, detail }: NonNullable<Detail>): boolean =>
  losses.includes(reason) || isSilence(String(detail));

/** Undefined for what would only be noise. */
export function sentenceFor(room: string, event: string, detail: Detail): Told | undefined {
  const heard = `${room} ${event}`;
  const told = heard === "link waiting" && detail && isLoss(detail) ? lost : sentences[heard];
  if (!told) return undefined;
  const reason = detail?.detail || detail?.reason;
  return { part: "device", ...told, ...(reason ? { reason: String(reason) } : {}) };
}

const journalWords: Readonly<Record<string, string>> = {
  reset: "it was reset",
  "set-up-opened": "the set-up window was opened",
  "set-up-closed": "the set-up window was closed",
  "pairing-refused": "somebody did not know the label's password",
  claimed: "it has an owner",
  "wifi-changed": "it was moved to another network",
  "command-refused": "it refused a command",
  "link-refused": "it did not trust the server it met",
  "storage-damaged": "its storage is damaged",
  tampered: "it was tampered with, and joins nothing but its broker",
  "consent-given": "a purpose was agreed to",
  "consent-withdrawn": "a purpose was withdrawn",
  "quiet-hours": "its quiet hours were set",
  "child-profile": "the profile for a child was switched",
  wiped: "it has forgotten its owner",
  "anomaly guessing": "somebody guessed at the label's password: it has shut the set-up window",
  "anomaly refused-commands":
    "command after command was nonsense: for five minutes it heeds signed orders only",
  "anomaly forged-orders":
    "orders came that its owner had not signed: for ten minutes it looks at one a minute",
  "anomaly refused-updates":
    "updates came that its maker had not released: it looks for none until tomorrow",
  "anomaly restarts": "it kept dying, and does nothing but set-up and updates for a while",
  "anomaly odd-traffic": "no broker speaks as its broker did: it has hung up for a while",
  "anomaly flood": "it was flooded with commands: it has hung up for a while",
};

/** An entry of the security journal, to follow "that". */
export const journalInWords = (event: unknown, reason?: unknown): string =>
  journalWords[`${event} ${reason}`] ?? journalWords[String(event)] ?? String(event);
