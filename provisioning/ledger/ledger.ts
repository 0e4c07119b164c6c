/** The factory's record of its units: every change in one transaction with its audit record. */
import { type Kysely, sql, type Transaction } from "kysely";
import { Fault } from "../fault.ts";
import { type AuditEntry, chain, findBreak, findMismatch, genesis, type Head } from "./audit.ts";
import { checkpointFault, type RecordSigner, signCheckpoint } from "./checkpoint.ts";
import type {
  AuditRow,
  CheckpointRow,
  LedgerTables,
  OrderRow,
  SealedRow,
  UnitRow,
  UnitState,
} from "./schema.ts";

export interface NewUnit {
  readonly serial: string;
  readonly id: string;
  /** SHA-256 of the certificate's DER, hexadecimal. */
  readonly certificateSha256: string;
  /** The certificate's serial number, hexadecimal. */
  readonly certificateSerial?: string;
}

/** A unit of an order just made: `envelope` is its secrets, sealed. */
export interface MadeUnit extends NewUnit {
  readonly envelope: string;
}

type Detail = Readonly<Record<string, string>>;

export interface Step {
  readonly from: UnitState;
  readonly to: UnitState;
  readonly station: string;
  readonly at: Date;
  /** Whichever station the unit is at. */
  readonly anywhere?: boolean;
  /** The unit's secrets are on its label: what was sealed of them goes with the same transaction. */
  readonly forget?: boolean;
}

/** What `verifyLedger` found. `fault` names the first thing that is not as it was written. */
export type LedgerReport =
  | {
      readonly ok: true;
      readonly units: number;
      readonly records: number;
      readonly head: string;
      readonly checkpoints: number;
    }
  | { readonly ok: false; readonly fault: string };

export interface Evidence {
  /** DER of the CA that certified the stations: checkpoints are checked against it. */
  readonly recordsRoot?: Uint8Array;
  /** Checkpoints that were kept elsewhere. */
  readonly checkpoints?: readonly CheckpointRow[];
  /** Records that were taken out of the database by `archive`, from the first on. */
  readonly archive?: readonly AuditRow[];
}

export interface Ledger {
  /** All of them or none; a serial, id or certificate that was issued before is an error. */
  issue(units: readonly NewUnit[], at: Date): Promise<void>;
  /** Adds an order with a unit for each serial. False: an order of that name is there already. */
  order(order: OrderRow, serials: readonly string[]): Promise<boolean>;
  findOrder(name: string): Promise<OrderRow | undefined>;
  orders(): Promise<OrderRow[]>;
  /**
   * Takes up to `count` ordered units, has them made and records them, in one transaction: when it
   * fails, or the process dies in it, they are ordered units as before. No two stations get one unit.
   */
  issueOrdered(
    request: { order: string; count: number; station: string; at: Date },
    make: (serials: readonly string[]) => Promise<readonly MadeUnit[]>,
  ): Promise<number>;
  /** Moves units on, all or none. @throws Fault when one is not in `from`, at this station. */
  advance(serials: readonly string[], step: Step, details?: readonly Detail[]): Promise<void>;
  /** Units of the station in that state, oldest first. */
  atStation(station: string, state: UnitState, limit: number): Promise<UnitRow[]>;
  sealed(serials: readonly string[]): Promise<SealedRow[]>;
  /** How many units' secrets are still sealed to that station's key. */
  sealedCount(station: string): Promise<number>;
  revoke(serial: string, reason: string, at: Date): Promise<boolean>;
  revoked(): Promise<UnitRow[]>;
  counts(order?: string): Promise<Partial<Record<UnitState, number>>>;
  /** Something that concerns no single unit, such as another server root. Nothing secret in `detail`. */
  note(action: string, detail: Detail, at: Date, serial?: string): Promise<void>;
  unit(serial: string): Promise<UnitRow | undefined>;
  units(): Promise<UnitRow[]>;
  /** Records after `seq`, in order. */
  records(after: number, limit: number): Promise<AuditRow[]>;
  /** The last audit record; `genesis` in a ledger that was never written to. */
  head(): Promise<Head>;
  /** Signs where the chain ends now. Undefined when nothing happened since the last one. */
  checkpoint(signer: RecordSigner, at: Date): Promise<CheckpointRow | undefined>;
  checkpoints(): Promise<CheckpointRow[]>;
  /** Takes out the records up to `seq`, which must be a checkpoint's. They must be kept elsewhere by then. */
  forgetRecords(seq: number): Promise<void>;
  verify(evidence?: Evidence): Promise<LedgerReport>;
  close(): Promise<void>;
}

/** Checks the whole chain, and every unit against it. */
export function verifyLedger(ledger: Ledger, evidence?: Evidence): Promise<LedgerReport> {
  return ledger.verify(evidence);
}

/** Rows in one statement: PostgreSQL takes 65,535 parameters, SQLite 32,766. */
const rowsAtOnce = 500;

export class DatabaseLedger implements Ledger {
  readonly #database: Kysely<LedgerTables>;
  readonly #kind: "sqlite" | "postgres";

  constructor(database: Kysely<LedgerTables>, kind: "sqlite" | "postgres") {
    this.#database = database;
    this.#kind = kind;
  }

  issue(units: readonly NewUnit[], at: Date): Promise<void> {
    const time = at.toISOString();
    if (units.length === 0) return Promise.resolve();
    return this.#database.transaction().execute(async (transaction) => {
      await this.#append(transaction, issuedEntries(units, {}, time));
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
      await this.#lock(transaction);
      const there = transaction.selectFrom("orders").select("name").where("name", "=", name);
      if (await there.executeTakeFirst()) return false;
      await transaction.insertInto("orders").values(order).execute();
      await this.#append(transaction, [
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
      await this.#append(transaction, issuedEntries(made, { station }, time));
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
      await this.#append(
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
      await this.#append(transaction, [
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
    await this.#database.transaction().execute((transaction) => this.#append(transaction, [entry]));
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
    return this.#database
      .selectFrom("audit")
      .selectAll()
      .where("seq", ">", after)
      .orderBy("seq")
      .limit(limit)
      .execute();
  }

