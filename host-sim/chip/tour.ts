/** The desk's nine stages, and whatever else, with a unit that the Moddable SDK built. */
import { heapBytes } from "../../device/platform/memory.ts";
import { brokerName, brokerPort, type Desk, openDesk } from "../desk/desk.ts";
import { engineNamed } from "../engine/engines.ts";
import { walk } from "../tour/stages.ts";
import { BenchUnit, type Services, type Stand } from "./bench-unit.ts";

export interface TourOptions {
  readonly json: boolean;
  /** Tells what the unit traces. */
  readonly verbose: boolean;
}

/** One line of a life, and what the unit's heap was then. */
export interface LifeStage {
  readonly stage: string;
  /** Since the stage before. */
  readonly ms: number;
  readonly saw: string;
}

export interface Life {
  readonly desk: Desk;
  readonly unit: BenchUnit;
  readonly started: number;
  tell(stage: LifeStage): void;
}

/**
 * A life at a desk, its stages told as they come.
 * @param services what the unit may dial besides the broker.
 * @throws what `live` throws.
 */
export async function liveAt(
  target: string,
  stand: Stand,
  options: TourOptions,
  live: (life: Life) => Promise<void>,
  services: Services = [],
): Promise<void> {
  const started = performance.now();
  const stages: (LifeStage & { heap?: object })[] = [];
  const bench: { unit?: BenchUnit } = {};
  const desk = await openDesk({
    // The unit is not of an engine's making: its file in the desk's flash is not run.
    engine: engineNamed("node"),
    makeUnit(parts) {
      const unit = new BenchUnit(parts, stand, [[brokerName, brokerPort], ...services]);
      if (options.verbose)
        for (const event of ["boot", "trace", "death"] as const)
          unit.on(event, (fields: object) => console.error(`  ${event} ${JSON.stringify(fields)}`));
      bench.unit = unit;
      return unit;
    },
  });
  try {
    const tell = (stage: LifeStage) => {
      const heap = bench.unit?.lastHeap;
      stages.push(heap ? { ...stage, heap } : stage);
      if (options.json) return;
      const figures = heap ? `  [${figuresOf(heap)}]` : "";
      console.log(
        `${stage.stage.padEnd(12)} ${stage.ms.toFixed(1).padStart(8)} ms  ${stage.saw}${figures}`,
      );
    };
    await live({ desk, unit: bench.unit as BenchUnit, started, tell });
    const totalMs = Math.round(performance.now() - started);
    if (options.json) console.log(JSON.stringify({ target, stages, totalMs }, null, 2));
    else console.log(`a whole life in ${(totalMs / 1000).toFixed(1)} s on ${target}`);
  } finally {
    await desk.close();
  }
}

/** @throws what a stage throws. */
export function tourWith(target: string, stand: Stand, options: TourOptions): Promise<void> {
  return liveAt(target, stand, options, ({ desk, started, tell }) => walk(desk, started, tell));
}

function figuresOf(heap: NonNullable<BenchUnit["lastHeap"]>): string {
  const { slots, chunks, free, leastFree, inCheck } = heap;
  const chip = free === undefined ? "" : `; chip free ${free} B, least ${leastFree} B`;
  const check = inCheck
    ? `; in a signature check ${heapBytes - inCheck.slots - inCheck.chunks} B free of JavaScript's ${heapBytes} B, chip free ${inCheck.free} B`
    : "";
  return `slots ${slots} B, chunks ${chunks} B${chip}${check}`;
}
