/**
 * The roots a unit will trust for its broker, as the factory keeps them: certificates only. The
 * server CA is another root than the factory's, so that a unit's certificate can never pass for a
 * server's, and neither house can speak for the other.
 */
import { createHash, X509Certificate } from "node:crypto";
import { join } from "node:path";
import { fingerprint, toPem } from "./certificate-authority.ts";
import { Fault } from "./fault.ts";
import { readOptionalFile, writePrivateFile } from "./private-file.ts";
import { readCertificate } from "./sealed-authority.ts";

/** As many as a unit has room for: one, or two while one is rotated. */
const most = 2;

function anchorsFile(folder: string): string {
  return join(folder, "server-anchors.pem");
}

/** DER of each; empty when none was set yet. */
export function readServerAnchors(folder: string): Uint8Array[] {
  const file = anchorsFile(folder);
  const text = readOptionalFile(file)?.toString() ?? "";
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((pem) => new Uint8Array(readCertificate(Buffer.from(pem), file).raw));
}

/** Throws a `Fault` for what a unit must not be given as the roots of its broker. */
export function checkServerAnchors(
  anchors: readonly Uint8Array[],
  deviceAuthority: Uint8Array,
): void {
  if (anchors.length === 0 || anchors.length > most)
    throw new Fault(`${anchors.length} server roots given; a unit holds one or two`);
  for (const der of anchors) {
    if (!new X509Certificate(der).ca)
      throw new Fault(
        `server root ${fingerprint(der).slice(0, 16)} is not a CA certificate; give the root, not the server's own`,
      );
    if (publicKeyHash(der) === publicKeyHash(deviceAuthority))
      throw new Fault(
        "the server root is the factory's own device CA; the two must be different roots",
      );
  }
}

/** Keeps `anchors` for every unit from now on. */
export function writeServerAnchors(folder: string, anchors: readonly Uint8Array[]): void {
  writePrivateFile(anchorsFile(folder), anchors.map((der) => toPem("CERTIFICATE", der)).join(""));
}

/** By key, not by certificate: the same key under another name is the same root. */
function publicKeyHash(der: Uint8Array): string {
  const key = new X509Certificate(der).publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(key).digest("hex");
}
