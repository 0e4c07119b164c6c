import test from "ava";
import { makeDelta } from "../../provisioning/release/delta.ts";
import { prng } from "../prng.ts";
import { Malformed, readDelta } from "./delta-reader.ts";
import { applyOnDevice } from "./device-delta.ts";

function bytesOf(random: () => number, length: number, values = 256): Uint8Array {
  return Uint8Array.from({ length }, () => Math.floor(random() * values));
}

/** Pieces of the base, some with changes in them, and new bytes between. */
function rework(random: () => number, base: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let count = 0; count < 6; count++) {
    const from = Math.floor(random() * base.length);
    const piece = base.slice(from, from + Math.floor(random() * 4000));
    const step = 1 + Math.floor(random() * 60);
    for (let at = 0; at < piece.length; at += step)
      if (random() < 0.4) piece[at] = Math.floor(random() * 256);
    parts.push(piece, bytesOf(random, Math.floor(random() * 80), random() < 0.5 ? 4 : 256));
  }
  return new Uint8Array(Buffer.concat([...parts, Uint8Array.of(1)]));
}

test("any image comes out of any base, in frames of any size", (t) => {
  const random = prng(4);
  for (let round = 0; round < 120; round++) {
    const base = bytesOf(random, 1 + Math.floor(random() * 12_000), round % 3 ? 256 : 3);
    const image =
      round % 4 ? rework(random, base) : bytesOf(random, 1 + Math.floor(random() * 300), 3);
    const delta = makeDelta(base, image, { shift: 12 + (round % 3) });
    t.true(Buffer.from(image).equals(readDelta(delta, base)), `round ${round}`);
    const made = applyOnDevice(base, delta, image, 1 + (round % 700));
    t.true(Buffer.from(image).equals(made.image), `round ${round}, on the device`);
    t.true(made.heldBytes < 16 * 1024);
  }
});

test("nothing to change costs next to nothing, nothing in common costs next to no more", (t) => {
  const random = prng(5);
  const base = bytesOf(random, 200_000);
  t.true(makeDelta(base, base).length < 140);
  const image = bytesOf(random, 100_000);
  t.true(makeDelta(base, image).length < 1.05 * image.length);
  t.true(makeDelta(Uint8Array.of(0), new Uint8Array(1 << 20)).length < 400);
});

test("a delta on another base, cut short, or with a bit turned gives no image, and no surprise", (t) => {
  const random = prng(6);
  const base = bytesOf(random, 9_000, 20);
  const image = rework(random, base);
  const delta = makeDelta(base, image, { shift: 12 });
  t.throws(() => readDelta(delta, base.subarray(1)), { instanceOf: Malformed });
  t.true(Buffer.from(image).equals(readDelta(delta, base)));
  for (let round = 0; round < 150; round++) {
    const cut = delta.slice(0, Math.floor(random() * delta.length));
    t.throws(() => readDelta(cut, base), { instanceOf: Malformed });
    const turned = delta.slice();
    turned[Math.floor(random() * delta.length)]! ^= 1 << Math.floor(random() * 8);
    // The last bits of a frame may say nothing: then it is the image all the same.
    t.true(attempt(turned, base)?.equals(image) ?? true, `round ${round}`);
  }
});

/** Undefined for a delta that is refused; any other surprise is thrown on. */
function attempt(delta: Uint8Array, base: Uint8Array): Buffer | undefined {
  try {
    return Buffer.from(readDelta(delta, base));
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

test("progress is told, and ends at the end", (t) => {
  const random = prng(7);
  const base = bytesOf(random, 300_000);
  const told: number[] = [];
  makeDelta(base, base.slice().reverse(), {
    onProgress: (done, total) => told.push(done / total),
  });
  t.true(told.length > 2);
  t.is(told.at(-1), 1);
  t.deepEqual(
    told,
    [...told].sort((a, b) => a - b),
  );
});
