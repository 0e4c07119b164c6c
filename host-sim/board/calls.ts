/** How one life of a device reaches the board: a table of operations, assembled in `life.ts`. */
import type { Events, Operations } from "../runtime/protocol.ts";

/** Bytes in place of a reply travel beside the JSON; undefined is an empty reply. */
type Answer<Op extends keyof Operations> = Operations[Op]["reply"] | Uint8Array | undefined;

// biome-ignore lint/suspicious/noConfusingVoidType: most operations answer nothing
type Served<Op extends keyof Operations> = Answer<Op> | void;

export type Calls = {
  [Op in keyof Operations]: (
    args: Operations[Op]["args"],
    bytes: Uint8Array | undefined,
  ) => Served<Op>;
};

/** Sends an event to the device. */
export type Deliver = <Event extends keyof Events>(event: Event, fields: Events[Event]) => void;

/** Objects of one kind that the device made, by the id it chose. */
export class Handles<T> {
  readonly #kind: string;
  readonly #held = new Map<number, T>();

  constructor(kind: string) {
    this.#kind = kind;
  }

  set(id: number, object: T): T {
    if (this.#held.has(id)) throw new Error(`${this.#kind} ${id} exists already`);
    this.#held.set(id, object);
    return object;
  }

  /** @throws Error, which the device sees, for an object that is closed or never was. */
  get(id: number): T {
    const object = this.#held.get(id);
    if (object === undefined) throw new Error(`${this.#kind} is closed`);
    return object;
  }

  find(id: number): T | undefined {
    return this.#held.get(id);
  }

  take(id: number): T | undefined {
    const object = this.#held.get(id);
    this.#held.delete(id);
    return object;
  }

  values(): T[] {
    return [...this.#held.values()];
  }
}
