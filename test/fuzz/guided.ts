/**
 * A fuzzer for anything that takes bytes: mutates its corpus, and keeps what came out in a new way (another
 * refusal, another shape of answer) or what reached code for the first time. A broken promise is a throw
 * that carries the input, to become a named test.
 */
import { prng } from "../prng.ts";
import { below, mutate, pick } from "./command-mutate.ts";
import type { Target } from "./long-run.ts";

export interface GuidedOptions {
  readonly name: string;
  /** Well-formed examples. */
  readonly seeds: readonly Uint8Array[];
  /** Words of the format. */
  readonly tokens: readonly Uint8Array[];
  /** Longest input, bytes. */
  readonly longest: number;
  /** What became of the input, in few words. @throws when a promise is broken. */
  readonly attempt: (bytes: Uint8Array, random: () => number) => string;
}

export class BrokenPromise extends Error {
  readonly input: Uint8Array;
  constructor(target: string, input: Uint8Array, cause: unknown) {
    super(
      `${target}: ${(cause as Error)?.message ?? cause}; input ${Buffer.from(input).toString("base64")}`,
    );
    this.input = input;
  }
}

/** Whether code was reached for the first time since it was asked last; costly, so asked once a batch. */
export type Grew = () => boolean;

const batch = 2_500;
const largestCorpus = 400;
/** An input that takes longer is a hang in the making. */
const slowMs = 1_000;

/** @param grew V8's coverage in a long run; by outcomes alone where absent. */
export function guided(
  options: GuidedOptions,
  grew: Grew = () => false,
): Target & { corpus: Uint8Array[] } {
  const { name, seeds, tokens, longest, attempt } = options;
  const corpus = [...seeds];
  const outcomes = new Set<string>();
  return {
    name,
    corpus,
    run(executions, seed) {
      const random = prng(seed);
      const refusals: Record<string, number> = {};
      let sample: Uint8Array | undefined;
      for (let execution = 1; execution <= executions; execution++) {
        const mutated = mutate(random, pick(random, corpus), corpus, tokens);
        const input = mutated.length > longest ? mutated.subarray(0, longest) : mutated;
        const started = performance.now();
        let outcome: string;
        try {
          outcome = attempt(input, random);
        } catch (cause) {
          throw new BrokenPromise(name, input, cause);
        }
        if (performance.now() - started > slowMs)
          throw new BrokenPromise(name, input, `took more than ${slowMs} ms`);
        refusals[outcome] = (refusals[outcome] ?? 0) + 1;
        if (!outcomes.has(outcome)) {
          outcomes.add(outcome);
          keep(input);
        } else if (below(random, execution % batch || 1) === 0) sample = input;
        if (execution % batch === 0 && grew() && sample) keep(sample);
      }
      return { executions, refusals };
    },
  };

  function keep(input: Uint8Array): void {
    if (corpus.length < largestCorpus) corpus.push(input.slice());
  }
}
