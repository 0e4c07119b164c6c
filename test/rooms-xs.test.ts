/** The room suites on XS, the chip's engine: one machine a room. */
import { fileURLToPath } from "node:url";
import test from "ava";
import type { Machine } from "../host-sim/engine/engine.ts";
import { xsAvailable, xsEngine } from "../host-sim/engine/xs-engine.ts";
import { bundle } from "../host-sim/runtime/bundle.ts";
import { suites } from "./rooms/suites.ts";

const entry = fileURLToPath(new URL("./rooms/on-engine.ts", import.meta.url));
const available = xsAvailable();
/** Fixtures and noble, kept loaded: a suite is not a device, so the chip's limit is not the point. */
const heapLimit = 128 * 1024 * 1024;

interface Room {
  readonly machine: Machine;
  /** The outcome of the case that is running. */
  next: (outcome: { fault?: string }) => void;
}

async function startRoom(source: string): Promise<Room> {
  const room: Room = {
    machine: await xsEngine.start({
      source,
      heapLimit,
      watchdogMs: 60_000,
      hostCall: (_, json) => {
        room.next(JSON.parse(json));
        return { json: "null" };
      },
      onDeath: (death, detail) => room.next({ fault: `the machine died: ${death} ${detail}` }),
    }),
    next: () => {},
  };
  return room;
}

if (!available.ok) test.skip(`rooms on XS: ${available.reason}`, () => {});
else {
  const source = bundle(entry).then((made) => made.source);
  for (const { room, cases } of suites) {
    let started: Promise<Room> | undefined;
    for (const name of Object.keys(cases))
      test.serial(`xs: ${room}: ${name}`, async (t) => {
        started ??= startRoom(await source);
        const { machine } = await started;
        const outcome = await new Promise<{ fault?: string }>((resolve) => {
          void started?.then((one) => {
            one.next = resolve;
            machine.deliver("run", JSON.stringify({ room, name }));
          });
        });
        t.is(outcome.fault, undefined);
      });
    test.after.always(async () => (await started)?.machine.kill());
  }
}
