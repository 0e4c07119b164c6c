import { createHash } from "node:crypto";
import test from "ava";
import { isInRing } from "../../device/update/ring.ts";
import { generateId } from "../../provisioning/serial.ts";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();
const ids = Array.from({ length: 4_000 }, () => generateId());

function inRing(counter: number, percent: number): Set<string> {
  return new Set(ids.filter((id) => isInRing(id, counter, percent, sha256)));
}

test("a ring has the share of the units that it says", (t) => {
  t.is(inRing(1, 0).size, 0);
  t.is(inRing(1, 100).size, ids.length);
  for (const percent of [1, 10, 50]) {
    const expected = (ids.length * percent) / 100;
    // Six standard deviations.
    t.true(Math.abs(inRing(1, percent).size - expected) < 6 * Math.sqrt(expected));
  }
});

test("who is in a ring stays in it when it widens", (t) => {
  const few = inRing(7, 10);
  const more = inRing(7, 30);
  t.true([...few].every((id) => more.has(id)));
});

test("another release asks other units first", (t) => {
  const [one, next] = [inRing(7, 10), inRing(8, 10)];
  t.true([...one].filter((id) => next.has(id)).length < one.size / 2);
});

test("the draw is the one of docs/update-format.md", (t) => {
  const id = "0123456789abcdefghjkmnpqrs";
  const draw = sha256(Buffer.from(`5:${id}`)).readUInt32BE() % 10_000;
  t.true(isInRing(id, 5, Math.ceil((draw + 1) / 100), sha256));
  t.false(isInRing(id, 5, Math.floor(draw / 100), sha256));
});
