/** The sweep itself, over a device that is three values in a flash: what it counts, shares and finds. */
import test from "ava";
import { blockLength, type Cut, NorFlash } from "../../host-sim/board/nor-flash.ts";
import { PowerCut } from "../../host-sim/engine/engine.ts";
import { Recording } from "../../host-sim/sweep/recording.ts";
import { type Scenario, sweep } from "../../host-sim/sweep/sweep-run.ts";

const values = [0x11, 0x22, 0x33];
/** A value twice, so that a half of one is seen. */
const record = (value: number) => new Uint8Array(64).fill(value);
const blank = new Uint8Array(64).fill(0xff);

/** Erases a block (blank already), then writes each value that is not there; `careless`: over what is half there. */
function counting({
  careless = false,
  mood = () => 0,
}: {
  careless?: boolean;
  mood?: () => number;
} = {}): Scenario {
  const at = (index: number) => (1 + index) * blockLength;
  const holds = (flash: NorFlash, index: number, bytes: Uint8Array) =>
    Buffer.from(flash.read(at(index), 64)).equals(bytes);
  return {
    name: "counting",
    flash: new NorFlash({ size: 8 * blockLength }),
    alone: true,
    async live(flash) {
      flash.powerOn();
      const extra = mood();
      try {
        if (extra > 0) flash.write(6 * blockLength + extra, Uint8Array.of(0));
        flash.eraseBlock(7);
        for (const [index, value] of values.entries()) {
          if (holds(flash, index, record(value))) continue;
          if (careless && !holds(flash, index, blank)) continue;
          if (!holds(flash, index, blank)) flash.eraseBlock(at(index) / blockLength);
          flash.write(at(index), record(value));
        }
        return "done";
      } catch (error) {
        if (error instanceof PowerCut) return "cut";
        throw error;
      }
    },
    faults(chip, done) {
      const flash = chip.clone();
      return done && !values.every((value, index) => holds(flash, index, record(value)))
        ? ["a value is lost"]
        : [];
    },
  };
}

const options = { doubleCuts: 6, seed: 1 };

test("each operation is cut before, during and after, and what leaves the same flash is one start", async (t) => {
  const figures = await sweep(counting(), options);
  t.deepEqual(figures.violations, []);
  t.is(figures.operations, 4);
  t.is(figures.cutPoints, 12);
  // Nothing done (an erase of what is blank, and before the first value), then a part and the whole of each value.
  t.is(figures.starts, 1 + 3 * 2);
  t.is(figures.doubleCuts, 6);
});

test("a recording leaves what a life that is cut leaves, byte for byte", async (t) => {
  const scenario = counting();
  const recording = await Recording.of(scenario);
  for (let operation = 1; operation <= recording.operations; operation++)
    for (const phase of ["before", "during", "after"] as const) {
      const cut: Cut = { operation, phase, seed: 5 };
      const flash = scenario.flash.clone();
      flash.cutAt(cut);
      t.is(await scenario.live(flash), "cut");
      const recorded = recording.cutBy(cut);
      t.deepEqual(recorded.image(), flash.image());
      t.is(recorded.fingerprint(), flash.fingerprint());
      t.is(recorded.operations, flash.operations);
    }
  t.throws(() => recording.cutBy({ operation: 5, phase: "before" }), { instanceOf: RangeError });
});

test("negative control: a device that takes half a value for a whole one is found, at each such cut", async (t) => {
  const { violations } = await sweep(counting({ careless: true }), { ...options, doubleCuts: 0 });
  t.deepEqual(
    violations.map(({ cuts: [cut], what }) => [cut?.operation, cut?.phase, what]),
    [2, 3, 4].map((operation) => [operation, "during", "a value is lost"]),
  );
});

test("negative control: a life that depends on more than the flash is not taken for one that does not", async (t) => {
  let lives = 0;
  const moody = counting({ mood: () => lives++ });
  const { violations } = await sweep(moody, { ...options, doubleCuts: 0 });
  t.true(violations.some(({ what }) => what === "a life that is cut here leaves another flash"));
});

test("scenarios with a desk beside them are lived from the start for each cut", async (t) => {
  const { alone: _, ...scenario } = counting();
  const figures = await sweep(scenario, options);
  t.deepEqual(figures.violations, []);
  t.is(figures.starts, figures.cutPoints);
});
