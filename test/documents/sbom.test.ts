import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import test from "ava";
import { version } from "../../device/about/version.ts";
import {
  type Advisory,
  advisories,
  csaf,
  fileName,
} from "../../provisioning/documents/advisories.ts";
import { components, cycloneDx, uncovered, unreviewed } from "../../provisioning/documents/sbom.ts";
import { readSbom } from "../../provisioning/release/sbom.ts";
import { sources } from "../conformance/ixit/source.ts";
import { projectRoot } from "../conformance/shadow.ts";
import { lockedPackages } from "./all.ts";
import { another, product } from "./product.ts";

const list = components(version, lockedPackages());
const require = createRequire(import.meta.url);

test("the component list names every part of the firmware", (t) => {
  const names = list.map(({ ref }) => ref);
  for (const ref of ["thirteen", "moddable-sdk", "esp-idf", "mbedtls", "@noble/curves"])
    t.true(names.includes(ref), ref);
  const imported = sources("device")
    .flatMap((file) => [
      ...readFileSync(join(projectRoot, file), "utf8").matchAll(
        /from "(@?[\w-]+(?:\/[\w-]+)?)[^"]*"/g,
      ),
    ])
    .map(([, name]) => name!)
    .filter((name) => name.startsWith("@"));
  t.true(imported.length > 0);
  for (const name of imported) t.true(names.includes(name), `${name} is imported and not listed`);
});

test("every component is updateable, or says why not", (t) => {
  t.deepEqual(uncovered(list), []);
  t.deepEqual(uncovered([{ ...list[0]!, ref: "orphan", update: "none" }]).length, 1);
});

test("every network and security component is inside its reviewed range", (t) => {
  t.deepEqual(unreviewed(list), []);
  const bumped = list.map((part) =>
    part.ref === "@noble/curves" ? { ...part, version: "9.9.9" } : part,
  );
  t.regex(unreviewed(bumped).join(), /@noble\/curves 9\.9\.9/);
});

test("the component list is CycloneDX 1.6 by its schema, and one the release desk takes", (t) => {
  const validate = cycloneDxSchema();
  for (const one of [product, another])
    t.true(
      validate(JSON.parse(cycloneDx(one, list))),
      JSON.stringify(validate.errors?.slice(0, 3)),
    );
  const broken = JSON.parse(cycloneDx(product, list));
  broken.components[0].type = "thing";
  t.false(validate(broken), "control: another type is refused");
  t.notThrows(() => readSbom(join(projectRoot, "docs/product/sbom.cdx.json")));
});

type Check = (document: unknown) => unknown;
interface Validated {
  readonly isValid: boolean;
  readonly tests: readonly { readonly name: string; readonly errors: readonly unknown[] }[];
}

/** OASIS's schema and every mandatory test of section 6.1, by the library that the BSI uses. */
async function csafFaults(document: unknown): Promise<string[]> {
  const library = async (name: string) =>
    (await import(require.resolve(`@secvisogram/csaf-validator-lib/${name}`))) as Record<
      string,
      Check
    >;
  const { csaf_2_0 } = await library("lib/schemaTests.js");
  const validate = (await library("validate.js")).default as unknown as (
    tests: readonly Check[],
    document: unknown,
  ) => Promise<Validated>;
  const mandatory = Object.values(await library("mandatoryTests.js"));
  const { tests } = await validate([csaf_2_0!, ...mandatory], document);
  return tests.flatMap(({ name, errors }) =>
    errors.map((error) => `${name}: ${JSON.stringify(error)}`),
  );
}

test("advisories are CSAF by its schema", async (t) => {
  const { justification: _, ...first } = advisories[0]!;
  const affected: Advisory = {
    ...first,
    id: "THIRTEEN-SA-2026-0001",
    category: "csaf_security_advisory",
    status: "known_affected",
    impact: "install the newest version",
  };
  for (const advisory of [...advisories, affected])
    t.deepEqual(await csafFaults(JSON.parse(csaf(product, version, advisory))), []);
  const broken = JSON.parse(csaf(product, version, advisories[0]!));
  broken.document.tracking.status = "done";
  t.not((await csafFaults(broken)).length, 0, "control: another status is refused");
  t.is(fileName("A B/C-1"), "a_b_c-1.json");
});

function cycloneDxSchema(): ValidateFunction {
  const folder = join(
    dirname(require.resolve("@cyclonedx/cyclonedx-library/package.json")),
    "res",
    "schema",
  );
  const schema = (name: string) => JSON.parse(readFileSync(join(folder, name), "utf8"));
  const ajv = new Ajv({
    strict: false,
    validateFormats: true,
    formats: { "iri-reference": true, "idn-email": true },
  });
  (addFormats as unknown as (to: Ajv) => void)(ajv);
  ajv.addSchema(
    schema("spdx.SNAPSHOT.schema.json"),
    "http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json",
  );
  ajv.addSchema(
    schema("jsf-0.82.SNAPSHOT.schema.json"),
    "http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json",
  );
  return ajv.compile(schema("bom-1.6.SNAPSHOT.schema.json"));
}
