/**
 * SQLite for the ledger. WebAssembly, so that there is nothing to compile; behind Kysely, so that
 * the queries are the same on PostgreSQL.
 */
import { closeSync, existsSync, openSync, rmdirSync } from "node:fs";
import { type Dialect, SqliteDialect } from "kysely";
import sqlite from "node-sqlite3-wasm";
import { errorCode } from "../fault.ts";

/**
 * Opens or creates `file`. Throws what SQLite throws; the caller must hold the station lock.
 *
 * A write-ahead log and not a rollback journal: this driver takes the lock it holds itself for another
 * process's, so SQLite never finds a journal that a killed process left and half a transaction would
 * stay. A log is recovered by its checksums whoever holds what; it wants the file for one process
 * alone, which the station lock promises anyway.
 */
export function openSqlite(file: string): sqlite.Database {
  dropStaleLock(file);
  if (existsSync(`${file}-journal`))
    throw new sqlite.SQLite3Error(
      "an older version left a transaction half done; finish it with: sqlite3 FILE .tables",
    );
  // SQLite would create it readable for everybody.
  closeSync(openSync(file, "a", 0o600));
  const database = new sqlite.Database(file);
  try {
    database.exec("pragma locking_mode = exclusive");
    const [check] = database.all("pragma quick_check(1)");
    if (check?.quick_check !== "ok")
      throw new sqlite.SQLite3Error("database disk image is malformed");
    const tables = database.all("select name from sqlite_schema").map(({ name }) => name);
    // Another program's database stays as it is; who opens it says so.
    if (tables.length > 0 && !tables.includes("audit")) return database;
    // A record is on the disk before the unit's secrets are handed out.
    database.exec("pragma journal_mode = wal; pragma synchronous = full");
    // What is deleted, a sealed secret for one, is overwritten and not only unlinked.
    database.exec("pragma secure_delete = on");
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Kysely's SQLite dialect over this driver. `database` is closed with the Kysely instance. */
export function sqliteDialect(database: sqlite.Database): Dialect {
  return new SqliteDialect({
    database: {
      close: () => database.close(),
      prepare: (sql) => ({
        // Every statement is asked for its rows: the driver does not say which have any, and the
        // queries use RETURNING, not affected-row counts, as they would on PostgreSQL.
        reader: true,
        all: (values) => database.all(sql, [...values] as sqlite.JSValue[]),
        run: (values) => database.run(sql, [...values] as sqlite.JSValue[]),
        iterate: (values) => database.all(sql, [...values] as sqlite.JSValue[]).values(),
      }),
    },
  });
}

/** Records cannot be changed or removed through SQL by mistake; the chain shows what is on purpose. */
export const appendOnly = `
create trigger audit_no_update before update on audit
begin select raise(abort, 'audit records are append-only'); end;
create trigger audit_no_delete before delete on audit
begin select raise(abort, 'audit records are append-only'); end;
`;

/**
 * The driver locks by making a folder, which stays behind when its process is killed. Whoever holds
 * the station lock is alone, so a folder found now belongs to nobody.
 */
function dropStaleLock(file: string): void {
  try {
    rmdirSync(`${file}.lock`);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}
