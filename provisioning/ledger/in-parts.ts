/** Rows in one statement: PostgreSQL takes 65,535 parameters, SQLite 32,766. */
const rowsAtOnce = 500;

/** Inserts rows a statement's fill at a time. */
export async function inParts<Row>(
  rows: readonly Row[],
  insert: (part: Row[]) => Promise<unknown>,
): Promise<void> {
  for (let at = 0; at < rows.length; at += rowsAtOnce)
    await insert(rows.slice(at, at + rowsAtOnce));
}
