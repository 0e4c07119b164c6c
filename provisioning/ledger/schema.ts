/**
 * What the factory remembers: which units exist and what happened to them, and nothing that opens
 * one. Plain SQL types throughout, so the same queries run on SQLite and on PostgreSQL.
 */
import { type Kysely, sql } from "kysely";

/** The life of a unit on the line. Later steps take it further; nothing takes it back. */
export const unitStates = [
  "ordered",
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
  /** The order it belongs to; null for a unit made by hand (`issue --out`). */
  order_name: string | null;
  /** Null until it is issued. */
  id: string | null;
  /** SHA-256 of the DER, hexadecimal; null until it is issued. */
  certificate_sha256: string | null;
  /** The certificate's own serial number, hexadecimal: what a revocation list names it by. */
  certificate_serial: string | null;
  state: UnitState;
  /** The station that holds its secrets until they are on its label. */
  station: string | null;
  /** ISO 8601, UTC. */
  issued_at: string | null;
  changed_at: string;
  revoked_at: string | null;
}

export interface OrderRow {
  name: string;
  count: number;
  /** JSON of `Release`: what its units are flashed with; empty when they are flashed by hand. */
  release: string;
  ordered_at: string;
}

/** A unit's secrets between issue and label, sealed to the station's key (see line/shift-key.ts). */
export interface SealedRow {
  serial: string;
  station: string;
  /** Base64. */
  envelope: string;
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

/** A station's word for where the chain ended (see checkpoint.ts). */
export interface CheckpointRow {
  seq: number;
  hash: string;
  at: string;
  station: string;
  /** Base64 of the station's certificate and of its signature. */
  certificate: string;
  signature: string;
}

export interface LedgerTables {
  units: UnitRow;
  orders: OrderRow;
  sealed: SealedRow;
  audit: AuditRow;
  checkpoints: CheckpointRow;
  /** One row. Whoever appends to the chain locks it first. */
  ledger: {
    format: number;
    /** Where the chain begins after its older records went to an archive; 0 and zeros at first. */
    base_seq: number;
    base_hash: string;
  };
}

export const ledgerFormat = 2;

/** Creates the tables of an empty database. */
export async function createTables(database: Kysely<LedgerTables>): Promise<void> {
  const { schema } = database;
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
  await createUnits(database);
  await createRest(database);
}

/** Format 1 knew units from their issue on, and no orders. Its records stay as they are. */
export async function migrateFromFormat1(database: Kysely<LedgerTables>): Promise<void> {
  const { schema } = database;
  await schema.alterTable("units").renameTo("units_1").execute();
  await createUnits(database);
  await sql`insert into units (serial, id, certificate_sha256, state, issued_at, changed_at)
    select serial, id, certificate_sha256, state, issued_at, changed_at from units_1`.execute(
    database,
  );
  await sql`drop table units_1`.execute(database);
  await sql`drop table ledger`.execute(database);
  await createRest(database);
}

async function createUnits({ schema }: Kysely<LedgerTables>): Promise<void> {
  await schema
    .createTable("units")
    .addColumn("serial", "text", (column) => column.primaryKey())
    .addColumn("order_name", "text")
    .addColumn("id", "text", (column) => column.unique())
    .addColumn("certificate_sha256", "text", (column) => column.unique())
    .addColumn("certificate_serial", "text", (column) => column.unique())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("station", "text")
    .addColumn("issued_at", "text")
    .addColumn("changed_at", "text", (column) => column.notNull())
    .addColumn("revoked_at", "text")
    .execute();
  await schema.createIndex("units_by_state").on("units").columns(["state", "station"]).execute();
}

async function createRest(database: Kysely<LedgerTables>): Promise<void> {
  const { schema } = database;
  await schema
    .createTable("orders")
    .addColumn("name", "text", (column) => column.primaryKey())
    .addColumn("count", "integer", (column) => column.notNull())
    .addColumn("release", "text", (column) => column.notNull())
    .addColumn("ordered_at", "text", (column) => column.notNull())
    .execute();
  await schema
    .createTable("sealed")
    .addColumn("serial", "text", (column) => column.primaryKey())
    .addColumn("station", "text", (column) => column.notNull())
    .addColumn("envelope", "text", (column) => column.notNull())
    .execute();
  await schema
    .createTable("checkpoints")
    .addColumn("seq", "integer", (column) => column.primaryKey())
    .addColumn("hash", "text", (column) => column.notNull())
    .addColumn("at", "text", (column) => column.notNull())
    .addColumn("station", "text", (column) => column.notNull())
    .addColumn("certificate", "text", (column) => column.notNull())
    .addColumn("signature", "text", (column) => column.notNull())
    .execute();
  await schema
    .createTable("ledger")
    .addColumn("format", "integer", (column) => column.notNull())
    .addColumn("base_seq", "integer", (column) => column.notNull())
    .addColumn("base_hash", "text", (column) => column.notNull())
    .execute();
  await database
    .insertInto("ledger")
    .values({ format: ledgerFormat, base_seq: 0, base_hash: "0".repeat(64) })
    .execute();
}
