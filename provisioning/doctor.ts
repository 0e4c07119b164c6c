/** `doctor`: is the factory's record whole, and are its certificates still good? Needs no passphrase. */
import { join } from "node:path";
import type { Settings, Surroundings } from "./command-line.ts";
import { authorityName } from "./factory.ts";
import { Fault } from "./fault.ts";
import { verifyLedger } from "./ledger/ledger.ts";
import { openLedger } from "./ledger/open.ts";
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
  const report = await verify(folder);
  if (!report.ok)
    throw new Fault(
      `${join(folder, "ledger.db")}: ${report.fault}; somebody changed the ledger: keep this file and restore your backup`,
    );
  const { units, records, head } = report;
  print(
    settings.json
      ? `${JSON.stringify({ factory: folder, authorityUntil, units, records, head })}\n`
      : `${units} units, ${records} audit records, chain whole; head ${head}\nDevice CA until ${authorityUntil}\n`,
  );
}

async function verify(folder: string) {
  const unlock = takeStationLock(folder);
  try {
    const ledger = await openLedger(join(folder, "ledger.db"), { create: false });
    try {
      return await verifyLedger(ledger);
    } finally {
      await ledger.close();
    }
  } finally {
    unlock();
  }
}
