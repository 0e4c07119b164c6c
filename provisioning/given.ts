/** What the operator gave a command: the passphrase, the server roots, serials. */
import { join } from "node:path";
import type { Settings, Surroundings } from "./command-line.ts";
import { Fault } from "./fault.ts";
import { askPassphrase, developmentPassphrase } from "./passphrase.ts";
import { readOptionalFile } from "./private-file.ts";
import { readCertificate } from "./sealed-authority.ts";
import { normaliseSerial } from "./serial.ts";
import { readServerAnchors } from "./server-anchors.ts";
import { openServiceAuthority } from "./service-authority.ts";

export function givenPassphrase(
  { development, factory }: Settings,
  { environment }: Surroundings,
): Promise<string> {
  return development ? Promise.resolve(developmentPassphrase(factory)) : askPassphrase(environment);
}

/** Undefined: those that the factory has. */
export async function givenAnchors(
  settings: Settings,
  passphrase: string,
): Promise<Uint8Array[] | undefined> {
  const { factory: folder, development } = settings;
  const given = settings.serverAnchors.map(readAnchor);
  if (given.length > 0) return given;
  if (!development || readServerAnchors(folder).length > 0) return undefined;
  return [await sampleAnchor(folder, passphrase)];
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

/** Serials as typed or scanned. @throws Fault for one whose check character is wrong. */
export function readSerials(texts: readonly string[]): string[] {
  return texts.map((text) => {
    const serial = normaliseSerial(text);
    if (!serial) throw new Fault(`--serial ${text}: not a serial; look at the label again`);
    return serial;
  });
}
