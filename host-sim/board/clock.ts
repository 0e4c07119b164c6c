/** Time on the desk: as it passes, or as a test lets it pass. Milliseconds everywhere. */

export interface Clock {
  /** Monotonic. */
  now(): number;
  /** True time since 1970; what a board believes is the unit's affair. */
  wall(): number;
  /** Calls back once. Returns the function that cancels it. */
  after(delayMs: number, callback: () => void): () => void;
  /** `idle` resolves when what the last timer started has been worked off. Returns "detach". */
  attach(idle: () => Promise<void>): () => void;
}

/** Longest delay of Node's timers. */
const longestDelay = 2 ** 31 - 1;

export class RealClock implements Clock {
  now(): number {
    return performance.now();
  }

  wall(): number {
    return Date.now();
  }

  after(delayMs: number, callback: () => void): () => void {
    let handle: NodeJS.Timeout;
    const arm = (remaining: number) => {
      const step = Math.min(remaining, longestDelay);
      handle = setTimeout(() => (remaining > step ? arm(remaining - step) : callback()), step);
    };
    arm(Math.max(0, delayMs));
    return () => clearTimeout(handle);
  }

  attach(): () => void {
    return () => {};
  }
}

/** Time stands still until `advance`. */
export class VirtualClock implements Clock {
  readonly #epoch: number;
  /** Sorted by time, equal times in the order they were set. */
  readonly #timers: { at: number; callback: () => void }[] = [];
  readonly #attached = new Set<() => Promise<void>>();
  #now = 0;

  /** @param epoch wall time at the start, ms since 1970. */
  constructor(epoch = Date.UTC(2026, 0, 1)) {
    this.#epoch = epoch;
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#epoch + this.#now;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, delayMs), callback };
    const place = this.#timers.findIndex((other) => other.at > timer.at);
    this.#timers.splice(place < 0 ? this.#timers.length : place, 0, timer);
    return () => {
      const index = this.#timers.indexOf(timer);
      if (index >= 0) this.#timers.splice(index, 1);
    };
  }

  attach(idle: () => Promise<void>): () => void {
    this.#attached.add(idle);
    return () => this.#attached.delete(idle);
  }

  /** Lets time pass, firing timers in order; the machines work each one off before the next. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.settle();
    for (let timer = this.#timers[0]; timer && timer.at <= end; timer = this.#timers[0]) {
      this.#timers.shift();
      this.#now = timer.at;
      timer.callback();
      await this.settle();
    }
    this.#now = end;
  }

  /** All attached machines are idle. What is under way in real sockets is not waited for. */
  async settle(): Promise<void> {
    await Promise.all(Array.from(this.#attached, (idle) => idle()));
  }
}
