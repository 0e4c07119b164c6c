/** The desk's nine stages with a unit that the Moddable SDK built. */
import { heapBytes } from "../../device/platform/memory.ts";
import { brokerName, brokerPort, openDesk } from "../desk/desk.ts";
import { engineNamed } from "../engine/engines.ts";
import { type Stage, walk } from "../tour/stages.ts";
import { BenchUnit, type Stand } from "./bench-unit.ts";

export interface TourOptions {
  readonly json: boolean;
  /** Tells what the unit traces. */
  readonly verbose: boolean;
}

/** @throws what a stage throws. */
export async function tourWith(target: string, stand: Stand, options: TourOptions): Promise<void> {
  const started = performance.now();
  const stages: (Stage & { heap?: object })[] = [];
  const bench: { unit?: BenchUnit } = {};
  const desk = await openDesk({
    // The unit is not of an engine's making: its file in the desk's flash is not run.
    engine: engineNamed("node"),
    makeUnit(parts) {
      const unit = new BenchUnit(parts, stand, [[brokerName, brokerPort]]);
      if (options.verbose)
        for (const event of ["boot", "trace", "death"] as const)
          unit.on(event, (fields: object) => console.error(`  ${event} ${JSON.stringify(fields)}`));
      bench.unit = unit;
      return unit;
    },
  });
  try {
    await walk(desk, started, (stage) => {
      const heap = bench.unit?.lastHeap;
      stages.push(heap ? { ...stage, heap } : stage);
      if (options.json) return;
      const figures = heap ? `  [${figuresOf(heap)}]` : "";
      console.log(
        `${stage.stage.padEnd(12)} ${stage.ms.toFixed(1).padStart(8)} ms  ${stage.saw}${figures}`,
      );
    });
    const totalMs = Math.round(performance.now() - started);
    if (options.json) console.log(JSON.stringify({ target, stages, totalMs }, null, 2));
    else console.log(`a whole life in ${(totalMs / 1000).toFixed(1)} s on ${target}`);
  } finally {
    await desk.close();
  }
}

function figuresOf(heap: NonNullable<BenchUnit["lastHeap"]>): string {
  const { slots, chunks, free, leastFree, inCheck } = heap;
  const chip = free === undefined ? "" : `; chip free ${free} B, least ${leastFree} B`;
  const check = inCheck
    ? `; in a signature check ${heapBytes - inCheck.slots - inCheck.chunks} B free of JavaScript's ${heapBytes} B, chip free ${inCheck.free} B`
    : "";
  return `slots ${slots} B, chunks ${chunks} B${chip}${check}`;
}
