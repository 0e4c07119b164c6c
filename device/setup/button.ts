/**
 * One button, read by how long it is held (EN 303 645 5.11-1, 5.12-1). Presence at the device is the second
 * half of pairing, beside the password, and enough to make the device forget:
 *
 *     tap              the product's own
 *     3 s              the set-up window opens, while it is held
 *     6 s              the warning: the lamp blinks; let go now and nothing is erased
 *     10 s             armed: the lamp stays lit; let go and the device forgets its owner
 *     30 s             nobody holds a button so long: it is stuck, and nothing happens
 */
export const holdMs = 3_000;
export const warnMs = 6_000;
export const armMs = 10_000;
export const stuckMs = 30_000;
/** Contacts bounce: a shorter touch is no touch. */
const bounceMs = 20;

/** `warn` and `arm` while it is held; then one of `cancel` and `wipe` when it is let go, or `cancel`. */
export type Gesture = "tap" | "hold" | "warn" | "arm" | "cancel" | "wipe";

/** How far a hold has come; `done`: whatever follows, it has been answered. */
type Stage = "short" | "hold" | "warn" | "arm" | "done";

export interface Button {
  /** Milliseconds since start when it went down; undefined while up. */
  readonly downAtMs: number | undefined;
  readonly stage: Stage;
}

/** A button that is down at the start (stuck, or leant on) counts as already answered. */
export const buttonAtStart = (down: boolean): Button => ({
  downAtMs: down ? 0 : undefined,
  stage: down ? "done" : "short",
});

export interface ButtonStep {
  readonly button: Button;
  readonly gesture?: Gesture;
}

interface Next {
  readonly atMs: number;
  readonly stage: Stage;
  readonly gesture: Gesture;
}

const nextOf: Readonly<Record<Stage, Next | undefined>> = {
  short: { atMs: holdMs, stage: "hold", gesture: "hold" },
  hold: { atMs: warnMs, stage: "warn", gesture: "warn" },
  warn: { atMs: armMs, stage: "arm", gesture: "arm" },
  arm: { atMs: stuckMs, stage: "done", gesture: "cancel" },
  done: undefined,
};

/** When to look again at a button that stays down, milliseconds since start. */
export function nextLookMs({ downAtMs, stage }: Button): number | undefined {
  const next = nextOf[stage];
  return downAtMs === undefined || next === undefined ? undefined : downAtMs + next.atMs;
}

/** Takes the level of the button now; call on each edge, and at each `nextLookMs`. */
export function readButton(button: Button, down: boolean, nowMs: number): ButtonStep {
  const { downAtMs, stage } = button;
  if (downAtMs === undefined)
    return { button: { downAtMs: down ? nowMs : undefined, stage: "short" } };
  const heldMs = nowMs - downAtMs;
  if (down) {
    const next = nextOf[stage];
    return next && heldMs >= next.atMs
      ? { button: { downAtMs, stage: next.stage }, gesture: next.gesture }
      : { button };
  }
  const up: Button = { downAtMs: undefined, stage: "short" };
  // A look that came late must not make of a short hold a long one: what was not shown is not meant.
  if (stage === "warn") return { button: up, gesture: "cancel" };
  if (stage === "arm") return { button: up, gesture: heldMs < stuckMs ? "wipe" : "cancel" };
  if (stage !== "short" || heldMs < bounceMs) return { button: up };
  return { button: up, gesture: heldMs >= holdMs ? "hold" : "tap" };
}
