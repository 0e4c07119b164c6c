/** The room suites on XS, the chip's engine: one machine a room. */
import { fileURLToPath } from "node:url";
import test from "ava";
import type { Plugin } from "esbuild";
import type { Machine } from "../host-sim/engine/engine.ts";
import { xsAvailable, xsEngine } from "../host-sim/engine/xs-engine.ts";
import { bundle } from "../host-sim/runtime/bundle.ts";
import { rooms } from "./rooms/suites.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const available = xsAvailable();
/** Fixtures and noble, kept loaded: a suite is not a device, so the chip's limit is not the point. */
const heapLimit = 128 * 1024 * 1024;

interface Outcome {
  readonly fault?: string;
}

/** A machine with one room's suites, and the way to run a case in it. */
async function start(
  room: string,
): Promise<{ machine: Machine; run(json: string): Promise<Outcome> }> {
  const underTest: Plugin = {
    name: "room-under-test",
    setup({ onResolve }) {
      onResolve({ filter: /room-under-test/ }, () => ({ path: here(`./rooms/${room}.suite.ts`) }));
    },
  };
  const { source } = await bundle(here("./rooms/on-engine.ts"), [underTest], "esm");
  let answer: (outcome: Outcome) => void = () => {};
  const machine = await xsEngine.start({
    source,
    heapLimit,
    watchdogMs: 60_000,
    hostCall(_, json) {
      answer(JSON.parse(json));
      return { json: "null" };
    },
    onDeath: (death, detail) => answer({ fault: `the machine died: ${death} ${detail}` }),
  });
  return {
    machine,
    run: (json) =>
      new Promise((resolve) => {
        answer = resolve;
        machine.deliver("run", json);
      }),
  };
}

if (!available.ok) test.skip(`rooms on XS: ${available.reason}`, () => {});
else
  for (const [room, suites] of Object.entries(rooms)) {
    let started: ReturnType<typeof start> | undefined;
    for (const { room: suite, cases } of suites)
      for (const name of Object.keys(cases))
        test.serial(`xs: ${suite}: ${name}`, async (t) => {
          started ??= start(room);
          const { fault } = await (await started).run(JSON.stringify({ suite, name }));
          t.is(fault, undefined);
        });
    test.after.always(`${room} ends`, async () => (await started)?.machine.kill());
  }
