/** The JavaScript face of count-natives.c. `native` is a word of the Moddable compiler (xsc). */
declare function native(name: string): { call(self: unknown, ...values: unknown[]): never };

export const countNative = {
  /** Microseconds since start. */
  micros: (): number => native("xs_bench_micros").call(undefined),
  /** Bytes of stack that a handshake's step left at least. */
  stack: (): number => native("xs_bench_stack").call(undefined),
  /** Does not come back; `mute` holds interrupts back as well. */
  hang: (mute: boolean): never => native("xs_bench_hang").call(undefined, mute),
  /** Microseconds for so many turns of a loop of two instructions. */
  spin: (turns: number): number => native("xs_bench_spin").call(undefined, turns),
};
