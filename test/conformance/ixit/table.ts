/** The shape of an IXIT table (ETSI TS 103 701): rows of named fields, or the reason why it has none. */
import ixit from "../standard/ixit.json" with { type: "json" };

export type IxitRow = Readonly<Record<string, string>>;

export interface IxitTable {
  /** As in `ixit.json`, e.g. "10-SecParam". */
  readonly id: string;
  readonly rows: readonly IxitRow[];
  /** Where the rows come from: the file to change. */
  readonly from: string;
  readonly whyNone?: string;
}

export interface TableForm {
  readonly id: string;
  readonly title: string;
  readonly fields: readonly string[];
}

export const forms: readonly TableForm[] = ixit.ixit.map(({ id, title, fields }) => ({
  id: shortId(id),
  title,
  fields: fields.map(({ name }) => name),
}));

/** "11-ComMech (V1) / SecComMech (V2)" and the names that provisions use for it are all "11". */
export function shortId(id: string): string {
  return /^\d+/.exec(id)?.[0] ?? id;
}

/** What is wrong with a table; empty when nothing is. */
export function tableFaults({ id, rows, whyNone }: IxitTable): string[] {
  const form = forms.find((one) => one.id === id);
  if (!form) return [`${id}: no such table`];
  if (rows.length === 0) return whyNone ? [] : [`${id}: empty, without a reason`];
  const ids = rows.map((row) => row.ID).filter((one) => one !== undefined);
  const twice = ids.filter((one, index) => ids.indexOf(one) !== index);
  return [
    ...twice.map((one) => `${id}: ${one} is there twice`),
    ...rows.flatMap((row) => {
      const missing = form.fields.filter((field) => (row[field] ?? "").trim() === "");
      const more = Object.keys(row).filter((field) => !form.fields.includes(field));
      return [
        ...missing.map((field) => `${id}/${row.ID ?? ""}: ${field} is empty`),
        ...more.map((field) => `${id}/${row.ID ?? ""}: ${field} is not a field of this table`),
      ];
    }),
  ];
}
