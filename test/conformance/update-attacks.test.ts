/** Every provision on updates and every attack of the menu has a test with a negative control. */
import test from "ava";
import { updateAttacks } from "../../host-sim/scenario/updates.ts";
import { allMutants } from "./mutant-registry.ts";
import { provisions } from "./standard.ts";
import { missingTest } from "./titles.ts";
import { byAttack, byProvision, faults } from "./update-attacks.ts";

const mutants = await allMutants();
const known = mutants.map(({ area, id }) => `${area}/${id}`);
const onUpdates = provisions.map(({ id }) => id).filter((id) => /^5\.3-[0-9]+$/.test(id));
const menu = updateAttacks.map(({ name }) => name);

test("each of 5.3-1 to 5.3-16 has a mutant, and the mutant a test that kills it", (t) => {
  t.deepEqual(faults(byProvision, onUpdates, known), []);
  t.is(onUpdates.length, 16);
});

test("each attack on updates in the menu is made on a whole device, and has a mutant", (t) => {
  t.deepEqual(faults(byAttack, menu, known), []);
  for (const { name, title, test: file } of updateAttacks)
    t.is(missingTest({ file, title: `${name}: ${title}` }), undefined, name);
});

test("the tests that kill these mutants are there", (t) => {
  const used = new Set([byProvision, byAttack].flatMap((one) => Object.values(one).flat()));
  const killers = mutants.filter(({ area, id }) => used.has(`${area}/${id}`));
  t.is(killers.length, used.size);
  t.deepEqual(killers.map(({ killedBy }) => missingTest(killedBy)).filter(Boolean), []);
});

test("a mutant stands for a provision only if it says so itself", (t) => {
  // A reason why a provision does not apply is a row of the ICS (4-1).
  const isReason = (row: string) => row === "5.3-14" || row === "5.3-15";
  for (const [row, ids] of Object.entries(byProvision))
    for (const { area, id, provisions: shown } of mutants)
      if (ids.includes(`${area}/${id}`) && !isReason(row))
        t.true(shown.includes(row), `${row} ${id}`);
});

test("control: a missing row, an empty one, one too many and a mutant that is gone are noticed", (t) => {
  t.deepEqual(faults({}, ["a"], []), ["a: no mutant"]);
  t.deepEqual(faults({ a: [] }, ["a"], []), ["a: no mutant"]);
  t.deepEqual(faults({ a: ["x/y"], b: ["x/y"] }, ["a"], ["x/y"]), ["b: no such row"]);
  t.deepEqual(faults({ a: ["x/z"] }, ["a"], ["x/y"]), ["a: no mutant x/z"]);
});
