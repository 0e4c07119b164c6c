import test from "ava";
import { blockLength, type CutPhase, NorFlash } from "../../host-sim/board/nor-flash.ts";
import { PowerCut } from "../../host-sim/engine/engine.ts";

const before = new Uint8Array(blockLength).map((_, index) => index % 251);
const written = new Uint8Array(300).fill(0x5a);

/** A flash whose block 0 holds `before`, cut at its next operation. */
function cutFlash(phase: CutPhase, seed = 1): NorFlash {
  const flash = new NorFlash({ size: 4 * blockLength });
  flash.write(0, before);
  flash.cutAt({ operation: flash.operations + 1, phase, seed });
  return flash;
}

function cutWrite(phase: CutPhase, seed?: number): Uint8Array {
  const flash = cutFlash(phase, seed);
  try {
    flash.write(blockLength, written);
  } catch (error) {
    if (error instanceof PowerCut) return flash.image().slice(blockLength, blockLength + 300);
  }
  throw new Error("power was not cut");
}

function cutErase(phase: CutPhase, seed?: number): Uint8Array {
  const flash = cutFlash(phase, seed);
  try {
    flash.eraseBlock(0);
  } catch (error) {
    if (error instanceof PowerCut) return flash.image().slice(0, blockLength);
  }
  throw new Error("power was not cut");
}

test("cut before a write or an erase: nothing happened", (t) => {
  t.true(cutWrite("before").every((byte) => byte === 0xff));
  t.deepEqual(cutErase("before"), before);
});

test("cut after a write or an erase: all of it happened", (t) => {
  t.deepEqual(cutWrite("after"), written);
  t.true(cutErase("after").every((byte) => byte === 0xff));
});

test("cut during a write: a prefix is done, one byte is half done, the rest is untouched", (t) => {
  let torn = 0;
  for (let seed = 0; seed < 200; seed++) {
    const left = cutWrite("during", seed);
    const done = left.findIndex((byte) => byte !== 0x5a);
    t.true(
      done >= 0,
      "the last byte is never whole by design of the cut, or it would be an 'after'",
    );
    // Bits of the half-done byte that the write leaves set are still set.
    t.is(left[done]! & 0x5a, 0x5a);
    t.true(left.subarray(done + 1).every((byte) => byte === 0xff));
    if (left[done] !== 0xff) torn++;
  }
  t.true(torn > 100, "most cuts tear a byte");
});

test("cut during an erase: old and erased mix, no bit falls, in several shapes", (t) => {
  let byteWise = 0;
  let bitWise = 0;
  for (let seed = 0; seed < 60; seed++) {
    const left = cutErase("during", seed);
    t.true(left.every((byte, index) => (byte & before[index]!) === before[index]));
    const half = left.filter((byte, index) => byte !== before[index] && byte !== 0xff).length;
    if (half > 0) bitWise++;
    else byteWise++;
  }
  t.true(bitWise >= 10 && byteWise >= 10, `${bitWise} by bit, ${byteWise} by byte`);
});

test("the same seed leaves the same bytes, another seed others", (t) => {
  t.deepEqual(cutErase("during", 7), cutErase("during", 7));
  t.notDeepEqual(cutErase("during", 7), cutErase("during", 8));
  t.deepEqual(cutWrite("during", 7), cutWrite("during", 7));
});

test("every operation can be the one that is cut, and none other is", (t) => {
  const work = (flash: NorFlash) => {
    flash.eraseBlock(2);
    for (let index = 0; index < 5; index++) flash.write(2 * blockLength + index, new Uint8Array(1));
  };
  for (let operation = 1; operation <= 6; operation++) {
    const flash = new NorFlash({ size: 4 * blockLength });
    flash.cutAt({ operation, phase: "after" });
    t.throws(() => work(flash), { instanceOf: PowerCut });
    t.is(flash.operations, operation);
    const zeros = flash
      .image()
      .subarray(2 * blockLength)
      .findIndex((byte) => byte !== 0);
    t.is(zeros, operation - 1);
  }
  const whole = new NorFlash({ size: 4 * blockLength });
  whole.cutAt({ operation: 7, phase: "before" });
  t.notThrows(() => work(whole), "negative control: a cut behind the work does not touch it");
});

test("without power nothing can be read or written until it is back, and the cut happens once", (t) => {
  const flash = cutFlash("before");
  t.throws(() => flash.eraseBlock(0), { instanceOf: PowerCut });
  t.false(flash.powered);
  t.throws(() => flash.read(0, 1), { instanceOf: PowerCut });
  t.throws(() => flash.write(0, new Uint8Array(1)), { instanceOf: PowerCut });
  flash.powerOn();
  flash.eraseBlock(0);
  t.true(flash.read(0, blockLength).every((byte) => byte === 0xff));
});

test("an observer sees where power went", (t) => {
  const flash = cutFlash("during");
  const cuts: unknown[] = [];
  flash.observe(({ kind, cut }) => cuts.push([kind, cut]));
  t.throws(() => flash.eraseBlock(0), { instanceOf: PowerCut });
  t.deepEqual(cuts, [["erase", "during"]]);
});
