/**
 * For tests of whole devices: a desk whose time runs faster, further lives of its unit on copies of
 * its flash, and firmware with one guard taken out.
 */
import { readFileSync } from "node:fs";
import { sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";
import { VirtualClock } from "../host-sim/board/clock.ts";
import { NorFlash } from "../host-sim/board/nor-flash.ts";
import { boardPartitions } from "../host-sim/board/partitions.ts";
import { writeSlot } from "../host-sim/bootloader/image.ts";
import type { Desk } from "../host-sim/desk/desk.ts";
import type { Engine } from "../host-sim/engine/engine.ts";
import { nodeEngine } from "../host-sim/engine/node-engine.ts";
import { areasOn } from "../host-sim/fleet/claimed.ts";
import { bundle } from "../host-sim/runtime/bundle.ts";
import { Unit } from "../host-sim/unit.ts";

/**
 * Virtual time that passes by itself, `stepMs` with each turn of the event loop. What is real (the
 * sockets, TLS, the broker) makes progress by turns too, so a busy machine slows both alike.
 */
export class TimeLapse extends VirtualClock {
  readonly #usualMs: number;
  #stepMs: number;
  #running = true;

  constructor(stepMs = 20) {
    super(Date.now());
    this.#usualMs = stepMs;
    this.#stepMs = stepMs;
    void this.#run();
  }

  stop(): void {
    this.#running = false;
  }

  /** Longer steps for as long as `wait` lasts: for times in which nothing real has to make progress. */
  async hurry<Result>(stepMs: number, wait: () => Promise<Result>): Promise<Result> {
    this.#stepMs = stepMs;
    try {
      return await wait();
    } finally {
      this.#stepMs = this.#usualMs;
    }
  }

  /** Waits until `condition`; rejects after `timeoutMs` of virtual time. */
  async until(condition: () => boolean, what: string, timeoutMs = 120_000): Promise<void> {
    const end = this.now() + timeoutMs;
    while (!condition()) {
      if (this.now() > end) throw new Error(`${what}: not within ${timeoutMs / 1000} s`);
      await turn();
    }
  }

  async #run(): Promise<void> {
    while (this.#running) {
      await this.advance(this.#stepMs);
      await turn();
    }
  }
}

/** At least a millisecond, so that what waits in sockets is worked off. */
const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 1));

/** A copy of a chip in memory: what happens to it leaves no trace on the original. */
export function copyOf(flash: NorFlash): NorFlash {
  return flashOf(flash.image());
}

export function flashOf(image: Uint8Array): NorFlash {
  const blocks = new Map<number, Uint8Array>();
  for (let block = 0; block < image.length / 4096; block++) {
    const bytes = image.slice(block * 4096, (block + 1) * 4096);
    if (bytes.some((byte) => byte !== 0xff)) blocks.set(block, bytes);
  }
  const store = { load: () => blocks, save: () => {}, close: () => {} };
  return new NorFlash({ size: image.length, store });
}

/** The same desk with another life of its unit: on `flash`, and with `firmware` if it is given. */
export function deskWith(
  desk: Desk,
  flash: NorFlash,
  { firmware, engine = nodeEngine }: { firmware?: string; engine?: Engine } = {},
): Desk {
  if (firmware !== undefined) replaceFirmware(flash, firmware);
  const { radio, clock } = desk;
  return { ...desk, unit: new Unit({ name: "another", engine, flash, radio, clock }) };
}

/** Another firmware, as a developer puts it on by cable: the unit measures anew what it runs. */
export function replaceFirmware(flash: NorFlash, source: string): void {
  flash.powerOn();
  writeSlot(flash, boardPartitions(), 0, source);
  areasOn(flash).system.delete("update.slots");
}

/** One change to the sources, file by file: what is replaced and by what. */
export type Sabotage = Readonly<Record<string, readonly [guard: string, broken: string]>>;

/** The firmware with a guard taken out, to see that a test notices. */
export async function sabotaged(
  changes: Sabotage,
  root: "main.ts" | "updating.ts" = "main.ts",
): Promise<string> {
  const done = new Set<string>();
  const plugin: Plugin = {
    name: "sabotage",
    setup({ onLoad }) {
      onLoad({ filter: /device.*\.ts$/, namespace: "file" }, ({ path }) => {
        const name = Object.keys(changes).find((one) => path.split(sep).join("/").endsWith(one));
        if (name === undefined) return undefined;
        const [guard, broken] = changes[name]!;
        const source = readFileSync(path, "utf8");
        if (source.split(guard).length !== 2)
          throw new Error(`${name} does not hold once: ${guard}`);
        done.add(name);
        return { contents: source.replace(guard, () => broken), loader: "ts" };
      });
    },
  };
  const main = fileURLToPath(new URL(`../host-sim/runtime/${root}`, import.meta.url));
  const { source } = await bundle(main, [plugin]);
  const missed = Object.keys(changes).filter((name) => !done.has(name));
  if (missed.length > 0) throw new Error(`not part of the firmware: ${missed.join(", ")}`);
  return source;
}

/** Presses the button for so long, by the desk's clock. */
export async function hold({ unit, clock }: Desk, ms: number): Promise<void> {
  unit.press();
  await new Promise<void>((resolve) => void clock.after(ms, resolve));
  unit.release();
}

export const tapMs = 120;
export const longPressMs = 3_200;

/** Opens the set-up window of a unit that nobody owns, sets it up and waits until it is on its broker. */
export async function claim(desk: Desk, clock: TimeLapse): Promise<void> {
  const online = heard(desk, "connected");
  await hold(desk, tapMs);
  await clock.until(() => desk.unit.listening().length > 0, "the set-up window opens");
  await desk.setUp();
  await clock.until(() => desk.unit.listening().length === 0, "the set-up window closes");
  await clock.until(online, "the unit reaches its broker");
}

/** A question: has the unit's link said `event` since now? */
export function heard({ unit }: Desk, event: string): () => boolean {
  let count = 0;
  unit.on("trace", (trace) => {
    if (trace.room === "link" && trace.event === event) count++;
  });
  return () => count > 0;
}
