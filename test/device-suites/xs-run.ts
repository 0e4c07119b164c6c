/** A room's suites on the simulator's XS, one machine a room. */
import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";
import type { Machine } from "../../host-sim/engine/engine.ts";
import { xsEngine } from "../../host-sim/engine/xs-engine.ts";
import { bundle } from "../../host-sim/runtime/bundle.ts";
import { rooms } from "../rooms/suites.ts";
import type { RoomResult } from "./room-run.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** Fixtures and noble, kept loaded: a suite is not a device, so the chip's limit is not the point. */
const heapLimit = 128 * 1024 * 1024;

export interface Outcome {
  readonly fault?: string;
}

export interface RoomMachine {
  readonly machine: Machine;
  run(suite: string, name: string): Promise<Outcome>;
}

/** A machine with one room's suites, and the way to run a case in it. */
export async function startRoom(room: string): Promise<RoomMachine> {
  const underTest: Plugin = {
    name: "room-under-test",
    setup({ onResolve }) {
      onResolve({ filter: /room-under-test/ }, () => ({
        path: here(`../rooms/${room}.suite.ts`),
      }));
    },
  };
  const { source } = await bundle(here("../rooms/on-engine.ts"), [underTest]);
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
    run: (suite, name) =>
      new Promise((resolve) => {
        answer = resolve;
        machine.deliver("run", JSON.stringify({ suite, name }));
      }),
  };
}

export async function runOnXs(room: string, cases: number): Promise<RoomResult> {
  const { machine, run } = await startRoom(room);
  const faults: string[] = [];
  for (const { room: suite, cases: named } of rooms[room] ?? [])
    for (const name of Object.keys(named)) {
      const { fault } = await run(suite, name);
      if (fault !== undefined) faults.push(`${suite}: ${name}: ${fault}`);
    }
  machine.kill();
  return { room, passed: cases - faults.length, cases, faults };
}
