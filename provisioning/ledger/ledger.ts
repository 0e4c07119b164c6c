/** The factory's record of its units: every change in one transaction with its audit record. */
import type { Head } from "./audit.ts";
import type { RecordSigner } from "./checkpoint.ts";
import type { AuditRow, CheckpointRow, OrderRow, SealedRow, UnitRow, UnitState } from "./schema.ts";

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

/** Nothing secret is ever in one. */
export type Detail = Readonly<Record<string, string>>;

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
