/**
 * The lamp, lent to the button: it blinks while letting go still cancels a wipe, stays lit when letting
 * go is the wipe, and then goes back to what the product wants of it (EN 303 645 5.11-1, 5.11-4).
 */
import type { Digital, Timer } from "../platform/platform.ts";

const blinkMs = 150;
/** As often as it blinks to say that the device has forgotten. */
const doneBlinks = 6;

export class WarningLight {
  private readonly lamp: Pick<Digital, "write">;
  private readonly timer: Timer;
  private wanted: 0 | 1 = 0;
  private blinking: number | undefined;
  private lent = false;

  constructor(lamp: Pick<Digital, "write">, timer: Timer) {
    this.lamp = lamp;
    this.timer = timer;
  }

  /** What the product wants; shown when nothing more urgent is. */
  write(value: 0 | 1): void {
    this.wanted = value;
    if (!this.lent) this.lamp.write(value);
  }

  warn(): void {
    this.lend();
    this.blink(1, Number.POSITIVE_INFINITY, () => {});
  }

  arm(): void {
    this.lend();
    this.lamp.write(1);
  }

  /** Blinks that it is done, and calls back; the lamp is off then. */
  done(onShown: () => void): void {
    this.lend();
    this.blink(1, 2 * doneBlinks, onShown);
  }

  giveBack(): void {
    this.stop();
    this.lent = false;
    this.lamp.write(this.wanted);
  }

  private lend(): void {
    this.stop();
    this.lent = true;
  }

  private blink(value: 0 | 1, left: number, onShown: () => void): void {
    this.lamp.write(left === 0 ? 0 : value);
    if (left === 0) onShown();
    else
      this.blinking = this.timer.set(
        () => this.blink(value === 1 ? 0 : 1, left - 1, onShown),
        blinkMs,
      );
  }

  private stop(): void {
    if (this.blinking !== undefined) this.timer.clear(this.blinking);
    this.blinking = undefined;
  }
}
