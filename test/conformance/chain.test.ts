import test from "ava";
import { broken, canonical, seal } from "./chain.ts";

const rows = [
  { id: "a", ok: true },
  { id: "b", ok: false },
  { id: "c", list: [1, { z: 1, y: 2 }] },
];
const sealed = () => JSON.parse(JSON.stringify(seal({ made: "now", count: 3 }, rows)));

test("a record that is as it was made verifies, also after a journey as JSON", (t) => {
  t.is(broken(sealed()), undefined);
});

test("a row that is changed, moved, added or dropped is found", (t) => {
  const changed = sealed();
  changed.rows[1].row.ok = true;
  t.regex(broken(changed) ?? "", /row 2/);
  const moved = sealed();
  moved.rows.reverse();
  t.truthy(broken(moved));
  const added = sealed();
  added.rows.push(added.rows[2]);
  t.truthy(broken(added));
  const dropped = sealed();
  dropped.rows.pop();
  t.truthy(broken(dropped));
});

test("what stands around the rows is signed too", (t) => {
  const changed = sealed();
  changed.body.count = 2;
  t.truthy(broken(changed));
  const other = sealed();
  other.seal.publicKey = sealed().seal.publicKey;
  t.truthy(broken(other));
  const none = sealed();
  none.seal = { algorithm: "Ed25519", publicKey: "", signature: "" };
  t.truthy(broken(none));
});

test("canonical form: sorted, bare, and the same for the same content", (t) => {
  t.is(canonical({ b: 1, a: [true, null, "x"], c: undefined }), '{"a":[true,null,"x"],"b":1}');
});
