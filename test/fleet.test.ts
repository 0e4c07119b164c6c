/** A small street of claimed units; `npm run fleet` is the same with hundreds. */
import test from "ava";
import { boardPartitions, partition } from "../host-sim/board/partitions.ts";
import type { Engine } from "../host-sim/engine/engine.ts";
import { nodeEngine } from "../host-sim/engine/node-engine.ts";
import { privateMemory, xsAvailable, xsEngine } from "../host-sim/engine/xs-engine.ts";
import { powerAll } from "../host-sim/fleet/measure.ts";
import { openStreet } from "../host-sim/fleet/street.ts";

const available = xsAvailable();

async function connectsAll(engine: Engine, devices: number) {
  const street = await openStreet({ engine, devices });
  try {
    const counts: number[] = [];
    const figures = await powerAll(street, AbortSignal.timeout(60_000), (count) =>
      counts.push(count),
    );
    return { figures, counts };
  } finally {
    await street.close();
  }
}

test("units that were claimed beforehand all connect, on Node", async (t) => {
  const { figures, counts } = await connectsAll(nodeEngine, 4);
  t.deepEqual(counts, [1, 2, 3, 4]);
  t.like(figures, { engine: "node", devices: 4, connected: 4, missing: [], deaths: {} });
  t.true(figures.seconds > 0);
  t.is(figures.heap, undefined, "Node counts no heap");
});

(available.ok ? test : test.skip)("and on XS, each in a process of its own", async (t) => {
  const { figures } = await connectsAll(xsEngine, 4);
  t.like(figures, { engine: "xs", devices: 4, connected: 4, missing: [], deaths: {} });
  const { slots, chunks, limit } = figures.heap!;
  t.true(slots.mean > 0 && slots.max + chunks.max < limit);
  const { engineProcess } = figures.memoryPerDevice;
  if (privateMemory(process.pid) !== undefined) t.true(engineProcess!.max >= engineProcess!.mean);
});

test("a unit that cannot connect is named, and the others are not held up", async (t) => {
  const street = await openStreet({ engine: nodeEngine, devices: 3 });
  t.teardown(() => street.close());
  const { id, unit } = street.residents[1]!;
  const { offset, size } = partition(boardPartitions(), "factory");
  for (let at = offset; at < offset + size; at += 4096) unit.flash.eraseBlock(at / 4096);
  const patience = new AbortController();
  const { connected, missing } = await powerAll(street, patience.signal, (count) => {
    if (count === 2) setTimeout(() => patience.abort(), 500);
  });
  t.is(connected, 2);
  t.deepEqual(missing, [id]);
});
