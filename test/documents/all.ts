/** Every document that is made from code and data: its path from the project's root, and its text. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import about from "../../device/about/product.json" with { type: "json" };
import { version } from "../../device/about/version.ts";
import review from "../../docs/privacy/review.json" with { type: "json" };
import { advisories, csaf, fileName } from "../../provisioning/documents/advisories.ts";
import {
  disclosurePolicy,
  scopeJson,
  securityTxt,
} from "../../provisioning/documents/disclosure.ts";
import * as guides from "../../provisioning/documents/guides.ts";
import { privacyDocuments } from "../../provisioning/documents/privacy.ts";
import { type Product, readProduct } from "../../provisioning/documents/product.ts";
import { components, cycloneDx, type LockedPackage } from "../../provisioning/documents/sbom.ts";
import {
  retailerSheet,
  statementOfCompliance,
  supportPolicy,
} from "../../provisioning/documents/support.ts";
import { claims } from "../conformance/claims.ts";
import { icsMarkdown, icsOf } from "../conformance/ics.ts";
import { ixitMarkdown } from "../conformance/ixit/ixit.ts";
import { mappingCsv, mappingJson, mappingRows, mappingSchema } from "../conformance/mapping.ts";
import { obligationsMarkdown } from "../conformance/obligations.ts";
import { projectRoot } from "../conformance/shadow.ts";
import { provisions } from "../conformance/standard.ts";

export function lockedPackages(): Record<string, LockedPackage> {
  const lock = JSON.parse(readFileSync(join(projectRoot, "package-lock.json"), "utf8"));
  return (lock as { packages: Record<string, LockedPackage> }).packages;
}

/** What a product file alone decides. */
export function productDocuments(product: Product): Record<string, string> {
  const web = `${product.website}/.well-known/security.txt`;
  const list = components(version, lockedPackages());
  const made = advisories.map((one) => [fileName(one.id), csaf(product, version, one)] as const);
  const index = {
    advisories: advisories.map(({ id, title, published }) => ({
      id,
      title,
      published,
      file: fileName(id),
    })),
  };
  return {
    "docs/product/vulnerability-disclosure.md": disclosurePolicy(product),
    "docs/product/scope.json": scopeJson(product),
    "docs/product/security.txt": securityTxt(product, web),
    ".well-known/security.txt": securityTxt(product, web),
    "device/about/security-txt.ts": deviceText(securityTxt(product, web)),
    "docs/product/support-policy.md": supportPolicy(product),
    "docs/product/statement-of-compliance.md": statementOfCompliance(product),
    "docs/product/retailer-check.md": retailerSheet(product),
    "docs/product/set-up-guide.md": guides.setUpGuide(product),
    "docs/product/deletion-guide.md": guides.deletionGuide(product),
    "docs/product/update-guide.md": guides.updateGuide(product),
    "docs/product/sensors.md": guides.sensorsPage(product),
    "docs/product/telemetry.md": guides.telemetryPage(product),
    "docs/product/resilience.md": guides.resiliencePage(product),
    "docs/product/roles.md": guides.rolesPage(product),
    "docs/product/applicability.md": guides.applicabilityPage(product),
    "docs/product/dpia-screening.md": guides.dpiaScreening(product),
    ...privacyDocuments(product, review),
    "docs/product/sbom.cdx.json": cycloneDx(product, list),
    "docs/product/advisories/index.json": `${JSON.stringify(index, null, 2)}\n`,
    ...Object.fromEntries(made.map(([name, text]) => [`docs/product/advisories/${name}`, text])),
  };
}

/** What an image carries of it, for who reads one. */
function deviceText(text: string): string {
  return `/** Written by npm run documents from product.json: RFC 9116, as in the repository and on the web site. */
export const securityTxt =
  ${JSON.stringify(text)};
`;
}

export function allDocuments(): Record<string, string> {
  const rows = mappingRows(claims);
  const titles = new Map(provisions.map(({ id, title }) => [id, title]));
  return {
    ...productDocuments(readProduct(about)),
    "docs/product/mapping.json": mappingJson(rows),
    "docs/product/mapping.csv": mappingCsv(rows),
    "docs/product/mapping.schema.json": `${JSON.stringify(mappingSchema, null, 2)}\n`,
    "docs/conformance/ics.md": icsMarkdown(icsOf(provisions, claims), titles),
    "docs/conformance/ixit.md": ixitMarkdown(),
    "docs/obligations.md": obligationsMarkdown(),
  };
}

/** Documents that are not as they would be written now. */
export function drifted(documents: Readonly<Record<string, string>> = allDocuments()): string[] {
  return Object.entries(documents)
    .filter(([path, text]) => current(path) !== text)
    .map(([path]) => path);
}

function current(path: string): string | undefined {
  try {
    return readFileSync(join(projectRoot, path), "utf8");
  } catch {
    return undefined;
  }
}
