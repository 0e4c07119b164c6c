/** What only a development build has. `native` is a word of the Moddable compiler (xsc). */
import { slotBytes } from "../memory.ts";
import type { Platform } from "../platform.ts";

declare function native(name: string): { call(self: unknown, ...values: unknown[]): never };

/** 0 collects and gives slots, a number of them; 1 gives the bytes of chunks; 2 does, and has the peaks begin anew. */
const alive = (which: 0 | 1 | 2): number => native("xs_heap_live").call(undefined, which);

/** What a bench measures a piece of work from: bytes alive after a whole collection, and no peaks before it. */
export function measureAnew(): { readonly slots: number; readonly chunks: number } {
  const slots = alive(0) * slotBytes;
  return { slots, chunks: alive(2) };
}

export const development: NonNullable<Platform["development"]> = {
  live() {
    const slots = alive(0) * slotBytes;
    return { slots, chunks: alive(1) };
  },
};
