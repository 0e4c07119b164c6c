/**
 * One button, read by how long it is held: a tap is the product's, a hold opens the set-up window.
 * Presence at the device is the second half of pairing, beside the password (EN 303 645 5.12-1).
 */
export const holdMs = 3_000;
/** Contacts bounce: a shorter touch is no touch. */
const bounceMs = 20;

export type Gesture = "tap" | "hold";

export interface Button {
  /** Milliseconds since start when it went down; undefined while up. */
  readonly downAtMs: number | undefined;
  /** The hold has been answered already. */
  readonly held: boolean;
}

/** A button that is down at the start (stuck, or leant on) counts as already answered. */
export const buttonAtStart = (down: boolean): Button => ({
  downAtMs: down ? 0 : undefined,
  held: down,
});

export interface ButtonStep {
  readonly button: Button;
  readonly gesture?: Gesture;
}

/** Takes the level of the button now; call on each edge, and `holdMs` after it went down. */
export function readButton(button: Button, down: boolean, nowMs: number): ButtonStep {
  if (button.downAtMs === undefined)
    return { button: { downAtMs: down ? nowMs : undefined, held: false } };
  const heldMs = nowMs - button.downAtMs;
  if (down)
    return heldMs >= holdMs && !button.held
      ? { button: { ...button, held: true }, gesture: "hold" }
      : { button };
  const up: Button = { downAtMs: undefined, held: false };
  if (button.held || heldMs < bounceMs) return { button: up };
  return { button: up, gesture: heldMs >= holdMs ? "hold" : "tap" };
}
