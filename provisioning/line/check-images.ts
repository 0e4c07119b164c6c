/** `check-images`: the chip vendor's own tools on what boards are flashed with. */
import { createAuthority, generateKeyPair, issueCertificate } from "../certificate-authority.ts";
import type { Settings, Surroundings } from "../command-line.ts";
import { buildFactoryImage } from "../factory-image.ts";
import { Fault } from "../fault.ts";
import { validity } from "../sealed-authority.ts";
import { generateId, generateSerial } from "../serial.ts";
import { generatePassword, register } from "../set-up-password.ts";
import { factoryOffset } from "./board-release.ts";
import { say } from "./command.ts";
import type { RegionBytes } from "./release.ts";
import { findVendorTools, type VendorCheck, vendorChecks } from "./vendor-checks.ts";

export async function checkImages(settings: Settings, surroundings: Surroundings): Promise<void> {
  const images = surroundings.targets.board?.images?.(settings);
  if (!images) throw new Fault("there is no board target here");
  const { environment } = surroundings;
  const checks = vendorChecks(
    { ...images, regions: [...images.regions, await trialIdentity()] },
    findVendorTools(environment),
  );
  const refused = checks.filter(({ result }) => result === "refused");
  say(settings, surroundings, { ok: refused.length === 0, checks }, checks.map(line).join("\n"));
  if (refused.length > 0) throw new Fault(`NOT OK: the vendor's tools refuse ${refused.length}`);
}

function line({ what, tool, result, detail }: VendorCheck): string {
  return `${result.padEnd(8)} ${what} (${tool}): ${detail}`;
}

/** The own partition of a unit that nobody makes: its keys end with this process. */
export async function trialIdentity(): Promise<RegionBytes> {
  const [serial, id, dates] = [generateSerial(), generateId(), validity(new Date(), 1)];
  const authority = await createAuthority({ commonName: "trial", ...dates });
  const { privateKey, publicKey } = generateKeyPair();
  const certificate = await issueCertificate(authority, {
    commonName: id,
    usage: "client",
    publicKey,
    ...dates,
  });
  const bytes = buildFactoryImage({
    serial,
    id,
    verifier: await register(generatePassword(), serial),
    certificate: [certificate],
    privateKey,
    anchors: [authority.certificate],
  });
  return { name: "factory", offset: factoryOffset, bytes };
}
