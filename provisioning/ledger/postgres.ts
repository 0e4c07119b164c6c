/**
 * PostgreSQL for the ledger, where several stations share one. Rows are claimed with SKIP LOCKED, so
 * stations never wait for each other's units; who appends to the audit chain locks its one row first.
 */
import { type Kysely, PostgresDialect, sql } from "kysely";
import pg from "pg";
import type { LedgerTables } from "./schema.ts";

/** `postgresql://user@host/database`, or `postgresql:///database?host=/run/postgresql`. */
export function isPostgres(database: string): boolean {
  return /^postgres(ql)?:\/\//.test(database);
}

export function postgresDialect(url: string): PostgresDialect {
  // One station is one client; a second connection would only hide a lock it holds itself.
  const pool = new pg.Pool({
    connectionString: url,
    max: 2,
    connectionTimeoutMillis: 10_000,
    // A cable that was pulled must not leave a transaction waiting for ever.
    statement_timeout: 60_000,
    idle_in_transaction_session_timeout: 120_000,
  });
  // An idle connection that breaks is the next query's error, not the process's end.
  pool.on("error", () => undefined);
  return new PostgresDialect({ pool });
}

export async function isBlank(database: Kysely<LedgerTables>): Promise<boolean> {
  const found = await sql<{
    name: string | null;
  }>`select to_regclass('ledger')::text as name`.execute(database);
  return !found.rows[0]?.name;
}

/** Two stations that come to an empty database at one moment: one makes the tables, one waits. */
export async function lockForSetUp(transaction: Kysely<LedgerTables>): Promise<void> {
  await sql`select pg_advisory_xact_lock(1303645)`.execute(transaction);
}

/** Records cannot be changed or removed through SQL by mistake; the chain shows what is on purpose. */
export async function makeAppendOnly(database: Kysely<LedgerTables>): Promise<void> {
  await sql`create function audit_is_append_only() returns trigger language plpgsql as
    $$ begin raise exception 'audit records are append-only'; end $$`.execute(database);
  await sql`create trigger audit_no_change before update or delete or truncate on audit
    for each statement execute function audit_is_append_only()`.execute(database);
}
