/** A unit with a small firmware of the tests', and ears for what it says. */
import { fileURLToPath } from "node:url";
import { type Clock, RealClock } from "../../host-sim/board/clock.ts";
import type { Trace, UnitEvents } from "../../host-sim/board/events.ts";
import { NorFlash } from "../../host-sim/board/nor-flash.ts";
import { boardPartitions, partition, programPartition } from "../../host-sim/board/partitions.ts";
import { Radio } from "../../host-sim/board/radio.ts";
import { writeSlot } from "../../host-sim/bootloader/image.ts";
import { nodeEngine } from "../../host-sim/engine/node-engine.ts";
import { bundleFirmware } from "../../host-sim/runtime/bundle.ts";
import { Unit, type UnitOptions } from "../../host-sim/unit.ts";

export type Firmware = "obedient" | "dialler" | "host";

export interface Subject {
  unit: Unit;
  flash: NorFlash;
  radio: Radio;
  /** What the firmware said, without the room. */
  said: Trace[];
  /** "death detail" of every death. */
  deaths: string[];
  /** Resolves at the next trace of that name, or one already said. */
  hears(event: string): Promise<Trace>;
}

export async function subject<C extends Clock>(
  firmware: Firmware,
  order: object,
  options: Partial<UnitOptions> & { clock?: C } = {},
): Promise<Subject> {
  const entry = fileURLToPath(new URL(`./firmware/${firmware}.ts`, import.meta.url));
  const { source } = await bundleFirmware({ entry });
  const flash = options.flash ?? new NorFlash();
  const partitions = boardPartitions();
  writeSlot(flash, partitions, 0, source);
  const text = new TextEncoder().encode(JSON.stringify(order));
  programPartition(flash, partition(partitions, "system"), text);
  const radio = options.radio ?? new Radio();
  const unit = new Unit({
    name: "subject",
    engine: nodeEngine,
    clock: new RealClock(),
    ...options,
    flash,
    radio,
  });
  const said: Trace[] = [];
  const deaths: string[] = [];
  unit.on("trace", (trace) => said.push(trace));
  unit.on("death", ({ death, detail }) => deaths.push(`${death} ${detail.split("\n")[0]}`));
  const hears = (event: string) =>
    new Promise<Trace>((resolve, reject) => {
      const known = said.find((trace) => trace.event === event);
      if (known) return resolve(known);
      const late = setTimeout(() => reject(new Error(`never said "${event}"`)), 15_000);
      const listen = (trace: Trace) => {
        if (trace.event !== event) return;
        clearTimeout(late);
        unit.off("trace", listen);
        resolve(trace);
      };
      unit.on("trace", listen);
    });
  return { unit, flash, radio, said, deaths, hears };
}

/** The next event of that name. */
export function next<E extends keyof UnitEvents>(unit: Unit, event: E): Promise<UnitEvents[E][0]> {
  return new Promise((resolve) => {
    unit.once(event, ((value: UnitEvents[E][0]) => resolve(value)) as never);
  });
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
