/** Targets in turns, a slice each, every slice with a seed of its own, until time or count is over. */

export interface Target {
  readonly name: string;
  /** @throws when a promise is broken. The same seed is the same run. */
  run(
    iterations: number,
    seed: number,
  ): { readonly executions: number; readonly refusals: Readonly<Record<string, number>> };
}

export interface TargetFigures {
  executions: number;
  executionsPerSecond: number;
  /** Ways out that hostile bytes took, by reason. */
  readonly refusals: Record<string, number>;
}

export interface Failure {
  readonly target: string;
  readonly message: string;
  /** The slice that failed, for `--target … --seed … --executions …`. */
  readonly seed: number;
  readonly executions: number;
}

export interface LongRunOptions {
  /** Name on the command line → what it fuzzes. */
  readonly targets: Readonly<Record<string, Target>>;
  readonly seed: number;
  /** For each target. */
  readonly executions?: number;
  /** For all together. */
  readonly seconds?: number;
  /** For all together: executions after which it ends. */
  readonly total?: number;
  readonly onSlice?: (executions: number, seconds: number) => void;
}

export interface LongRun {
  readonly seed: number;
  readonly figures: Readonly<Record<string, TargetFigures>>;
  readonly failure?: Failure;
}

/** Small enough that a replay is quick and a deadline is kept. */
export const sliceExecutions = 10_000;

/** Ends at the first failure. Seeds count up from `seed` and wrap at 2^32. */
export function longRun(options: LongRunOptions): LongRun {
  const { targets, seed, executions = Number.POSITIVE_INFINITY, onSlice = () => {} } = options;
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1_000;
  const figures: Record<string, TargetFigures> = {};
  const busySeconds: Record<string, number> = {};
  let total = 0;
  for (let slice = 0; slice * sliceExecutions < executions; slice++)
    for (const [name, target] of Object.entries(targets)) {
      if (elapsed() >= (options.seconds ?? Number.POSITIVE_INFINITY)) return { seed, figures };
      if (total >= (options.total ?? Number.POSITIVE_INFINITY)) return { seed, figures };
      const size = Math.min(
        // With a total for all, nobody's slice takes longer than a second or so.
        options.total === undefined ? sliceExecutions : sliceOf(figures[name]),
        executions - slice * sliceExecutions,
      );
      const sliceSeed = (seed + slice) >>> 0;
      const before = elapsed();
      figures[name] ??= { executions: 0, executionsPerSecond: 0, refusals: {} };
      const sum = figures[name];
      try {
        const result = target.run(size, sliceSeed);
        sum.executions += result.executions;
        for (const [reason, count] of Object.entries(result.refusals))
          sum.refusals[reason] = (sum.refusals[reason] ?? 0) + count;
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        const failure = { target: name, message, seed: sliceSeed, executions: size };
        return { seed, figures, failure };
      }
      total += size;
      busySeconds[name] = (busySeconds[name] ?? 0) + elapsed() - before;
      sum.executionsPerSecond = Math.round(sum.executions / busySeconds[name]);
      onSlice(total, elapsed());
    }
  return { seed, figures };
}

const sliceOf = (before: TargetFigures | undefined) =>
  Math.min(5 * sliceExecutions, Math.max(100, before?.executionsPerSecond ?? 1_000));

/** The command that runs the failed slice again. */
export function replayCommand({ target, seed, executions }: Failure): string {
  return `npm run fuzz -- --target ${target} --seed ${seed} --executions ${executions}`;
}
