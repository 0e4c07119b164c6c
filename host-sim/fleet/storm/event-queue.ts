/** Virtual time for ten thousand links: a binary heap of timers, equal times in the order set. */
import type { Clock, Timer } from "../../../device/platform/platform.ts";

interface Due {
  readonly atMs: number;
  readonly order: number;
  readonly id: number;
}

export class EventQueue {
  nowMs = 0;
  readonly #heap: Due[] = [];
  readonly #callbacks = new Map<number, () => void>();
  #last = 0;

  readonly clock: Clock = { ticks: () => this.nowMs, wall: () => undefined };

  readonly timer: Timer = {
    set: (callback, delayMs) => {
      const id = ++this.#last;
      this.#callbacks.set(id, callback);
      this.#push({ atMs: this.nowMs + Math.max(0, delayMs), order: id, id });
      return id;
    },
    clear: (id) => void this.#callbacks.delete(id),
  };

  /** Fires what is due until `endMs`. */
  run(endMs: number): void {
    for (let next = this.#heap[0]; next && next.atMs <= endMs; next = this.#heap[0]) {
      this.#pop();
      const callback = this.#callbacks.get(next.id);
      if (callback === undefined) continue; // cleared
      this.#callbacks.delete(next.id);
      this.nowMs = next.atMs;
      callback();
    }
    this.nowMs = endMs;
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let at = heap.push(due) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(due, heap[parent] as Due)) break;
      heap[at] = heap[parent] as Due;
      at = parent;
    }
    heap[at] = due;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Due;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Due, heap[child] as Due)) child++;
      if (!before(heap[child] as Due, last)) break;
      heap[at] = heap[child] as Due;
      at = child;
    }
    heap[at] = last;
  }
}

const before = (one: Due, other: Due): boolean =>
  one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
