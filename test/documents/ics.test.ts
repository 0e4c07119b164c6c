import { Ajv } from "ajv";
import test from "ava";
import { interfaces } from "../../device/access/interfaces.ts";
import { claims } from "../conformance/claims.ts";
import { icsFaults, icsOf } from "../conformance/ics.ts";
import { ixit, ixitFaults } from "../conformance/ixit/ixit.ts";
import { parameterFaults } from "../conformance/ixit/security.ts";
import { storedNames } from "../conformance/ixit/source.ts";
import { tableFaults } from "../conformance/ixit/table.ts";
import { mappingCsv, mappingJson, mappingRows, mappingSchema } from "../conformance/mapping.ts";
import { answerFaults, avoided, given, obligations, traps } from "../conformance/obligations.ts";
import { provisions } from "../conformance/standard.ts";

const rows = icsOf(provisions, claims);
const has = { updates: true, fixedParts: false };

test("the ICS has no row without its reason", (t) => {
  t.is(rows.length, provisions.length);
  t.deepEqual(icsFaults(rows, has), []);
});

test("a blank reason, a copied one and an N/A that cannot be are found", (t) => {
  const change = (id: string, to: object) =>
    rows.map((row) => (row.provision === id ? { ...row, ...to } : row));
  t.regex(icsFaults(change("5.1-1", { detail: " " }), has).join(), /5\.1-1: no reason/);
  const [a, b] = rows.filter(({ support }) => support === "N/A");
  t.regex(icsFaults(change(b!.provision, { detail: a!.detail }), has).join(), /copied/);
  t.regex(
    icsFaults(rows, { ...has, fixedParts: true }).join(),
    /although a part cannot be updated/,
  );
  t.regex(
    icsFaults(change("5.3-2", { support: "N/A", condition: "C(5)" }), has).join(),
    /although there is an update/,
  );
  t.regex(icsFaults(change("5.1-1", { support: "N" }), has).join(), /mandatory and unmet/);
});

test("all 29 IXIT tables are there, and no field of theirs is empty", (t) => {
  t.is(ixit.length, 29);
  t.deepEqual(ixitFaults(), []);
});

test("every interface of the device is a row, and every source of input is an interface", (t) => {
  const ids = (table: string) => ixit.find(({ id }) => id === table)!.rows.map((row) => row.ID!);
  const all = [...ids("15"), ...ids("28"), ...ids("27")];
  for (const { id } of interfaces)
    t.true(
      all.some((row) => row.endsWith(`-${id}`)),
      id,
    );
  for (const row of ixit.find(({ id }) => id === "29")!.rows)
    if (/Intf-/.test(row.Source!)) t.true(all.includes(row.Source!), `${row.ID}: ${row.Source}`);
});

test("a value in flash that has no row, and a row for nothing, fail the table", (t) => {
  const names = storedNames();
  t.true(names.includes("lock-out") && names.includes("owner-key") && names.includes("claim"));
  t.regex(
    parameterFaults([...names, "new-secret"]).join(),
    /"new-secret" is kept in flash and has no row/,
  );
  t.regex(
    parameterFaults(names.filter((name) => name !== "lock-out")).join(),
    /"lock-out" has a row/,
  );
  const empty = { id: "5", from: "x", rows: [{ ID: "a", Description: "" }] };
  t.regex(tableFaults(empty).join(), /Description is empty/);
  t.regex(tableFaults({ id: "5", from: "x", rows: [] }).join(), /without a reason/);
});

test("all 39 obligations are answered by something that is there", (t) => {
  t.is(obligations.length, 39);
  t.deepEqual(answerFaults(), []);
});

test("all 35 traps are answered by something that is there", (t) => {
  t.is(traps.length, 35);
  t.deepEqual(answerFaults(avoided, traps), []);
});

test("control: an obligation without an answer, or with one that is gone, is found", (t) => {
  t.regex(answerFaults(given.slice(1)).join(), /^1: not answered/);
  t.regex(answerFaults(avoided.slice(0, -1), traps).join(), /^35: not answered/);
  const gone = [
    { n: 1, how: "by a file that is not there", files: ["docs/nothing.md"], tests: [] },
  ];
  t.regex(answerFaults(gone).join(), /docs\/nothing\.md does not exist/);
});

test("the mapping fits its schema, and no row is empty", (t) => {
  const list = mappingRows(claims);
  const validate = new Ajv().compile(mappingSchema);
  t.true(validate(JSON.parse(mappingJson(list))), JSON.stringify(validate.errors));
  t.is(new Set(list.map(({ guideline }) => guideline)).size, 13);
  t.is(mappingCsv(list).trimEnd().split("\r\n").length, list.length + 1);
  t.false(validate({ title: "x", licence: "y", note: "z", rows: [{ ...list[0], clause: "" }] }));
});
