/** How a life of the sweep must end, whenever it was killed. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { readFactoryImage } from "../../provisioning/factory-image.ts";
import { scanLabel } from "../../provisioning/label-scan.ts";
import { openLedger } from "../../provisioning/ledger/open.ts";
import { checkLabel, placesOf } from "../../provisioning/line/read-back.ts";
import { parseRelease } from "../../provisioning/line/release.ts";
import { simulatorTarget } from "./simulator.ts";
import { type SweepPapers, sweepOrder } from "./sweep-life.ts";

/** All files below, by name. */
export function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

const steps = "ordered issued flashed verified labelled shipped";

/** What is not as after an undisturbed life, in words. */
export async function faultOf(
  folder: string,
  { serials, station, release: described }: SweepPapers,
): Promise<string | undefined> {
  const release = parseRelease(described, sweepOrder);
  const ledger = await openLedger(join(folder, "ledger.db"), { create: false });
  try {
    const recordsRoot = new Uint8Array(Buffer.from(station.recordsRoot, "base64"));
    const report = await ledger.verify({ recordsRoot });
    if (!report.ok) return report.fault;
    if (report.units !== serials.length) return `${report.units} units`;
    if ((await ledger.sealed(serials)).length > 0) return "secrets are left in the ledger";
    const records = await ledger.records(0, 10_000);
    for (const serial of serials) {
      const story = records.filter((row) => row.serial === serial).map(({ action }) => action);
      if (story.join(" ") !== steps) return `unit ${serial}: ${story.join(" ")}`;
      const [own] = await simulatorTarget({ bay: join(folder, "bay") }).read(
        serial,
        placesOf(release).slice(0, 1),
      );
      const identity = readFactoryImage(own ?? new Uint8Array());
      if ("reason" in identity) return `unit ${serial}: identity ${identity.reason}`;
      const label = readFileSync(join(folder, "labels", `${serial}.svg`));
      const refusal = await checkLabel(scanLabel(label, "svg") ?? "", identity);
      if (refusal) return `unit ${serial}: ${refusal}`;
    }
    return undefined;
  } finally {
    await ledger.close();
  }
}
