/**
 * One run of a scenario, with the chip kept as it was after each flash operation: what a cut at any of
 * them leaves behind, without a run for each. This holds for scenarios whose lives begin from the flash
 * alone; `sweep` makes some of the cuts in lives of their own to see that they do.
 */
import { blockLength, type Cut, type FlashOperation, type NorFlash } from "../board/nor-flash.ts";
import { PowerCut } from "../engine/engine.ts";
import type { Ending, Scenario } from "./sweep-run.ts";

export class Recording {
  /** How the run ended, and with what. */
  readonly ending: Ending;
  readonly flash: NorFlash;
  /** As the chip was after so many operations. */
  readonly #after: readonly NorFlash[];
  readonly #done: readonly FlashOperation[];

  private constructor(
    ending: Ending,
    flash: NorFlash,
    after: readonly NorFlash[],
    done: readonly FlashOperation[],
  ) {
    this.ending = ending;
    this.flash = flash;
    this.#after = after;
    this.#done = done;
  }

  static async of(scenario: Scenario): Promise<Recording> {
    const flash = scenario.flash.clone();
    const after = [flash.clone()];
    const done: FlashOperation[] = [];
    const stop = flash.observe((operation) => {
      after.push(flash.clone(operation.operation));
      done.push(operation);
    });
    const ending = await scenario.live(flash);
    stop();
    return new Recording(ending, flash, after, done);
  }

  get operations(): number {
    return this.#done.length;
  }

  /** A chip as a cut in this run leaves it. @throws RangeError when the run has no such operation. */
  cutBy({ operation, phase, seed = 0 }: Cut): NorFlash {
    const [before, after] = [this.#after[operation - 1], this.#after[operation]];
    const done = this.#done[operation - 1];
    if (!before || !after || !done) throw new RangeError(`no operation ${operation} in this run`);
    if (phase !== "during") return (phase === "before" ? before : after).clone(operation);
    const chip = before.clone(operation - 1);
    chip.cutAt({ operation, phase, seed });
    try {
      // What a write leaves is what was written: it can set no bit.
      if (done.kind === "write") chip.write(done.offset, after.read(done.offset, done.length));
      else chip.eraseBlock(done.offset / blockLength);
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
    }
    return chip;
  }
}
