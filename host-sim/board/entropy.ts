/** Where a board's randomness comes from: the desk's generator, or a seed for repeatable tests. */
import { createHash, randomBytes } from "node:crypto";

/** `length` random bytes. */
export type Entropy = (length: number) => Uint8Array;

export const realEntropy: Entropy = (length) => new Uint8Array(randomBytes(length));

/** The same bytes for the same seed: SHA-256 over seed and counter. For tests, never for secrets. */
export function seededEntropy(seed: string | number): Entropy {
  let counter = 0;
  let pool: Uint8Array = new Uint8Array(0);
  return (length) => {
    const bytes = new Uint8Array(length);
    for (let filled = 0; filled < length; ) {
      if (pool.length === 0) pool = createHash("sha256").update(`${seed}/${counter++}`).digest();
      const part = pool.subarray(0, length - filled);
      bytes.set(part, filled);
      filled += part.length;
      pool = pool.subarray(part.length);
    }
    return bytes;
  };
}

/** A number in 0 … `below` - 1 for the simulator's own choices (bias of 2^-32 does not matter). */
export function pick(entropy: Entropy, below: number): number {
  const view = new DataView(entropy(4).buffer);
  return Math.floor((view.getUint32(0) / 2 ** 32) * below);
}
