/** `issue`: opens the factory the operator named, and gives every unit its folder. */
import { join } from "node:path";
import { fingerprint } from "./certificate-authority.ts";
import type { Settings, Surroundings } from "./command-line.ts";
import { type Factory, openFactory } from "./factory.ts";
import { Fault } from "./fault.ts";
import { askPassphrase, developmentPassphrase } from "./passphrase.ts";
import { readOptionalFile } from "./private-file.ts";
import { readCertificate } from "./sealed-authority.ts";
import { readServerAnchors } from "./server-anchors.ts";
import { openServiceAuthority } from "./service-authority.ts";
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

async function openNamedFactory(
  settings: Settings,
  { environment }: Surroundings,
): Promise<Factory> {
  const folder = settings.factory;
  const given = settings.serverAnchors.map(readAnchor);
  if (!settings.development)
    return openFactory({
      folder,
      passphrase: await askPassphrase(environment),
      ...(given.length > 0 && { serverAnchors: given }),
    });
  const passphrase = developmentPassphrase(folder);
  const anchors =
    given.length > 0 || readServerAnchors(folder).length > 0
      ? given
      : [await sampleAnchor(folder, passphrase)];
  return openFactory({
    folder,
    passphrase,
    ...(anchors.length > 0 && { serverAnchors: anchors }),
  });
}

/** The root of a sample server CA that is made beside the factory. */
async function sampleAnchor(folder: string, passphrase: string): Promise<Uint8Array> {
  const services = await openServiceAuthority({ folder: join(folder, "services"), passphrase });
  return services.serverAnchor;
}

function readAnchor(file: string): Uint8Array {
  const bytes = readOptionalFile(file);
  if (!bytes) throw new Fault(`${file}: no such file; give the server root's certificate`);
  return new Uint8Array(readCertificate(bytes, file).raw);
}
