import test from "ava";
import { productFaults } from "../../provisioning/documents/product.ts";
import { shortened, supportPolicy, unplanned } from "../../provisioning/documents/support.ts";
import { drawLabel } from "../../provisioning/label.ts";
import { productDocuments } from "./all.ts";
import { another, product } from "./product.ts";

const paths = [
  "docs/product/support-policy.md",
  "docs/product/statement-of-compliance.md",
  "docs/product/retailer-check.md",
];
const label = drawLabel({ serial: "0".repeat(12), password: "0".repeat(16), ssidSuffix: "0000" });

test("one end date, wherever it is written", (t) => {
  const documents = productDocuments(another);
  for (const path of paths) t.true(documents[path]?.includes(another.supportEnd), path);
  for (const [path, text] of Object.entries(documents))
    t.false(text.includes(product.supportEnd), `${path} has the sample's date`);
  t.true(label.text.includes(product.supportEnd));
  t.true(label.svg.includes(product.supportEnd));
});

test("one model designation, wherever it is written", (t) => {
  const documents = productDocuments(another);
  for (const path of [
    ...paths,
    "docs/product/scope.json",
    "docs/product/advisories/thirteen-vex-2026-0001.json",
  ])
    t.true(documents[path]?.includes(another.model), path);
  for (const [path, text] of Object.entries(documents))
    t.false(text.includes(product.model), `${path} has the sample's model`);
  t.true(label.text.includes(product.model));
});

test("a date that was published is never shortened", (t) => {
  const earlier = [{ model: product.model, published: "2026-11-01", supportEnd: "2031-10-31" }];
  t.deepEqual(shortened(product, earlier), []);
  t.deepEqual(shortened({ ...product, supportEnd: "2032-10-31" }, earlier), []);
  t.regex(shortened({ ...product, supportEnd: "2031-10-30" }, earlier).join(), /never shortened/);
  t.deepEqual(shortened(product), [], "against what this repository has published");
});

test("the period has its reasons", (t) => {
  t.regex(supportPolicy(product), /## Why this long\n\n(- [^\n]{40,}\n){3,}/);
  t.deepEqual(unplanned(product), []);
  const orphan = [{ component: "engine", ends: "2028-01-01", next: " " }];
  t.regex(unplanned(product, orphan).join(), /engine ends on 2028-01-01/);
});

test("the statement is a draft that claims nothing by itself", (t) => {
  const text = productDocuments(another)["docs/product/statement-of-compliance.md"] ?? "";
  t.regex(text, /draft, unsigned/);
  t.regex(text, /Signature \| ____/);
  for (const field of [
    "batch",
    "Manufacturer",
    "Authorised representative",
    "prepared by or on behalf",
    "In the\\s+manufacturer's opinion",
    "Defined support period",
    "Place and date of issue",
  ])
    t.regex(text, new RegExp(field, "i"));
});

test("a product file that cannot be is refused field by field", (t) => {
  t.deepEqual(productFaults(product), []);
  t.deepEqual(productFaults(another), []);
  const faults = (changes: object) => productFaults({ ...product, ...changes }).join("; ");
  t.regex(faults({ supportEnd: "2031-02-30" }), /supportEnd/);
  t.regex(faults({ supportEnd: product.supportStart }), /after supportStart/);
  t.regex(faults({ securityContact: "someone" }), /securityContact/);
  t.regex(faults({ name: " " }), /name/);
  t.regex(faults({ acknowledgeDays: 0 }), /acknowledgeDays/);
  t.regex(faults({ colour: "red" }), /colour: unknown/);
  t.regex(productFaults(null).join(), /JSON object/);
});
