/**
 * The audit chain: who looks at it years later can tell that no record was changed, reordered,
 * inserted or taken out of the middle. A cut-off tail shows in the units it speaks of; to see a tail
 * and its units cut off together, keep the head hash somewhere else.
 */
import { createHash } from "node:crypto";
import { type AuditRow, type UnitRow, type UnitState, unitStates } from "./schema.ts";

export interface AuditEntry {
  readonly at: string;
  readonly action: string;
  readonly serial: string | null;
  readonly detail: Readonly<Record<string, string>>;
}

/** Where a chain ends; `genesis` before the first record. */
export interface Head {
  readonly seq: number;
  readonly hash: string;
}

export const genesis: Head = { seq: 0, hash: "0".repeat(64) };

/** The rows that continue the chain from `head`. */
export function chain(head: Head, entries: readonly AuditEntry[]): AuditRow[] {
  let { seq, hash } = head;
  return entries.map((entry) => {
    const row = { ...entry, detail: JSON.stringify(entry.detail), seq: seq + 1, previous: hash };
    seq = row.seq;
    hash = recordHash(row);
    return { ...row, hash };
  });
}

/** The first record that does not follow from the one before, in words; undefined when all do. */
export function findBreak(rows: readonly AuditRow[], base: Head = genesis): string | undefined {
  let head = base;
  for (const row of rows) {
    if (row.seq !== head.seq + 1) return `record ${head.seq + 1} is missing`;
    if (row.previous !== head.hash) return `record ${row.seq} does not follow record ${head.seq}`;
    if (row.hash !== recordHash(row)) return `record ${row.seq} was changed`;
    head = row;
  }
  return undefined;
}

interface Story {
  readonly id: string | null;
  readonly certificate: string | null;
  /** Undefined when its steps are all in the archive. */
  readonly state: string | undefined;
  readonly isRevoked: boolean;
}

const states: ReadonlySet<string> = new Set(unitStates);

/**
 * The first unit whose row is not what the chain says of it, in words. `isWhole`: the rows are all
 * records there ever were; otherwise units may have part of their story, or all of it, in an archive.
 */
export function findMismatch(
  rows: readonly AuditRow[],
  units: readonly UnitRow[],
  isWhole = true,
): string | undefined {
  const told = new Map<string, Story>();
  for (const row of rows) {
    if (row.serial === null) continue;
    const detail = readDetail(row.detail);
    if (!detail) return `record ${row.seq} is not readable`;
    const before = told.get(row.serial);
    told.set(row.serial, {
      id: detail.id ?? before?.id ?? null,
      certificate: detail.certificate ?? before?.certificate ?? null,
      // Others, a refused read-back for one, are about a unit and do not move it.
      state: states.has(row.action) ? row.action : before?.state,
      isRevoked: row.action === "revoked" || before?.isRevoked === true,
    });
  }
  for (const unit of units) {
    const story = told.get(unit.serial);
    const fault = story
      ? faultOf(unit, story, isWhole)
      : isWhole && `unit ${unit.serial} is in no record`;
    if (fault) return fault;
    told.delete(unit.serial);
  }
  const [lost] = told.keys();
  return lost && `unit ${lost} is gone, but the records know it`;
}

function faultOf(unit: UnitRow, story: Story, isWhole: boolean): string | undefined {
  const isKnown = isWhole || story.id !== null;
  if (isKnown && (story.id !== unit.id || story.certificate !== unit.certificate_sha256))
    return `unit ${unit.serial} is not the one that was issued`;
  if (story.state !== (unit.state satisfies UnitState) && (isWhole || story.state))
    return `unit ${unit.serial} is ${unit.state}, but the records say ${story.state}`;
  if (story.isRevoked !== (unit.revoked_at !== null) && (isWhole || story.isRevoked))
    return `unit ${unit.serial} is ${story.isRevoked ? "revoked" : "not revoked"} in the records`;
  return undefined;
}

function readDetail(text: string): { id?: string; certificate?: string } | undefined {
  try {
    const detail: unknown = JSON.parse(text);
    return typeof detail === "object" && detail !== null ? detail : undefined;
  } catch {
    return undefined;
  }
}

/** Over a JSON array, whose quoting leaves no two field splits with the same text. */
function recordHash(row: Omit<AuditRow, "hash">): string {
  const fields = [row.seq, row.at, row.action, row.serial, row.detail, row.previous];
  return createHash("sha256").update(JSON.stringify(fields)).digest("hex");
}
