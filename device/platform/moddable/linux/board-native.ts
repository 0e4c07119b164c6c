/** The JavaScript face of linux-natives.c. `native` is a word of the Moddable compiler (xsc). */
declare function native(name: string): { call(self: unknown, ...values: unknown[]): never };

export const boardNative = {
  /** 1 to 4,096 bytes of the kernel's generator. */
  random: (length: number): ArrayBuffer => native("xs_board_random").call(undefined, length),
  /** Bytes from the start of the flash; throws outside it. */
  flashRead: (offset: number, length: number): ArrayBuffer =>
    native("xs_board_flash_read").call(undefined, offset, length),
  /** Throws where a bit would have to be set. */
  flashWrite: (offset: number, bytes: ArrayBuffer | Uint8Array): void =>
    native("xs_board_flash_write").call(undefined, offset, bytes),
  /** Whole blocks. */
  flashErase: (offset: number, length: number): void =>
    native("xs_board_flash_erase").call(undefined, offset, length),
  ticks: (): number => native("xs_board_ticks").call(undefined),
  wall: (): number => native("xs_board_wall").call(undefined),
  resetReason: (): string => native("xs_board_reset_reason").call(undefined),
  restart: (): void => native("xs_board_restart").call(undefined),
  /** 0 slots, 1 their peak, 2 chunks, 3 their peak; bytes. */
  heap: (figure: 0 | 1 | 2 | 3): number => native("xs_board_heap").call(undefined, figure),
  say: (text: string): void => native("xs_board_say").call(undefined, text),
  /** The next line from the bench, if one has come. */
  hear: (): string | undefined => native("xs_board_hear").call(undefined),
};
