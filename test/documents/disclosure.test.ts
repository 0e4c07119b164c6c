import test from "ava";
import {
  disclosurePolicy,
  scopeJson,
  securityTxt,
} from "../../provisioning/documents/disclosure.ts";
import { clauseCount, policyFaults, securityTxtFaults } from "../../provisioning/documents/lint.ts";
import { drawLabel } from "../../provisioning/label.ts";
import { productDocuments } from "./all.ts";
import { another, product } from "./product.ts";

const policy = disclosurePolicy(product);
const web = "https://sample-maker.example/.well-known/security.txt";

test("the policy has every clause it needs", (t) => {
  t.deepEqual(policyFaults(policy), []);
  t.deepEqual(policyFaults(disclosurePolicy(another)), []);
});

test("a policy without one of its clauses is refused", (t) => {
  const without: readonly [RegExp, RegExp][] = [
    [/within \d+ working days\.\n- We tell/, /acknowledged/],
    [/at least every \d+ days/, /status/],
    [/\*\*express authorisation\*\*/, /express/],
    [/\*\*Computer Misuse Act 1990\*\*/, /Act/],
    [/We can permit nothing for what belongs to others\./, /third parties/],
    [/### Forbidden[\s\S]*?### Third/, /forbidden/],
    [/This authorisation ends/, /ends/],
    [/\S+@\S+/, /contact/],
  ];
  for (const [text, fault] of without)
    t.regex(policyFaults(policy.replace(text, "")).join("; "), fault, String(text));
  t.is(policyFaults("").length, clauseCount);
});

test("the permission has limits: it covers nobody else's systems", (t) => {
  const scope = JSON.parse(scopeJson(product));
  t.true(scope.inScope.length > 0 && scope.forbidden.length > 0);
  for (const { target } of scope.inScope)
    t.regex(
      target,
      /you own|this project|the maker/,
      "each target is the reader's, ours or the maker's",
    );
  t.is(scope.legalReview, "REQUIRED");
});

test("security.txt is one by RFC 9116", (t) => {
  t.deepEqual(securityTxtFaults(securityTxt(product, web), product.documentsDate), []);
});

test("a security.txt that is expired, without a contact or malformed is refused", (t) => {
  const text = securityTxt(product, web);
  const faults = (changed: string) => securityTxtFaults(changed, product.documentsDate).join("; ");
  t.regex(securityTxtFaults(text, product.securityTxtExpires).join(), /expired/);
  t.regex(faults(text.replace(/Contact.*\n/, "")), /no Contact/);
  t.regex(faults(text.replace("mailto:", "")), /not a URI/);
  t.regex(faults(text.replace(/Expires.*\n/, "")), /Expires/);
  t.regex(faults(`${text}Expires: 2027-10-31T00:00:00Z\n`), /Expires/);
  t.regex(faults(text.replace("Policy: ", "Policy ")), /not a field/);
});

test("one contact, wherever it is written", (t) => {
  const address = "psirt@acme-sensors.test";
  const documents = productDocuments(another);
  const naming = Object.entries(documents).filter(([, text]) => text.includes(address));
  const expected = [
    ".well-known/security.txt",
    "device/about/security-txt.ts",
    "docs/product/retailer-check.md",
    "docs/product/scope.json",
    "docs/product/security.txt",
    "docs/product/support-policy.md",
    "docs/product/vulnerability-disclosure.md",
  ];
  for (const path of expected)
    t.true(
      naming.some(([name]) => name === path),
      path,
    );
  for (const [path, text] of Object.entries(documents))
    t.false(text.includes("sample-maker"), path);
  const { text } = drawLabel({
    serial: "0".repeat(12),
    password: "0".repeat(16),
    ssidSuffix: "0000",
  });
  t.true(
    text.includes(product.securityContact.replace("mailto:", "")),
    "the label takes it from product.json",
  );
});
