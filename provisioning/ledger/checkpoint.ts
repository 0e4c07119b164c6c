/**
 * Signed checkpoints: a station's word for where the audit chain ended. The chain alone cannot show
 * that its tail was cut off together with the units it spoke of, or that all of it was written anew;
 * a checkpoint can, and one kept elsewhere shows it even to whoever distrusts the database's owner.
 */
import { verify, X509Certificate } from "node:crypto";
import { canonicalJson } from "../../device/update/metadata/canonical-json.ts";
import type { Head } from "./audit.ts";
import type { AuditRow, CheckpointRow } from "./schema.ts";

/** Who signs for a station. */
export interface RecordSigner {
  readonly station: string;
  /** DER, issued by the factory's records CA. */
  readonly certificate: Uint8Array;
  sign(bytes: Uint8Array): Uint8Array;
}

const longest = 4096;

/** What is signed: JSON in one form (sorted keys, no spaces). */
export function recordBytes(content: Readonly<Record<string, string | number>>): Uint8Array {
  const bytes = canonicalJson(content, longest);
  if (!bytes) throw new RangeError(`a record of more than ${longest} bytes`);
  return bytes.slice();
}

export function signCheckpoint(head: Head, signer: RecordSigner, at: Date): CheckpointRow {
  const said = { seq: head.seq, hash: head.hash, at: at.toISOString(), station: signer.station };
  return {
    ...said,
    certificate: Buffer.from(signer.certificate).toString("base64"),
    signature: Buffer.from(signer.sign(recordBytes(said))).toString("base64"),
  };
}

/** Undefined when a station of `recordsRoot` (DER) signed exactly this; otherwise why not, in words. */
export function checkpointFault(row: CheckpointRow, recordsRoot: Uint8Array): string | undefined {
  const { seq, hash, at, station } = row;
  const fault = signatureFault(recordBytes({ seq, hash, at, station }), row, recordsRoot);
  return fault && `checkpoint ${seq} ${fault}`;
}

export interface Signature {
  readonly station: string;
  /** Base64. */
  readonly certificate: string;
  readonly signature: string;
}

/** Undefined when a station of that name, certified by `recordsRoot`, signed `bytes`. */
export function signatureFault(
  bytes: Uint8Array,
  { station, certificate, signature }: Signature,
  recordsRoot: Uint8Array,
): string | undefined {
  const leaf = parse(Buffer.from(certificate, "base64"));
  const root = new X509Certificate(recordsRoot);
  if (!leaf) return "carries no certificate";
  if (!leaf.checkIssued(root) || !leaf.verify(root.publicKey))
    return "is signed by no station of this factory";
  if (leaf.subject !== `CN=${station}`) return "is signed by another station than it says";
  if (!verify("sha256", bytes, leaf.publicKey, Buffer.from(signature, "base64")))
    return "was changed after it was signed";
  return undefined;
}

function parse(der: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}

/** A checkpoint that nobody of the factory signed, or that the chain does not pass through. */
export function findForged(
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
