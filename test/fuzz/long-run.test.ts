import test from "ava";
import { longRun, replayCommand, sliceExecutions, type Target } from "./long-run.ts";

const refusing: Target = {
  name: "refusing",
  run: (executions, seed) => ({ executions, refusals: { [`seed ${seed}`]: executions } }),
};

/** Breaks at one seed. */
const broken: Target = {
  name: "broken",
  run(executions, seed) {
    if (seed === 1) throw new Error("delivered what was not sent");
    return { executions, refusals: {} };
  },
};

test("a counted run gives each target its count, each slice a seed of its own", (t) => {
  const executions = 2 * sliceExecutions + 5;
  const { figures, failure } = longRun({ targets: { a: refusing }, seed: 2 ** 32 - 1, executions });
  t.is(failure, undefined);
  t.is(figures.a?.executions, executions);
  t.deepEqual(figures.a?.refusals, {
    "seed 4294967295": sliceExecutions,
    "seed 0": sliceExecutions,
    "seed 1": 5,
  });
});

test("a timed run ends", (t) => {
  const slices: number[] = [];
  longRun({
    targets: { a: refusing },
    seed: 1,
    seconds: 0.05,
    onSlice: (executions) => slices.push(executions),
  });
  t.true(slices.length > 0);
});

test("a failure ends the run and says how to have it again", (t) => {
  const targets = { a: refusing, b: broken };
  const { failure, figures } = longRun({ targets, seed: 0, executions: 3 * sliceExecutions });
  t.deepEqual(failure, {
    target: "b",
    message: "delivered what was not sent",
    seed: 1,
    executions: sliceExecutions,
  });
  t.is(figures.b?.executions, sliceExecutions, "what was done before it");
  t.is(
    replayCommand(failure!),
    `npm run fuzz -- --target b --seed 1 --executions ${sliceExecutions}`,
  );
  const again = longRun({ targets: { b: broken }, seed: 1, executions: sliceExecutions });
  t.is(again.failure?.message, failure?.message);
});
