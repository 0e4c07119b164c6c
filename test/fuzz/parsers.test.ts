import test from "ava";
import { guided } from "./guided.ts";
import { keptCorpus, parsers } from "./parsers.ts";

for (const options of parsers) {
  const seeds = [...options.seeds, ...keptCorpus(options.name)];
  test(`hostile bytes: ${options.name}: no exception, no hang, no broken promise`, (t) => {
    const { executions, refusals } = guided({ ...options, seeds }).run(1_000, 13);
    t.is(executions, 1_000);
    t.true(Object.keys(refusals).length > 1, "more than one way out was taken");
    for (const kept of seeds) t.notThrows(() => options.attempt(kept, () => 0.5));
  });
}

test("control: a parser that breaks its promise is found, with the input that does it", (t) => {
  const careless = {
    ...{ name: "careless", tokens: [Uint8Array.of(255)], longest: 64 },
    seeds: [Uint8Array.of(1, 2, 3, 4)],
    attempt(bytes: Uint8Array) {
      if (bytes[0] === 1 && bytes[1] !== undefined && bytes[1] > 200)
        throw new Error("past the end");
      return "fine";
    },
  };
  t.throws(() => guided(careless).run(20_000, 1), { message: /careless: past the end; input / });
});
