/** Powers a street in one moment, waits for everybody, and says what that took. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { privateMemory } from "../engine/xs-engine.ts";
import type { Resident, Street } from "./street.ts";

/** Bytes. */
export interface Spread {
  readonly mean: number;
  readonly max: number;
}

export interface FleetFigures {
  readonly engine: string;
  readonly devices: number;
  readonly connected: number;
  /** Ids. */
  readonly missing: readonly string[];
  /** From the moment they all get power to the last one online, or to the end of patience. */
  readonly seconds: number;
  /** Deaths of firmware, by cause. */
  readonly deaths: Readonly<Record<string, number>>;
  readonly memoryPerDevice: {
    /** Private memory of each unit's own process: on XS, where the system says it (Linux). */
    readonly engineProcess?: Spread;
    /** Bytes this process's heap grew by: board, both ends of TLS; on Node the firmware too. */
    readonly desk: number;
  };
  /** Above the loaded code, each at its highest; `limit` is one unit's. Only XS counts it. */
  readonly heap?: { readonly slots: Spread; readonly chunks: Spread; readonly limit: number };
}

/**
 * Ends with the last one online, or when `patience` is aborted. The waits before a second attempt
 * are the devices' own.
 */
export async function powerAll(
  street: Street,
  patience: AbortSignal,
  onConnected: (connected: number) => void = () => {},
): Promise<FleetFigures> {
  const { residents, engine } = street;
  const deaths = countDeaths(residents);
  const missing = new Set(residents.map(({ id }) => id));
  const heapBefore = settledHeap();
  const started = performance.now();
  const all = Promise.all(
    residents.map(async ({ id }) => {
      await street.online(id);
      missing.delete(id);
      onConnected(residents.length - missing.size);
    }),
  );
  for (const { unit } of residents) void unit.plug();
  const impatience = new Promise((resolve) => {
    patience.addEventListener("abort", resolve, { once: true });
  });
  await Promise.race([all, impatience]);
  const seconds = Math.round(performance.now() - started) / 1_000;
  const desk = Math.round((settledHeap() - heapBefore) / residents.length);
  return {
    engine,
    devices: residents.length,
    connected: residents.length - missing.size,
    missing: [...missing],
    seconds,
    deaths,
    memoryPerDevice: { ...processMemory(residents), desk },
    ...(await engineHeap(residents)),
  };
}

function countDeaths(residents: readonly Resident[]): Record<string, number> {
  const deaths: Record<string, number> = {};
  for (const { unit } of residents)
    unit.on("death", ({ death }) => {
      deaths[death] = (deaths[death] ?? 0) + 1;
    });
  return deaths;
}

/** Before the heap is asked for, which collects and may grow a process. */
function processMemory(residents: readonly Resident[]): { engineProcess?: Spread } {
  const sizes: number[] = [];
  for (const { processId } of residents) {
    const id = processId();
    const size = id === undefined ? undefined : privateMemory(id);
    if (size !== undefined) sizes.push(size);
  }
  return sizes.length > 0 ? { engineProcess: spread(sizes) } : {};
}

async function engineHeap(residents: readonly Resident[]): Promise<Pick<FleetFigures, "heap">> {
  const heaps = await Promise.all(residents.map(({ unit }) => unit.heap()));
  const limit = Math.max(...heaps.map((heap) => heap.limit));
  if (limit === 0) return {};
  const slots = spread(heaps.map(({ slotsPeak }) => slotsPeak));
  const chunks = spread(heaps.map(({ chunksPeak }) => chunksPeak));
  return { heap: { slots, chunks, limit } };
}

function spread(values: readonly number[]): Spread {
  const sum = values.reduce((total, value) => total + value, 0);
  return { mean: Math.round(sum / values.length), max: Math.max(...values) };
}

/** What is alive: a figure with garbage in it would be one of the collector's moods. */
function settledHeap(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}
