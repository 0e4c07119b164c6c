/** The privacy papers say what the map says, in both languages, and a changed map makes a review due. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ajv from "ajv/dist/2020.js";
import test from "ava";
import { dataMap } from "../../device/privacy/data-map.ts";
import type { Datum } from "../../device/privacy/datum.ts";
import { noticeVersion } from "../../device/privacy/notice.ts";
import { mirrors } from "../../device/update/endpoint.ts";
import review from "../../docs/privacy/review.json" with { type: "json" };
import { exportOf } from "../../host-sim/owner/export.ts";
import { keptMs } from "../../host-sim/services/keeper.ts";
import {
  exportSchema,
  mapDigest,
  overdue,
  privacyNotice,
} from "../../provisioning/documents/privacy.ts";
import { projectRoot } from "../conformance/shadow.ts";
import { product } from "./product.ts";

const map: Readonly<Record<string, Datum>> = dataMap;

test("the notice and the screening were read since the data map last changed", (t) => {
  t.is(overdue(review, noticeVersion), undefined);
});

test("control: a datum added, or changed in any word, makes the review due", (t) => {
  const added = { ...map, mood: { ...(map.lamp as Datum) } };
  const changed = { ...map, lamp: { ...(map.lamp as Datum), retention: "history" as const } };
  for (const other of [added, changed])
    t.regex(overdue(review, noticeVersion, mapDigest(other)) ?? "", /^The data map has changed/);
  t.regex(overdue(review, noticeVersion + 1) ?? "", /different notices/);
});

for (const language of ["en", "de"] as const)
  test(`every datum is in the notice, with the servers the device calls (${language})`, (t) => {
    const notice = privacyNotice(product, review, language);
    for (const name of Object.keys(map)) t.true(notice.includes(`| \`${name}\` |`), name);
    for (const { host } of mirrors) t.true(notice.includes(host));
  });

test("the service keeps no longer than the notice says", (t) => {
  const days = (topic: string) => (keptMs[topic] ?? 0) / (24 * 3_600_000);
  t.true(days("state") <= 396 && days("event") <= 396, "thirteen months");
  t.true(days("diagnostics") <= 90);
});

test("an export is of its schema, and one with more in it is not", (t) => {
  const validate = new ajv.default().compile(JSON.parse(exportSchema()));
  const all = exportOf({
    unit: "0123456789abcdefghjkmnpqrs",
    nowMs: 0,
    sight: {
      owner: { key: "x", ssid: "Home", broker: "b:1", child: false },
      choices: [{ purpose: "climate", granted: true, notice: 1, decidedAt: 2 }],
      events: [{ sequence: 1, at: 2, event: "claimed" }],
      disclosure: "Contact: mailto:security@maker.example",
    },
    accounts: ["owner-1"],
    rows: [{ unit: "x", topic: "state", atMs: 3, body: { lamp: true } }],
  });
  t.true(validate(all), JSON.stringify(validate.errors));
  t.false(validate({ ...all, extra: 1 }));
  t.is(readFileSync(join(projectRoot, "docs/privacy/export.schema.json"), "utf8"), exportSchema());
});
