/** The ledger on a database, SQLite or PostgreSQL: the same statements, but for how stations wait for each other. */
import type { Kysely } from "kysely";
import { Fault } from "../fault.ts";
import type { AuditEntry, Head } from "./audit.ts";
import { AuditTable, type DatabaseKind } from "./audit-table.ts";
import type { RecordSigner } from "./checkpoint.ts";
import { inParts } from "./in-parts.ts";
import type { Detail, Evidence, Ledger, LedgerReport, MadeUnit, NewUnit, Step } from "./ledger.ts";
import type {
  AuditRow,
  CheckpointRow,
  LedgerTables,
  OrderRow,
  SealedRow,
  UnitRow,
  UnitState,
} from "./schema.ts";

export class DatabaseLedger implements Ledger {
  readonly #database: Kysely<LedgerTables>;
  readonly #kind: DatabaseKind;
  readonly #audit: AuditTable;

  constructor(database: Kysely<LedgerTables>, kind: DatabaseKind) {
    this.#database = database;
    this.#kind = kind;
    this.#audit = new AuditTable(database, kind);
  }

  issue(units: readonly NewUnit[], at: Date): Promise<void> {
    const time = at.toISOString();
    if (units.length === 0) return Promise.resolve();
    return this.#database.transaction().execute(async (transaction) => {
      await this.#audit.append(transaction, issuedEntries(units, {}, time));
      await inParts(units, (part) =>
        transaction
          .insertInto("units")
          .values(
            part.map((unit) => ({
              serial: unit.serial,
              id: unit.id,
              certificate_sha256: unit.certificateSha256,
              certificate_serial: unit.certificateSerial ?? null,
              state: "issued" as const,
              issued_at: time,
              changed_at: time,
            })),
          )
          .execute(),
      );
    });
  }

  order(order: OrderRow, serials: readonly string[]): Promise<boolean> {
    const { name, ordered_at } = order;
    return this.#database.transaction().execute(async (transaction) => {
      await this.#audit.lock(transaction);
      const there = transaction.selectFrom("orders").select("name").where("name", "=", name);
      if (await there.executeTakeFirst()) return false;
      await transaction.insertInto("orders").values(order).execute();
      await this.#audit.append(transaction, [
        {
          at: ordered_at,
          action: "order",
          serial: null,
          detail: { order: name, count: String(order.count), release: order.release },
        },
        ...serials.map((serial) => ({
          at: ordered_at,
          action: "ordered",
          serial,
          detail: { order: name },
        })),
      ]);
      await inParts(serials, (part) =>
        transaction
          .insertInto("units")
          .values(
            part.map((serial) => ({
              serial,
              order_name: name,
              state: "ordered" as const,
              changed_at: ordered_at,
            })),
          )
          .execute(),
      );
      return true;
    });
  }

  findOrder(name: string): Promise<OrderRow | undefined> {
    return this.#database
      .selectFrom("orders")
      .selectAll()
      .where("name", "=", name)
      .executeTakeFirst();
  }

  orders(): Promise<OrderRow[]> {
    return this.#database.selectFrom("orders").selectAll().orderBy("ordered_at").execute();
  }

  async issueOrdered(
    request: { order: string; count: number; station: string; at: Date },
    make: (serials: readonly string[]) => Promise<readonly MadeUnit[]>,
  ): Promise<number> {
    const { order, count, station, at } = request;
    const time = at.toISOString();
    return this.#database.transaction().execute(async (transaction) => {
      let free = transaction
        .selectFrom("units")
        .select("serial")
        .where("state", "=", "ordered")
        .where("order_name", "=", order)
        .orderBy("serial")
        .limit(count);
      // SQLite has one writer at a time; PostgreSQL passes over what another station is taking.
      if (this.#kind === "postgres") free = free.forUpdate().skipLocked();
      const serials = (await free.execute()).map(({ serial }) => serial);
      if (serials.length === 0) return 0;
      const made = await make(serials);
      for (const unit of made)
        await transaction
          .updateTable("units")
          .set({
            id: unit.id,
            certificate_sha256: unit.certificateSha256,
            certificate_serial: unit.certificateSerial ?? null,
            state: "issued",
            station,
            issued_at: time,
            changed_at: time,
          })
          .where("serial", "=", unit.serial)
          .execute();
      await transaction
        .insertInto("sealed")
        .values(made.map(({ serial, envelope }) => ({ serial, station, envelope })))
        .execute();
      await this.#audit.append(transaction, issuedEntries(made, { station }, time));
      return made.length;
    });
  }

  async advance(
    serials: readonly string[],
    step: Step,
    details: readonly Detail[] = [],
  ): Promise<void> {
    if (serials.length === 0) return;
    const { from, to, station, at } = step;
    const time = at.toISOString();
    await this.#database.transaction().execute(async (transaction) => {
      const moved = await transaction
        .updateTable("units")
        .set({ state: to, changed_at: time })
        .where("serial", "in", serials)
        .where("state", "=", from)
        .where((where) =>
          where.or([
            where("station", "is", null),
            where("station", "=", step.anywhere ? where.ref("station") : station),
          ]),
        )
        .returning("serial")
        .execute();
      if (moved.length !== serials.length) {
        const done = new Set(moved.map(({ serial }) => serial));
        const other = serials.find((serial) => !done.has(serial));
        throw new Fault(`unit ${other} is not ${from} at station ${station}; nothing was recorded`);
      }
      if (step.forget)
        await transaction.deleteFrom("sealed").where("serial", "in", serials).execute();
      await this.#audit.append(
        transaction,
        serials.map((serial, index) => ({
          at: time,
          action: to,
          serial,
          detail: { station, ...details[index] },
        })),
      );
    });
  }

  atStation(station: string, state: UnitState, limit: number): Promise<UnitRow[]> {
    return this.#database
      .selectFrom("units")
      .selectAll()
      .where("station", "=", station)
      .where("state", "=", state)
      .orderBy("changed_at")
      .orderBy("serial")
      .limit(limit)
      .execute();
  }

  async sealed(serials: readonly string[]): Promise<SealedRow[]> {
    if (serials.length === 0) return [];
    return this.#database.selectFrom("sealed").selectAll().where("serial", "in", serials).execute();
  }

  async sealedCount(station: string): Promise<number> {
    const { count } = await this.#database
      .selectFrom("sealed")
      .select(({ fn }) => fn.countAll<number | string>().as("count"))
      .where("station", "=", station)
      .executeTakeFirstOrThrow();
    return Number(count);
  }

  revoke(serial: string, reason: string, at: Date): Promise<boolean> {
    const time = at.toISOString();
    return this.#database.transaction().execute(async (transaction) => {
      const found = await transaction
        .updateTable("units")
        .set({ revoked_at: time })
        .where("serial", "=", serial)
        .where("revoked_at", "is", null)
        .returning("serial")
        .execute();
      if (found.length === 0) return false;
      await this.#audit.append(transaction, [
        { at: time, action: "revoked", serial, detail: { reason } },
      ]);
      return true;
    });
  }

  revoked(): Promise<UnitRow[]> {
    return this.#database
      .selectFrom("units")
      .selectAll()
      .where("revoked_at", "is not", null)
      .orderBy("revoked_at")
      .execute();
  }

  async counts(order?: string): Promise<Partial<Record<UnitState, number>>> {
    let query = this.#database
      .selectFrom("units")
      .select(({ fn }) => ["state", fn.countAll<number | string>().as("count")])
      .groupBy("state");
    if (order !== undefined) query = query.where("order_name", "=", order);
    const rows = await query.execute();
    return Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]));
  }

  async note(action: string, detail: Detail, at: Date, serial?: string): Promise<void> {
    const entry = { at: at.toISOString(), action, serial: serial ?? null, detail };
    await this.#database
      .transaction()
      .execute((transaction) => this.#audit.append(transaction, [entry]));
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

  records(after: number, limit: number): Promise<AuditRow[]> {
    return this.#audit.records(after, limit);
  }

  head(): Promise<Head> {
    return this.#audit.head();
  }

  checkpoint(signer: RecordSigner, at: Date): Promise<CheckpointRow | undefined> {
    return this.#audit.checkpoint(signer, at);
  }

  checkpoints(): Promise<CheckpointRow[]> {
    return this.#audit.checkpoints();
  }

  forgetRecords(seq: number): Promise<void> {
    return this.#audit.forget(seq);
  }

  async verify(evidence: Evidence = {}): Promise<LedgerReport> {
    return this.#audit.verify(await this.units(), evidence);
  }

  close(): Promise<void> {
    return this.#database.destroy();
  }
}

function issuedEntries(
  units: readonly NewUnit[],
  extra: Detail,
  at: string,
): readonly AuditEntry[] {
  return units.map((unit) => ({
    at,
    action: "issued",
    serial: unit.serial,
    detail: { id: unit.id, certificate: unit.certificateSha256, ...extra },
  }));
}
