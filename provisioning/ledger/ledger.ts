/** The factory's record of its units: every change in one transaction with its audit record. */
import { existsSync } from "node:fs";
import { Kysely } from "kysely";
import { Fault } from "../fault.ts";
import { type AuditEntry, chain, findBreak, findMismatch, genesis, type Head } from "./audit.ts";
import { createTables, type LedgerTables, ledgerFormat, type UnitRow } from "./schema.ts";
import { appendOnly, openSqlite, sqliteDialect } from "./sqlite.ts";

export interface NewUnit {
  readonly serial: string;
  readonly id: string;
  /** SHA-256 of the certificate's DER, hexadecimal. */
  readonly certificateSha256: string;
}

/** What `verifyLedger` found. `fault` names the first thing that is not as it was written. */
export type LedgerReport =
  | { readonly ok: true; readonly units: number; readonly records: number; readonly head: string }
  | { readonly ok: false; readonly fault: string };

export interface Ledger {
  /** All of them or none; a serial, id or certificate that was issued before is an error. */
  issue(units: readonly NewUnit[], at: Date): Promise<void>;
  /** Something that concerns no single unit, such as another server root. Nothing secret in `detail`. */
  note(action: string, detail: Readonly<Record<string, string>>, at: Date): Promise<void>;
  unit(serial: string): Promise<UnitRow | undefined>;
  units(): Promise<UnitRow[]>;
  /** The last audit record; `genesis` in a ledger that was never written to. */
  head(): Promise<Head>;
  verify(): Promise<LedgerReport>;
  close(): Promise<void>;
}

/**
 * Opens a SQLite ledger, or creates it when `create` is set. A `Fault` when the file is missing,
 * damaged or of another program; the file is then as it was.
 */
export async function openLedger(file: string, options: { create: boolean }): Promise<Ledger> {
  if (!options.create && !existsSync(file)) throw missing(file);
  try {
    const sqlite = openSqlite(file);
    try {
      const blank = sqlite.all("select name from sqlite_schema").length === 0;
      if (blank && !options.create) throw missing(file);
      const database = new Kysely<LedgerTables>({ dialect: sqliteDialect(sqlite) });
      if (blank)
        await database.transaction().execute(async (transaction) => {
          await createTables(transaction);
          sqlite.exec(appendOnly);
        });
      const { format } = await database
        .selectFrom("ledger")
        .select("format")
        .executeTakeFirstOrThrow();
      if (format !== ledgerFormat)
        throw new Fault(`${file}: ledger format ${format} is not known here; use a newer version`);
      return new DatabaseLedger(database);
    } catch (error) {
      sqlite.close();
      throw error;
    }
  } catch (error) {
    if (error instanceof Fault) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Fault(
      `${file}: the ledger cannot be read (${reason}); nothing was changed: restore it from your backup`,
    );
  }
}

function missing(file: string): Fault {
  return new Fault(
    `${file}: the ledger is missing or empty, but this factory has made units; restore it from your backup`,
  );
}

/** Checks the whole chain, and every unit against it. */
export function verifyLedger(ledger: Ledger): Promise<LedgerReport> {
  return ledger.verify();
}

class DatabaseLedger implements Ledger {
  readonly #database: Kysely<LedgerTables>;

  constructor(database: Kysely<LedgerTables>) {
    this.#database = database;
  }

  async issue(units: readonly NewUnit[], at: Date): Promise<void> {
    const time = at.toISOString();
    await this.#append(
      units.map((unit) => ({
        at: time,
        action: "issued",
        serial: unit.serial,
        detail: { id: unit.id, certificate: unit.certificateSha256 },
      })),
      units.map((unit) => ({
        serial: unit.serial,
        id: unit.id,
        certificate_sha256: unit.certificateSha256,
        state: "issued" as const,
        issued_at: time,
        changed_at: time,
      })),
    );
  }

  async note(action: string, detail: Readonly<Record<string, string>>, at: Date): Promise<void> {
    await this.#append([{ at: at.toISOString(), action, serial: null, detail }], []);
  }

  unit(serial: string): Promise<UnitRow | undefined> {
    return this.#database
      .selectFrom("units")
      .selectAll()
      .where("serial", "=", serial)
      .executeTakeFirst();
  }

  units(): Promise<UnitRow[]> {
    return this.#database.selectFrom("units").selectAll().orderBy("issued_at").execute();
  }

  head(): Promise<Head> {
    return readHead(this.#database);
  }

  async verify(): Promise<LedgerReport> {
    const rows = await this.#database.selectFrom("audit").selectAll().orderBy("seq").execute();
    const units = await this.units();
    const fault = findBreak(rows) ?? findMismatch(rows, units);
    if (fault) return { ok: false, fault };
    const head = rows.at(-1) ?? genesis;
    return { ok: true, units: units.length, records: rows.length, head: head.hash };
  }

  close(): Promise<void> {
    return this.#database.destroy();
  }

  async #append(entries: readonly AuditEntry[], units: readonly UnitRow[]): Promise<void> {
    if (entries.length === 0) return;
    await this.#database.transaction().execute(async (transaction) => {
      const rows = chain(await readHead(transaction), entries);
      await transaction.insertInto("audit").values(rows).execute();
      if (units.length > 0) await transaction.insertInto("units").values(units).execute();
    });
  }
}

async function readHead(database: Kysely<LedgerTables>): Promise<Head> {
  const last = await database
    .selectFrom("audit")
    .select(["seq", "hash"])
    .orderBy("seq", "desc")
    .limit(1)
    .executeTakeFirst();
  return last ?? genesis;
}
