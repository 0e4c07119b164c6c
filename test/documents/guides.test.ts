import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { dataMap } from "../../device/privacy/data-map.ts";
import { purposes } from "../../device/privacy/datum.ts";
import applicability from "../../provisioning/documents/data/applicability.json" with {
  type: "json",
};
import resilience from "../../provisioning/documents/data/resilience.json" with { type: "json" };
import roles from "../../provisioning/documents/data/roles.json" with { type: "json" };
import setUp from "../../provisioning/documents/data/set-up-guide.json" with { type: "json" };
import {
  dataMapDigest,
  dpiaScreening,
  sensors,
  sensorsPage,
  setUpGuide,
  telemetryPage,
} from "../../provisioning/documents/guides.ts";
import { unionOf } from "../conformance/ixit/source.ts";
import { projectRoot } from "../conformance/shadow.ts";
import { missingTest } from "../conformance/titles.ts";
import { product } from "./product.ts";

const read = (file: string) => readFileSync(join(projectRoot, file), "utf8");

test("every sensor the product is given is in the document", (t) => {
  const capabilities = read("device/product/capabilities.ts");
  const given = [...capabilities.matchAll(/^ {2}readonly (\w+): \{\n[^}]*sample\(/gm)].map(
    ([, one]) => one,
  );
  const inputs = /mode: "input"/.test(read("device/unit.ts")) ? ["button"] : [];
  t.true(given.length > 0);
  t.deepEqual(
    sensors.map(({ capability }) => capability).sort(),
    [...given, ...inputs].sort() as never,
  );
  for (const { senses, data } of sensors) {
    t.true(sensorsPage(product).includes(senses));
    for (const name of data) t.true(name in dataMap, `${name} is not on the data map`);
  }
});

test("every field of the data map is on the telemetry page, with what it is for", (t) => {
  const page = telemetryPage(product);
  for (const [name, { purpose }] of Object.entries(dataMap)) {
    t.true(page.includes(`| \`${name}\` |`), name);
    t.true(page.includes(purpose), name);
  }
  t.regex(page, /Security monitoring/);
});

test("every decision of a user is in the set-up guide", (t) => {
  const decided = setUp.decisions.map(({ id }) => id);
  const request = read("device/setup/request.ts");
  for (const [word, id] of [
    ["wifi", "wifi"],
    ["broker", "broker"],
    ["owner", "owner-key"],
  ] as const)
    if (request.includes(`${word}:`)) t.true(decided.includes(id), id);
  if (read("device/commands/command.ts").includes("updateWishes"))
    t.true(decided.includes("updates"));
  for (const purpose of purposes) t.true(decided.includes(`consent-${purpose}`), purpose);
  const guide = setUpGuide(product);
  for (const { text, default: usual } of setUp.decisions) {
    t.true(guide.includes(text));
    t.true(usual.length > 1, `${text}: no default`);
  }
});

test("the check sheet's items are what the unit tells of itself", (t) => {
  const status =
    /"?status"?: \{([^}]*)\}/.exec(
      read("device/setup/request.ts").split("export type SetUpReply")[1] ?? "",
    )?.[1] ?? "";
  const tells: Readonly<Record<string, boolean>> = {
    status: /owned/.test(status) && /version/.test(status),
    label: ["support", "password", "contact"].every((word) =>
      read("provisioning/label-svg.ts").includes(word),
    ),
    events: ["set-up-opened", "set-up-closed", "command-refused"].every((word) =>
      unionOf("device/telemetry/journal.ts", "SecurityEvent").includes(word),
    ),
  };
  for (const { id, tells: by, expected } of setUp.checks) {
    t.true(tells[by], `${id}: the ${by} does not tell it`);
    t.true(expected.length > 3, id);
    t.true(setUpGuide(product).includes(expected), id);
  }
});

test("every function has its importance and a test of its outage", (t) => {
  t.true(resilience.length >= 5);
  for (const { function: what, importance, outageTest } of resilience) {
    t.true(importance.length > 10, what);
    t.is(missingTest(outageTest), undefined, what);
  }
});

test("every guideline has a duty, or a reason for none, for each actor", (t) => {
  t.deepEqual(
    roles.guidelines.map(({ n }) => n),
    Array.from({ length: 13 }, (_, index) => index + 1),
  );
  for (const row of roles.guidelines)
    for (const actor of roles.actors)
      t.true((row[actor as "retailer"] ?? "").length > 10, `${row.n}: ${actor}`);
});

test("every recipient of the data map has a role", (t) => {
  const known = roles.dataRoles.map(({ recipient }) => recipient);
  for (const { recipient } of Object.values(dataMap)) t.true(known.includes(recipient), recipient);
  for (const { role, why } of roles.dataRoles) t.true(role.length > 5 && why.length > 10);
});

test("every rule says whether it applies, and why", (t) => {
  for (const { rule, applies, why } of applicability)
    t.true(applies.length > 1 && why.length > 20, rule);
  for (const name of ["PSTI", "UK GDPR", "Cyber Resilience Act", "Radio Equipment", "Children"])
    t.true(
      applicability.some(({ rule }) => rule.includes(name)),
      name,
    );
});

test("the screening is of this data map", (t) => {
  t.true(
    read("docs/product/dpia-screening.md").includes(dataMapDigest()),
    "else: npm run documents",
  );
  t.true(dpiaScreening(product).includes("`lamp`"));
  const more = { ...dataMap, position: { ...dataMap.lamp, purpose: "know where" } };
  t.not(dataMapDigest(more), dataMapDigest(), "another map is another screening");
});
