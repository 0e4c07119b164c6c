/** Advisories as CSAF 2.0 (OASIS), with VEX for weaknesses of components that do not reach us. */
import entries from "./data/advisories.json" with { type: "json" };
import { type Product, plainContact } from "./product.ts";

export interface Advisory {
  readonly id: string;
  readonly category: string;
  readonly title: string;
  /** RFC 3339, UTC. */
  readonly published: string;
  readonly cve: string;
  readonly component: string;
  readonly description: string;
  /** A product status of CSAF: "known_not_affected", "known_affected", "fixed", "under_investigation". */
  readonly status: string;
  /** A flag of CSAF; with "known_not_affected" only. */
  readonly justification?: string;
  /** Why not, or what to do. */
  readonly impact: string;
  readonly references: readonly string[];
}

export const advisories: readonly Advisory[] = entries;

export function csaf(product: Product, version: string, advisory: Advisory): string {
  const { id, category, title, published, status, justification, impact, references } = advisory;
  const productId = `${product.model}-${version}`;
  const affected = status === "known_affected";
  const body = {
    document: {
      category,
      csaf_version: "2.0",
      distribution: { tlp: { label: "WHITE", url: "https://www.first.org/tlp/v1/" } },
      lang: "en",
      notes: [{ category: "summary", text: advisory.description, title: "Summary" }],
      publisher: {
        category: "vendor",
        contact_details: plainContact(product.securityContact),
        name: product.maker,
        namespace: product.website,
      },
      references: [
        {
          category: "self",
          summary: "This document",
          url: `${product.website}/advisories/${fileName(id)}`,
        },
      ],
      title: `${product.name}: ${title}`,
      tracking: {
        current_release_date: published,
        generator: { date: published, engine: { name: "thirteen documents" } },
        id,
        initial_release_date: published,
        revision_history: [{ date: published, number: "1", summary: "First version" }],
        status: "final",
        version: "1",
      },
    },
    product_tree: {
      branches: [
        {
          category: "vendor",
          name: product.maker,
          branches: [
            {
              category: "product_name",
              name: product.name,
              branches: [
                {
                  category: "product_version",
                  name: version,
                  product: {
                    name: `${product.name} ${version}`,
                    product_id: productId,
                    product_identification_helper: { model_numbers: [product.model] },
                  },
                },
              ],
            },
          ],
        },
      ],
    },
    vulnerabilities: [
      {
        cve: advisory.cve,
        notes: [{ category: "description", text: advisory.description }],
        product_status: { [status]: [productId] },
        references: references.map((url) => ({ category: "external", summary: advisory.cve, url })),
        ...(justification ? { flags: [{ label: justification, product_ids: [productId] }] } : {}),
        ...(affected
          ? {
              remediations: [{ category: "vendor_fix", details: impact, product_ids: [productId] }],
            }
          : { threats: [{ category: "impact", details: impact, product_ids: [productId] }] }),
      },
    ],
  };
  return `${JSON.stringify(body, null, 2)}\n`;
}

/** CSAF 2.0 section 5.1: the id in lower case, everything else an underscore. */
export function fileName(id: string): string {
  return `${id.toLowerCase().replace(/[^+\-a-z0-9]+/g, "_")}.json`;
}
