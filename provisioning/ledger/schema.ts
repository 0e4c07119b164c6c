/**
 * What the factory remembers: which units exist and what happened to them, and nothing that opens
 * one. Plain SQL types throughout, so the same queries run on SQLite and on PostgreSQL.
 */
import type { Kysely } from "kysely";

/** The life of a unit on the line. Later steps take it further; nothing takes it back. */
export const unitStates = [
  "issued",
  "flashed",
  "verified",
  "labelled",
  "shipped",
  "scrapped",
] as const;
export type UnitState = (typeof unitStates)[number];

export interface UnitRow {
  serial: string;
  id: string;
  /** SHA-256 of the DER, hexadecimal. */
  certificate_sha256: string;
  state: UnitState;
  /** ISO 8601, UTC. */
  issued_at: string;
  changed_at: string;
}

/** Append-only: each record's hash covers the one before it. */
export interface AuditRow {
  /** 1, 2, 3 … without gaps. */
  seq: number;
  at: string;
  action: string;
  /** The unit it is about, if one. */
  serial: string | null;
  /** JSON. */
  detail: string;
  previous: string;
  hash: string;
}

export interface LedgerTables {
  units: UnitRow;
  audit: AuditRow;
  ledger: { format: number };
}

export const ledgerFormat = 1;

/** Creates the tables of an empty database. */
export async function createTables(database: Kysely<LedgerTables>): Promise<void> {
  const { schema } = database;
  await schema
    .createTable("ledger")
    .addColumn("format", "integer", (c) => c.notNull())
    .execute();
  await schema
    .createTable("units")
    .addColumn("serial", "text", (column) => column.primaryKey())
    .addColumn("id", "text", (column) => column.notNull().unique())
    .addColumn("certificate_sha256", "text", (column) => column.notNull().unique())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("issued_at", "text", (column) => column.notNull())
    .addColumn("changed_at", "text", (column) => column.notNull())
    .execute();
  await schema
    .createTable("audit")
    .addColumn("seq", "integer", (column) => column.primaryKey())
    .addColumn("at", "text", (column) => column.notNull())
    .addColumn("action", "text", (column) => column.notNull())
    .addColumn("serial", "text")
    .addColumn("detail", "text", (column) => column.notNull())
    .addColumn("previous", "text", (column) => column.notNull())
    .addColumn("hash", "text", (column) => column.notNull().unique())
    .execute();
  await database.insertInto("ledger").values({ format: ledgerFormat }).execute();
}
