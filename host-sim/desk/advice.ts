/** What went wrong, in words for the person at the page: what to do next. */
import { JoinRefused } from "../board/radio.ts";
import { SetUpRefused, WishRefused } from "../owner/owner-app.ts";
import { NotNow } from "../scenario/scenario.ts";

export interface Advice {
  /** What happened, for the record; only the device's own "no" is a refusal. */
  readonly event: string;
  readonly refused: boolean;
  readonly text: string;
  /** As the code names it. */
  readonly reason: string;
}

const wishes: Readonly<Record<string, string>> = {
  "wifi-wrong-password":
    "The device could not join: the Wi-Fi password is wrong. Correct it and set up again.",
  "wifi-not-found":
    "The device does not see this Wi-Fi. Choose another, or bring it nearer to the router.",
  "wifi-too-weak":
    "The device hears this Wi-Fi too faintly. Bring it nearer to the router, and set up again.",
  "broker-not-reached":
    "The device joined the Wi-Fi but cannot reach its service. See that the router is connected to the internet; if it is, the service is away: try again later.",
  "wifi-no-address":
    "The device joined the Wi-Fi but got no address. Restart the router and set up again.",
  "wifi-lost": "The Wi-Fi went away while the device was joining. Try again.",
  "owned-by-another": "The device belongs to somebody else. Its owner has to erase it first.",
  "handed-to-another":
    "The device was handed on to somebody else, and waits for their phone. Holding its button until the lamp stays lit, ten seconds, frees it for anyone who has the label.",
  "bad-request": "The device did not understand the app. Update the app.",
};

const mismatch = "This is not the device's password. Compare it with the label and try again.";
const failures: Readonly<Record<string, string>> = {
  "wrong-password": mismatch,
  "wrong-confirmation": mismatch,
  "hung-up": "The device ended the conversation. Press its button and set up again.",
  "no-answer": "The device does not answer. Press its button and set up again.",
  busy: "Another phone is setting this device up. Wait for it, or press the button again.",
};

export function adviceFor(error: unknown): Advice {
  if (error instanceof WishRefused)
    return {
      event: "The device declined the owner's wishes.",
      refused: true,
      text: wishes[error.reason] ?? `The device refused: ${error.reason}.`,
      reason: error.reason,
    };
  if (error instanceof SetUpRefused)
    return {
      event:
        error.reason === "too-soon"
          ? "The device lets the owner's phone wait."
          : "The owner's phone and the device did not come together.",
      refused: true,
      text: setUpAdvice(error),
      reason: error.reason,
    };
  if (error instanceof JoinRefused)
    return {
      event: "The owner's phone found no device to set up.",
      refused: false,
      text: "The phone does not find the device. Press the button on the board; its set-up window stays open for five minutes.",
      reason: error.reason,
    };
  const isFault = !(error instanceof NotNow);
  const { message } = error as Error;
  return {
    event: isFault ? "The desk has a fault." : "It could not be tried yet.",
    refused: false,
    text: isFault ? `The desk has a fault: ${message}` : message,
    reason: isFault ? "fault" : "not-now",
  };
}

function setUpAdvice({ reason, retryAfterMs }: SetUpRefused): string {
  if (reason === "too-soon")
    return `Too many wrong passwords. The device answers again in ${inWords(retryAfterMs)}; try then.`;
  return failures[reason] ?? `Set-up ended: ${reason}. Press the device's button and try again.`;
}

function inWords(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  return seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} minutes`;
}
