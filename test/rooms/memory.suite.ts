import { atRest, heapBytes } from "../../device/platform/memory.ts";
import { lookMs, overBudget, watchMemory } from "../../device/telemetry/memory-watch.ts";
import type { Suite } from "../suite.ts";

/** A unit under watch: what is alive is the case's to say. */
function watched(live: { slots: number; chunks: number } | undefined) {
  const recorded: string[] = [];
  const traced: string[] = [];
  let turn: (() => void) | undefined;
  watchMemory(
    {
      timer: {
        set(callback, delayMs) {
          if (delayMs !== lookMs) throw new Error("another pace");
          turn = callback;
          return 1;
        },
        clear() {},
      },
      trace: (_, event) => traced.push(event),
      ...(live ? { development: { live: () => live } } : {}),
    },
    { record: (event, reason) => recorded.push(`${event}: ${reason}`) },
  );
  const look = () => {
    const callback = turn;
    turn = undefined;
    callback?.();
  };
  return { recorded, traced, look, watching: () => turn !== undefined };
}

const fine = { slots: atRest.slots, chunks: atRest.chunks };

export const suites: readonly Suite[] = [
  {
    room: "memory",
    cases: {
      "a leak is journaled, and stops a development build": (check) => {
        const live = { slots: atRest.slots + 16, chunks: 0 };
        const { look, recorded, watching } = watched(live);
        look();
        look();
        check.equal(recorded, [], "a pairing or a handshake may be in hand");
        check.throws(look, "the third look in a row");
        check.equal(recorded, [
          `memory-over-budget: slots ${atRest.slots + 16} of ${atRest.slots}`,
        ]);
        check.ok(!watching(), "one end is enough");
      },

      "what is let go of in time is no leak": (check) => {
        const live = { ...fine };
        const { look, recorded } = watched(live);
        for (const chunks of [1, 1, 0, 1, 1, 0, 1, 1]) {
          live.chunks = atRest.chunks + chunks;
          look();
        }
        check.equal(recorded, []);
      },

      "slots and chunks have a budget each": (check) => {
        check.equal(overBudget(fine), undefined, "to the byte");
        check.ok(overBudget({ ...fine, slots: fine.slots + 1 })?.startsWith("slots"));
        check.ok(overBudget({ ...fine, chunks: fine.chunks + 1 })?.startsWith("chunks"));
      },

      "the highest so far is told, and only that": (check) => {
        const live = { slots: 16, chunks: 16 };
        const { look, traced } = watched(live);
        look();
        look();
        live.chunks = 17;
        look();
        check.equal(traced.length, 2);
      },

      "a release build is not watched": (check) => {
        check.ok(!watched(undefined).watching());
        check.ok(watched(fine).watching(), "control");
      },

      "at rest, half of the heap is free for what is in hand": (check) => {
        check.ok(2 * (atRest.slots + atRest.chunks) <= heapBytes + 4096, "half, and a step");
      },
    },
  },
];
