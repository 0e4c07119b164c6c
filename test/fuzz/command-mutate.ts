/** Mutations for byte formats, deterministic by the generator they are given. */
export type Random = () => number;

export const below = (random: Random, limit: number) => Math.floor(random() * limit);

export function pick<T>(random: Random, from: readonly T[]): T {
  return from[below(random, from.length)] as T;
}

function splice(bytes: Uint8Array, at: number, removed: number, added: Uint8Array): Uint8Array {
  const rest = bytes.subarray(Math.min(bytes.length, at + removed));
  const spliced = new Uint8Array(at + added.length + rest.length);
  spliced.set(bytes.subarray(0, at));
  spliced.set(added, at);
  spliced.set(rest, at + added.length);
  return spliced;
}

/** One to four changes: bits, bytes, cuts, copies of itself, pieces of others, known tokens. */
export function mutate(
  random: Random,
  bytes: Uint8Array,
  others: readonly Uint8Array[],
  tokens: readonly Uint8Array[],
): Uint8Array {
  let mutated: Uint8Array = bytes.slice();
  for (let changes = 1 + below(random, 4); changes > 0; changes--) {
    const at = below(random, mutated.length + 1);
    switch (below(random, 7)) {
      case 0:
        if (at < mutated.length) mutated[at] = (mutated[at] as number) ^ (1 << below(random, 8));
        break;
      case 1:
        if (at < mutated.length) mutated[at] = below(random, 256);
        break;
      case 2:
        mutated = splice(mutated, at, below(random, 8), new Uint8Array(0));
        break;
      case 3:
        mutated = splice(mutated, at, 0, mutated.slice(at, at + below(random, 32)));
        break;
      case 4: {
        const other = pick(random, others);
        const from = below(random, other.length + 1);
        mutated = splice(
          mutated,
          at,
          below(random, 16),
          other.subarray(from, from + below(random, 64)),
        );
        break;
      }
      case 5:
        mutated = splice(mutated, at, below(random, 6), pick(random, tokens));
        break;
      default:
        mutated = mutated.slice(0, at);
    }
  }
  return mutated;
}