  head(): Promise<Head> {
    return readHead(this.#database);
  }

  checkpoint(signer: RecordSigner, at: Date): Promise<CheckpointRow | undefined> {
    return this.#database.transaction().execute(async (transaction) => {
      await this.#lock(transaction);
      const head = await readHead(transaction);
      const last = await transaction
        .selectFrom("checkpoints")
        .select("seq")
        .orderBy("seq", "desc")
        .limit(1)
        .executeTakeFirst();
      if (head.seq === 0 || last?.seq === head.seq) return undefined;
      const row = signCheckpoint(head, signer, at);
      await transaction.insertInto("checkpoints").values(row).execute();
      return row;
    });
  }

  checkpoints(): Promise<CheckpointRow[]> {
    return this.#database.selectFrom("checkpoints").selectAll().orderBy("seq").execute();
  }

  async forgetRecords(seq: number): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      await this.#lock(transaction);
      const { hash } = await transaction
        .selectFrom("checkpoints")
        .select("hash")
        .where("seq", "=", seq)
        .executeTakeFirstOrThrow();
      await this.#withoutTriggers(transaction, () =>
        transaction.deleteFrom("audit").where("seq", "<=", seq).execute(),
      );
      await transaction.updateTable("ledger").set({ base_seq: seq, base_hash: hash }).execute();
    });
  }

  async verify(evidence: Evidence = {}): Promise<LedgerReport> {
    const { recordsRoot, archive = [] } = evidence;
    const { base_seq, base_hash } = await this.#database
      .selectFrom("ledger")
      .select(["base_seq", "base_hash"])
      .executeTakeFirstOrThrow();
    const kept = await this.#database.selectFrom("audit").selectAll().orderBy("seq").execute();
    const rows = [...archive, ...kept];
    const isWhole = base_seq === 0 || archive.length > 0;
    const units = await this.units();
    const here = await this.checkpoints();
    const base = isWhole ? genesis : { seq: base_seq, hash: base_hash };
    const fault =
      findBreak(rows, base) ??
      findForged([...here, ...(evidence.checkpoints ?? [])], rows, base, recordsRoot) ??
      findMismatch(rows, units, isWhole);
    if (fault) return { ok: false, fault };
    const { hash } = rows.at(-1) ?? base;
    return {
      ok: true,
      units: units.length,
      records: rows.length,
      head: hash,
      checkpoints: here.length,
    };
  }

  close(): Promise<void> {
    return this.#database.destroy();
  }

  async #append(transaction: Transaction<LedgerTables>, entries: readonly AuditEntry[]) {
    if (entries.length === 0) return;
    await this.#lock(transaction);
    const rows = chain(await readHead(transaction), entries);
    await inParts(rows, (part) => transaction.insertInto("audit").values(part).execute());
  }

  /** From here to the end of the transaction nobody else appends. */
  async #lock(transaction: Transaction<LedgerTables>): Promise<void> {
    if (this.#kind === "postgres")
      await transaction.selectFrom("ledger").select("format").forUpdate().execute();
  }

  /** For the one thing that may take records out: an archive that has them. */
  async #withoutTriggers(transaction: Transaction<LedgerTables>, work: () => Promise<unknown>) {
    if (this.#kind === "sqlite") {
      await sql`drop trigger audit_no_delete`.execute(transaction);
      await work();
      await sql`create trigger audit_no_delete before delete on audit
        begin select raise(abort, 'audit records are append-only'); end`.execute(transaction);
      return;
    }
    await sql`alter table audit disable trigger audit_no_change`.execute(transaction);
    await work();
    await sql`alter table audit enable trigger audit_no_change`.execute(transaction);
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

/** A checkpoint that nobody of the factory signed, or that the chain does not pass through. */
function findForged(
  checkpoints: readonly CheckpointRow[],
  rows: readonly AuditRow[],
  base: Head,
  recordsRoot: Uint8Array | undefined,
): string | undefined {
  const hashes = new Map(rows.map(({ seq, hash }) => [seq, hash]));
  hashes.set(base.seq, base.hash);
  for (const row of checkpoints) {
    const fault = recordsRoot && checkpointFault(row, recordsRoot);
    if (fault) return fault;
    if (row.seq < base.seq) continue;
    const hash = hashes.get(row.seq);
    if (hash === undefined)
      return `record ${row.seq} is missing, but station ${row.station} signed for it`;
    if (hash !== row.hash)
      return `record ${row.seq} is not the one that station ${row.station} signed for`;
  }
  return undefined;
}

async function inParts<Row>(
  rows: readonly Row[],
  insert: (part: Row[]) => Promise<unknown>,
): Promise<void> {
  for (let at = 0; at < rows.length; at += rowsAtOnce)
    await insert(rows.slice(at, at + rowsAtOnce));
}

async function readHead(database: Kysely<LedgerTables>): Promise<Head> {
  const last = await database
    .selectFrom("audit")
    .select(["seq", "hash"])
    .orderBy("seq", "desc")
    .limit(1)
    .executeTakeFirst();
  if (last) return last;
  const base = await database
    .selectFrom("ledger")
    .select(["base_seq", "base_hash"])
    .executeTakeFirstOrThrow();
  return { seq: base.base_seq, hash: base.base_hash };
}
