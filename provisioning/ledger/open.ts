/** Opens the ledger: a SQLite file of one laptop, or a PostgreSQL database of several stations. */
import { rmSync, statSync } from "node:fs";
import { Kysely } from "kysely";
import { errorCode, Fault } from "../fault.ts";
import { renameInPlace } from "../private-file.ts";
import { DatabaseLedger } from "./database-ledger.ts";
import type { Ledger } from "./ledger.ts";
import { isBlank, isPostgres, lockForSetUp, makeAppendOnly, postgresDialect } from "./postgres.ts";
import { createTables, type LedgerTables, ledgerFormat, migrateFromFormat1 } from "./schema.ts";
import { appendOnly, openSqlite, sqliteDialect } from "./sqlite.ts";

/**
 * `where`: a file, or the URL of a PostgreSQL database. Makes the tables when `create` is set and
 * there are none. A `Fault` when it is missing, damaged or of another program, and it is then as it was.
 */
export function openLedger(where: string, options: { create: boolean }): Promise<Ledger> {
  return isPostgres(where) ? openShared(where, options) : openFile(where, options);
}

async function openFile(file: string, options: { create: boolean }): Promise<Ledger> {
  // An empty file too: opening it would begin a ledger in it.
  const isNew = sizeOf(file) === 0;
  if (isNew && (!options.create || sizeOf(`${file}-wal`) > 0)) throw missing(file);
  try {
    if (isNew) await makeFile(file);
    const sqlite = openSqlite(file);
    try {
      const blank = sqlite.all("select name from sqlite_schema").length === 0;
      if (blank && !options.create) throw missing(file);
      if (blank) await makeTables(sqlite);
      const database = new Kysely<LedgerTables>({ dialect: sqliteDialect(sqlite) });
      await settleFormat(database, file);
      return new DatabaseLedger(database, "sqlite");
    } catch (error) {
      sqlite.close();
      throw error;
    }
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault(
      `${file}: the ledger cannot be read (${reasonOf(error)}); nothing was changed: restore it from your backup`,
    );
  }
}

const sizeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/**
 * A new ledger is made beside its place, and moved there when it is whole: SQLite switches to a
 * write-ahead log under a rollback journal, and one that a kill leaves is never rolled back (sqlite.ts).
 */
async function makeFile(file: string): Promise<void> {
  const draft = `${file}.new`;
  for (const ending of ["", "-journal", "-wal"]) rmSync(`${draft}${ending}`, { force: true });
  const sqlite = openSqlite(draft);
  try {
    await makeTables(sqlite);
  } finally {
    sqlite.close();
  }
  renameInPlace(draft, file);
}

function makeTables(sqlite: ReturnType<typeof openSqlite>): Promise<void> {
  const database = new Kysely<LedgerTables>({ dialect: sqliteDialect(sqlite) });
  return database.transaction().execute(async (transaction) => {
    await createTables(transaction);
    sqlite.exec(appendOnly);
  });
}

async function openShared(url: string, options: { create: boolean }): Promise<Ledger> {
  const database = new Kysely<LedgerTables>({ dialect: postgresDialect(url) });
  try {
    await database.transaction().execute(async (transaction) => {
      if (!(await isBlank(transaction))) return;
      if (!options.create) throw missing(withoutPassword(url));
      await lockForSetUp(transaction);
      if (!(await isBlank(transaction))) return;
      await createTables(transaction);
      await makeAppendOnly(transaction);
    });
    await settleFormat(database, withoutPassword(url));
    return new DatabaseLedger(database, "postgres");
  } catch (error) {
    await database.destroy();
    if (error instanceof Fault) throw error;
    throw new Fault(
      `${withoutPassword(url)}: the ledger cannot be reached (${reasonOf(error)}); is PostgreSQL running, and may this user use it?`,
    );
  }
}

async function settleFormat(database: Kysely<LedgerTables>, name: string): Promise<void> {
  const read = () => database.selectFrom("ledger").select("format").executeTakeFirstOrThrow();
  const { format } = await read();
  if (format === 1) await database.transaction().execute(migrateFromFormat1);
  else if (format !== ledgerFormat)
    throw new Fault(`${name}: ledger format ${format} is not known here; use a newer version`);
}

function missing(name: string): Fault {
  return new Fault(
    `${name}: the ledger is missing or empty, but this factory has made units; restore it from your backup`,
  );
}

/** A URL as it may be shown. */
export function withoutPassword(url: string): string {
  return url.replace(/^(\w+:\/\/[^:@/]*):[^@/]*@/, "$1@");
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n")[0] || errorCode(error) || "no reason given";
}
