/** What the device says of itself on its development console, in plain words for the timeline. */
import type { TimelineEntry } from "../panel/view.ts";

type Told = Omit<TimelineEntry, "id" | "atMs">;
type Detail = Readonly<Record<string, string | number | boolean>> | undefined;

const sentences: Readonly<
  Record<string, readonly [text: string, tone: Told["tone"], detail?: string]>
> = {
  "telemetry set-up-opened": ["The set-up window is open, for five minutes.", "plain"],
  "telemetry set-up-closed": ["The set-up window is closed. Nothing listens any more.", "good"],
  "telemetry pairing-refused": [
    "Somebody failed to prove the label's password.",
    "refused",
    "The attempt was written to flash before the answer left, so pulling the plug does not undo it.",
  ],
  "telemetry claimed": ["The device has an owner now.", "good"],
  "telemetry wifi-changed": ["The owner moved the device to another network.", "plain"],
  "telemetry reset": ["The device has noted why it was reset.", "plain"],
  "telemetry storage-damaged": ["The device found its storage damaged and joins nothing.", "bad"],
  "access paired": [
    "The label's password was proved, without being sent.",
    "good",
    "SPAKE2+ (RFC 9383): the device holds only a verifier. What follows is encrypted.",
  ],
  "setup wifi-ready": ["The device is in the Wi-Fi.", "plain"],
  "setup wifi-retry": ["The Wi-Fi is not to be had; the device will try again.", "plain"],
  "commands set": ["The device obeyed a command.", "plain"],
  "commands refused": ["The device refused a command.", "refused"],
  "commands wipe": ["The owner ordered a wipe.", "plain"],
  "link waiting": [
    "The device lost or refused the other end and will dial again.",
    "refused",
    "It waits longer each time, by chance, so that a fleet does not come back in one breath.",
  ],
};

/** Undefined for what would only be noise. */
export function sentenceFor(room: string, event: string, detail: Detail): Told | undefined {
  const found = sentences[`${room} ${event}`];
  if (!found) return undefined;
  const [text, tone, more] = found;
  const reason = detail?.detail || detail?.reason;
  return {
    part: room === "link" || room === "setup" || room === "access" ? room : "device",
    text,
    tone,
    ...(more ? { detail: more } : {}),
    ...(reason ? { reason: String(reason) } : {}),
  };
}
