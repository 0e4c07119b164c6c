/**
 * The component list (CycloneDX 1.6): the firmware, the libraries its bundle holds, and the platform
 * it is linked with on the chip. Made from the lock file and `data/components.json`; the same input
 * gives the same bytes.
 */
import { createHash } from "node:crypto";
import platform from "./data/components.json" with { type: "json" };
import reviews from "./data/reviews.json" with { type: "json" };
import type { Product } from "./product.ts";

export interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  /** Subresource integrity, "sha512-…". */
  readonly integrity?: string;
  readonly dev?: boolean;
}

export interface Component {
  readonly ref: string;
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly supplier: string;
  readonly contact: string;
  readonly role: string;
  /** How it is updated; begins with "none" where it is not, and says why. */
  readonly update: string;
  readonly supportEnd: string;
  readonly networkOrSecurity: boolean;
  readonly cryptographicUse: string;
  readonly purl?: string;
  readonly cpe?: string;
  readonly sha512?: string;
}

/** Everything that runs on the device, our own code first. */
export function components(
  version: string,
  packages: Readonly<Record<string, LockedPackage>>,
): Component[] {
  const libraries = Object.entries(packages)
    .filter(([path, { dev }]) => path !== "" && dev !== true)
    .map(([path, locked]) => library(path.replace(/^.*node_modules\//, ""), locked));
  const own = platform.map((part) => (part.ref === "thirteen" ? { ...part, version } : part));
  return [...own, ...libraries];
}

function library(name: string, { version = "", license = "", integrity = "" }: LockedPackage) {
  return {
    ref: name,
    type: "library",
    name,
    version,
    licence: license,
    supplier: name.startsWith("@noble/") ? "Paul Miller" : "see its package",
    contact: `https://www.npmjs.com/package/${name}`,
    role: name.startsWith("@noble/") ? "cryptography in JavaScript" : "library",
    update: "7-UpdMech/slots",
    supportEnd: "no date published: newest release only",
    networkOrSecurity: true,
    cryptographicUse: "implements it",
    purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
    sha512: Buffer.from(integrity.replace(/^sha512-/, ""), "base64").toString("hex"),
  };
}

/** Network and security components whose version no review covers. */
export function unreviewed(list: readonly Component[], records = reviews): string[] {
  return list
    .filter(({ networkOrSecurity }) => networkOrSecurity)
    .filter(
      ({ ref, version }) =>
        !records.some(
          (review) =>
            review.ref === ref && notBefore(version, review.from) && notBefore(review.to, version),
        ),
    )
    .map(({ ref, version }) => `${ref} ${version}: no review of that version in reviews.json`);
}

function notBefore(a: string, b: string): boolean {
  if (a === b) return true;
  return a.localeCompare(b, "en", { numeric: true }) >= 0 && /^\d/.test(a) && /^\d/.test(b);
}

/** Components that no update reaches and that do not say why. */
export function uncovered(list: readonly Component[]): string[] {
  return list
    .filter(({ update }) => !update.startsWith("7-UpdMech/") && !/^none: \S.{20,}/.test(update))
    .map(({ ref }) => `${ref}: say how it is updated, or "none:" and why`);
}

export function cycloneDx(product: Product, list: readonly Component[]): string {
  const [own, ...parts] = list;
  const body = {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify(list))}`,
    version: 1,
    metadata: {
      timestamp: `${product.documentsDate}T00:00:00Z`,
      tools: {
        components: [{ type: "application", name: "thirteen documents", version: own?.version }],
      },
      component: entry(own!, product.maker),
      supplier: { name: product.maker, url: [product.website] },
    },
    components: parts.map((part) => entry(part, part.supplier)),
    dependencies: [
      { ref: "thirteen", dependsOn: parts.map(({ ref }) => ref) },
      ...parts.map(({ ref }) => ({ ref, dependsOn: [] })),
    ],
  };
  return `${JSON.stringify(body, null, 2)}\n`;
}

function entry(part: Component, supplier: string) {
  const { ref, type, name, version, licence, role, purl, cpe, sha512, contact } = part;
  const url = contact.startsWith("http") || contact.startsWith("mailto:") ? contact : undefined;
  return {
    type,
    "bom-ref": ref,
    supplier: { name: supplier },
    name,
    version,
    description: role,
    ...(sha512 ? { hashes: [{ alg: "SHA-512", content: sha512 }] } : {}),
    licenses: [
      licence === "proprietary" ? { license: { name: licence } } : { expression: licence },
    ],
    ...(cpe ? { cpe } : {}),
    ...(purl ? { purl } : {}),
    ...(url ? { externalReferences: [{ type: "security-contact", url }] } : {}),
    properties: [
      { name: "thirteen:update", value: part.update },
      { name: "thirteen:supportEnd", value: part.supportEnd },
      { name: "thirteen:cryptographicUse", value: part.cryptographicUse },
    ],
  };
}

/** A name-based UUID (RFC 9562 version 8) of the content. */
function uuidOf(content: string): string {
  const hex = createHash("sha256").update(content).digest("hex");
  const variant = ((Number.parseInt(hex[16]!, 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
