/** What only a development build has. `native` is a word of the Moddable compiler (xsc). */
import { slotBytes } from "../memory.ts";
import type { Platform } from "../platform.ts";

declare function native(name: string): { call(self: unknown, ...values: unknown[]): never };

export const development: NonNullable<Platform["development"]> = {
  live() {
    const slots: number = native("xs_heap_live").call(undefined, 0);
    return { slots: slots * slotBytes, chunks: native("xs_heap_live").call(undefined, 1) };
  },
};
