/** All 29 IXIT tables, made from the code and its data at this moment. */
import * as behaviour from "./behaviour.ts";
import * as paper from "./paper.ts";
import * as security from "./security.ts";
import { forms, type IxitTable, shortId, tableFaults } from "./table.ts";

const isTable = (value: unknown): value is IxitTable =>
  typeof value === "object" && value !== null && "rows" in value && "from" in value;

export const ixit: readonly IxitTable[] = [behaviour, paper, security]
  .flatMap((module) => Object.values(module).filter(isTable))
  .sort((a, b) => Number(a.id) - Number(b.id));

export interface IxitState {
  readonly rows: number;
  readonly whyNone: string | undefined;
}

/** By any name that a provision uses for it; undefined for a table nobody made. */
export function ixitTable(name: string): IxitState | undefined {
  const table = ixit.find(({ id }) => id === shortId(name));
  return table && { rows: table.rows.length, whyNone: table.whyNone };
}

/** Everything wrong with the tables; empty when all 29 are there and whole. */
export function ixitFaults(): string[] {
  const missing = forms.filter(({ id }) => !ixit.some((table) => table.id === id));
  return [
    ...missing.map(({ id, title }) => `${id}: ${title} is missing`),
    ...ixit.flatMap(tableFaults),
    ...security.parameterFaults(),
  ];
}

export function ixitMarkdown(): string {
  const tables = forms.map(({ id, title, fields }) => {
    const table = ixit.find((one) => one.id === id);
    const rows = (table?.rows ?? []).map(
      (row) => `| ${fields.map((name) => cell(row[name] ?? "")).join(" | ")} |`,
    );
    const body =
      rows.length === 0
        ? `None: ${table?.whyNone ?? ""}.`
        : `| ${fields.join(" | ")} |\n|${"---|".repeat(fields.length)}\n${rows.join("\n")}`;
    return `## ${id} ${title}\n\nFrom \`${table?.from ?? ""}\`.\n\n${body}\n`;
  });
  return `<!-- Written by npm run documents: change the code or data each table names. -->
# IXIT: what is needed to test this device

The implementation extra information for testing of ETSI TS 103 701, made from the code. A self-assessment; check names of fields against the text.

${tables.join("\n")}`;
}

const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
