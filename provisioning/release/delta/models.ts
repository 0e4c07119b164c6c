/** The probabilities of a frame, and how they start; see docs/update-format.md, "Frame". */
import { numberModelSize } from "./range-encoder.ts";

export const windowLength = 4096;
export const kind = { copy: 0, insert: 1, repeat: 2 } as const;
export type Kind = (typeof kind)[keyof typeof kind];

export type Models = ReturnType<typeof newModels>;

export function newModels() {
  const fresh = (size: number) => new Uint16Array(size).fill(2048);
  const number = () => fresh(numberModelSize);
  return {
    /** 2 for each kind of the operation before. */
    operation: fresh(6),
    same: fresh(2),
    /** 256 for each gap before it, 3 and above being one. */
    difference: fresh(4 * 256),
    /** 256 for each value of the top three bits of the byte before it. */
    literal: fresh(8 * 256),
    offset: number(),
    copyLength: number(),
    count: number(),
    /** By the gap before it, 3 and above being one: moved code differs at regular distances. */
    gap: [number(), number(), number(), number()] as const,
    insertLength: number(),
    distance: number(),
    repeatLength: number(),
  };
}
