/**
 * The audit chain as a table: records are appended inside the transaction of what they tell of, signed
 * for by checkpoints, and taken out only by an archive.
 */
import { type Kysely, sql, type Transaction } from "kysely";
import { type AuditEntry, chain, findBreak, findMismatch, genesis, type Head } from "./audit.ts";
import { findForged, type RecordSigner, signCheckpoint } from "./checkpoint.ts";
import { inParts } from "./in-parts.ts";
import type { Evidence, LedgerReport } from "./ledger.ts";
import type { AuditRow, CheckpointRow, LedgerTables, UnitRow } from "./schema.ts";

export type DatabaseKind = "sqlite" | "postgres";

export class AuditTable {
  readonly #database: Kysely<LedgerTables>;
  readonly #kind: DatabaseKind;

  constructor(database: Kysely<LedgerTables>, kind: DatabaseKind) {
    this.#database = database;
    this.#kind = kind;
  }

  async append(transaction: Transaction<LedgerTables>, entries: readonly AuditEntry[]) {
    if (entries.length === 0) return;
    await this.lock(transaction);
    const rows = chain(await readHead(transaction), entries);
    await inParts(rows, (part) => transaction.insertInto("audit").values(part).execute());
  }

  /** From here to the end of the transaction nobody else appends. */
  async lock(transaction: Transaction<LedgerTables>): Promise<void> {
    if (this.#kind === "postgres")
      await transaction.selectFrom("ledger").select("format").forUpdate().execute();
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
      await this.lock(transaction);
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

  async forget(seq: number): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      await this.lock(transaction);
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

  /** `units`: all of them, to be held against the chain. */
  async verify(units: readonly UnitRow[], evidence: Evidence): Promise<LedgerReport> {
    const { recordsRoot, archive = [] } = evidence;
    const { base_seq, base_hash } = await this.#database
      .selectFrom("ledger")
      .select(["base_seq", "base_hash"])
      .executeTakeFirstOrThrow();
    const kept = await this.#database.selectFrom("audit").selectAll().orderBy("seq").execute();
    const rows = [...archive, ...kept];
    const isWhole = base_seq === 0 || archive.length > 0;
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
