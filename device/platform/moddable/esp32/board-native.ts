/** The JavaScript face of chip-natives.c. `native` is a word of the Moddable compiler (xsc). */
declare function native(name: string): { call(self: unknown, ...values: unknown[]): never };

export const boardNative = {
  /** 1 to 4,096 bytes of the hardware generator. */
  random: (length: number): ArrayBuffer => native("xs_board_random").call(undefined, length),
  resetReason: (): string => native("xs_board_reset_reason").call(undefined),
  /** Leaves word for the next life: 2 memory full, 3 an exception. */
  announce: (end: 2 | 3): void => native("xs_board_announce").call(undefined, end),
  restart: (): void => native("xs_board_restart").call(undefined),
  /** Milliseconds since start. */
  ticks: (): number => native("xs_board_ticks").call(undefined),
  /** Sets the chip's clock, which TLS goes by, unless it is later already. */
  raiseClock: (seconds: number): void => native("xs_board_raise_clock").call(undefined, seconds),
  /**
   * Bytes: 0 slots, 1 their peak, 2 chunks, 3 their peak; of the chip's own heap 4 free, 5 the least
   * that were free, 6 the largest block.
   */
  heap: (figure: number): number => native("xs_board_heap").call(undefined, figure),
  /** The slot that runs, 0 or 1. */
  running: (): 0 | 1 => native("xs_board_running").call(undefined),
  onTrial: (): 0 | 1 => native("xs_board_on_trial").call(undefined),
  rolledBack: (): 0 | 1 => native("xs_board_rolled_back").call(undefined),
  confirm: (): void => native("xs_board_confirm").call(undefined),
  /** False, and nothing done, when the other slot holds nothing that could run; else no return. */
  rollBack: (): false => native("xs_board_roll_back").call(undefined),
};
