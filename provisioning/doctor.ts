/** `doctor`: is the factory's record whole, and are its certificates still good? Needs no passphrase. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Settings, Surroundings } from "./command-line.ts";
import { authorityName } from "./factory.ts";
import { Fault } from "./fault.ts";
import { type Ledger, verifyLedger } from "./ledger/ledger.ts";
import { openLedger, withoutPassword } from "./ledger/open.ts";
import { type Exported, readExport } from "./line/record-commands.ts";
import { recordsName } from "./line/station.ts";
import { readOptionalFile } from "./private-file.ts";
import { readCertificate } from "./sealed-authority.ts";
import { takeStationLock } from "./station-lock.ts";

export async function doctor(settings: Settings, { print }: Surroundings): Promise<void> {
  const folder = settings.factory;
  const file = join(folder, `${authorityName}.pem`);
  const pem = readOptionalFile(file);
  if (!pem) throw new Fault(`${folder}: no factory here; make one with: issue --factory ${folder}`);
  const authorityUntil = readCertificate(pem, file).validTo;
  if (Date.parse(authorityUntil) < Date.now())
    throw new Fault(`${file}: the device CA ended on ${authorityUntil}; set up a new factory`);
  const report = await verify(settings);
  if (!report.ok)
    throw new Fault(
      `${settings.database === undefined ? join(folder, "ledger.db") : withoutPassword(settings.database)}: ${report.fault}; somebody changed the ledger: keep it as it is and restore your backup`,
    );
  const { units, records, head, checkpoints } = report;
  const leftover = labelsLeft(settings);
  print(
    settings.json
      ? `${JSON.stringify({ factory: folder, authorityUntil, units, records, head, checkpoints, leftover })}\n`
      : `${units} units, ${records} audit records, chain whole; head ${head}\n${checkpoints} signed checkpoints\nDevice CA until ${authorityUntil}\n${leftover > 0 ? `${leftover} labels are still in a folder: print and delete them\n` : ""}`,
  );
}

async function verify({ factory: folder, database, evidence }: Settings) {
  const kept = evidence.map(readExport);
  const rootFile = join(folder, `${recordsName}.pem`);
  const root = readOptionalFile(rootFile);
  const unlock = database === undefined ? takeStationLock(folder) : () => {};
  try {
    const ledger = await openLedger(database ?? join(folder, "ledger.db"), { create: false });
    try {
      return await verifyLedger(ledger, {
        ...(root && { recordsRoot: new Uint8Array(readCertificate(root, rootFile).raw) }),
        ...(await archived(ledger, kept)),
        checkpoints: kept.flatMap(({ checkpoints }) => checkpoints),
      });
    } finally {
      await ledger.close();
    }
  } finally {
    unlock();
  }
}

/** Of the records that were kept elsewhere, those that the database no longer has. */
async function archived(ledger: Ledger, kept: readonly Exported[]) {
  const [first] = await ledger.records(0, 1);
  const until = first?.seq ?? Number.POSITIVE_INFINITY;
  const archive = kept
    .flatMap(({ records }) => records)
    .filter(({ seq }) => seq < until)
    .sort((a, b) => a.seq - b.seq);
  return archive.length > 0 ? { archive } : {};
}

/** Labels are secrets: those that lie about are worth a word. */
function labelsLeft({ labels, factory }: Settings): number {
  const folder = labels ?? join(factory, "labels");
  if (!existsSync(folder)) return 0;
  return readdirSync(folder).filter((name) => /\.(svg|zpl|pdf)$/.test(name)).length;
}
