/**
 * The memory of JavaScript on the chip, budgeted here and nowhere else: the boards' manifests must say
 * the same (test/chip/memory.test.ts), the simulator takes its heap limit from here (host-sim/engine), and
 * development builds hold the running unit to it (telemetry/memory-watch.ts).
 *
 * XS on the chip has one block for everything: the JavaScript stack at its end, then slots, which grow down,
 * then chunks, which grow up. Slots hold values and properties, 16 bytes each; chunks hold bytes, strings and
 * arrays. The table of keys lies outside the block.
 */
export const slotBytes = 16;

/**
 * `creation` of the C3 boards' manifests. With 94,208 bytes SPAKE2+ finds no room beside the rooms; with 131,072
 * an owner's signed order finds none on a link that has just come up, with 147,456 none beside the update client
 * (docs/boards.md).
 */
export const creation = {
  static: 151_552,
  chunk: { initial: 1_536, incremental: 2_048 },
  heap: { initial: 512, incremental: 256 },
  /**
   * Slots. The SDK's esp32c3 target has 384, but a library that one function makes keeps its variables here
   * while it is made: Ed25519 takes 380 slots, P-256 335, and a signed command calls for the first from so
   * deep that 512 overflow and 576 do not.
   */
  stack: 640,
  nativeStack: 12_288,
} as const;

/** Of the ESP32, whose memory has no place for one such block: chunks and slots have one each, and do not grow. */
export const creationApart = {
  static: 0,
  chunk: { initial: 78_848, incremental: 0 },
  heap: { initial: 4_928, incremental: 0 },
  stack: creation.stack,
  nativeStack: creation.nativeStack,
} as const;

/** Bytes for slots and chunks together: beyond them the engine resets the chip. */
export const heapBytes = creation.static - creation.stack * slotBytes;

export interface HeapShare {
  /** Bytes, at the chip's width. */
  readonly slots: number;
  readonly chunks: number;
}

/**
 * What the rooms may hold with nothing in hand, after a collection. The rest of `heapBytes` is for whatever is
 * in hand: the largest of it is one copy of noble with one check of a signature.
 */
export const atRest: HeapShare = { slots: 40_960, chunks: 20_480 };
