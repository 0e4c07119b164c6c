/** The mapping of guidelines to standards and laws, and on to our evidence, as open data. */
import type { Claim } from "./claim.ts";
import mappings from "./standard/mappings.json" with { type: "json" };
import { guidelines, provisions } from "./standard.ts";

export interface MappingRow {
  readonly guideline: number;
  readonly title: string;
  readonly document: string;
  readonly clause: string;
  /** "related": never "satisfies". */
  readonly relation: "related";
  readonly evidence: readonly string[];
}

const documents: Readonly<Record<string, string>> = {
  en303645: "ETSI EN 303 645 V2.1.1",
  psti: "UK SI 2023/1007",
  cra: "Regulation (EU) 2024/2847, Annex I",
  nist: "NIST IR 8259A and IR 8425",
  en18031: "EN 18031",
  uk_gdpr: "UK GDPR",
};

/** `evidence`: files and tests that hold the provisions of the guideline. */
export function mappingRows(claims: readonly Claim[]): MappingRow[] {
  return Object.entries(mappings.guidelines).flatMap(([n, row]) => {
    const title = guidelines.find((one) => one.n === Number(n))?.title ?? "";
    const ids = provisions.filter(({ guideline }) => guideline === Number(n)).map(({ id }) => id);
    const tests = claims
      .filter(({ provision }) => ids.includes(provision))
      .flatMap((claim) => claim.tests.map(({ file }) => file));
    const evidence = [...new Set(tests)].sort();
    return Object.entries(documents).flatMap(([key, document]) => {
      const clauses = (row as unknown as Record<string, string | string[]>)[key] ?? [];
      return [clauses].flat().map((clause) => {
        const relation = "related" as const;
        return { guideline: Number(n), title, document, clause, relation, evidence };
      });
    });
  });
}

export function mappingJson(rows: readonly MappingRow[]): string {
  const body = {
    $schema: "./mapping.schema.json",
    title:
      "Guidelines of the UK Code of Practice for Consumer IoT Security, related to other documents and to evidence",
    licence: "Apache-2.0",
    note: mappings.note,
    rows,
  };
  return `${JSON.stringify(body, null, 2)}\n`;
}

export function mappingCsv(rows: readonly MappingRow[]): string {
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const lines = rows.map((row) =>
    [
      String(row.guideline),
      row.title,
      row.document,
      row.clause,
      row.relation,
      row.evidence.join(" "),
    ]
      .map(quote)
      .join(","),
  );
  return `${["guideline,title,document,clause,relation,evidence", ...lines].join("\r\n")}\r\n`;
}

export const mappingSchema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "mapping.json",
  type: "object",
  required: ["title", "licence", "note", "rows"],
  properties: {
    $schema: { type: "string" },
    title: { type: "string", minLength: 1 },
    licence: { type: "string", minLength: 1 },
    note: { type: "string", minLength: 1 },
    rows: {
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        required: ["guideline", "title", "document", "clause", "relation", "evidence"],
        additionalProperties: false,
        properties: {
          guideline: { type: "integer", minimum: 1, maximum: 13 },
          title: { type: "string", minLength: 1 },
          document: { type: "string", minLength: 1 },
          clause: { type: "string", minLength: 1 },
          relation: { const: "related" },
          evidence: { type: "array", minItems: 1, items: { type: "string", pattern: "^test/" } },
        },
      },
    },
  },
} as const;
