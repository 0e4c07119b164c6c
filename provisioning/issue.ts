/** `issue`: opens the factory the operator named, and gives every unit its folder. */
import { fingerprint } from "./certificate-authority.ts";
import type { Settings, Surroundings } from "./command-line.ts";
import { type Factory, openFactory } from "./factory.ts";
import { Fault } from "./fault.ts";
import { givenAnchors, givenPassphrase } from "./given.ts";
import { unitFolders } from "./unit-folder.ts";

export async function issue(settings: Settings, surroundings: Surroundings): Promise<void> {
  const factory = await openNamedFactory(settings, surroundings);
  try {
    await issueUnits(factory, settings, surroundings.print);
  } finally {
    await factory.close();
  }
}

async function issueUnits(factory: Factory, settings: Settings, print: (text: string) => void) {
  const { count, out, json } = settings;
  const folders = unitFolders(out, factory);
  await folders.settle();
  const units: { serial: string; id: string; folder: string; certificateSha256: string }[] = [];
  const started = performance.now();
  try {
    for await (const unit of factory.issue({ count, stage: folders.stage })) {
      const { serial, id } = unit;
      const folder = folders.publish(serial);
      units.push({ serial, id, folder, certificateSha256: fingerprint(unit.certificate) });
      if (!json) print(`${serial}  ${folder}\n`);
    }
  } catch (error) {
    // What cannot be settled now, a full disk for one, is settled by the next run.
    await folders.settle().catch(() => undefined);
    if (!(error instanceof Fault)) throw error;
    throw new Fault(`${units.length} of ${count} units made, then: ${error.message}`);
  }
  const milliseconds = Math.round(performance.now() - started);
  const unitsPerSecond = Number(((units.length / milliseconds) * 1000).toFixed(1));
  print(
    json
      ? `${JSON.stringify({ factory: factory.folder, out, units, milliseconds, unitsPerSecond })}\n`
      : `${units.length} issued in ${milliseconds} ms. Images and labels are secret: flash, print, delete.\n`,
  );
}

async function openNamedFactory(settings: Settings, surroundings: Surroundings): Promise<Factory> {
  const passphrase = await givenPassphrase(settings, surroundings);
  const serverAnchors = await givenAnchors(settings, passphrase);
  return openFactory({
    folder: settings.factory,
    passphrase,
    ...(serverAnchors && { serverAnchors }),
  });
}
