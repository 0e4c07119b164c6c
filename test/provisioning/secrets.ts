/** Looks for a unit's secrets in bytes, in every form they could have been written. */
import { createPrivateKey } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { IssuedUnit } from "../../provisioning/factory.ts";
import { readFactoryImage } from "../../provisioning/factory-image.ts";
import { formatPassword } from "../../provisioning/set-up-password.ts";

/** Name of the secret and form → the bytes to look for. */
export function secretForms(unit: IssuedUnit): Map<string, Buffer> {
  const forms = new Map<string, Buffer>();
  for (const text of [unit.password, formatPassword(unit.password)]) {
    forms.set(`password ${text.length}`, Buffer.from(text));
    forms.set(`password ${text.length} lower case`, Buffer.from(text.toLowerCase()));
    forms.set(`password ${text.length} base64`, Buffer.from(Buffer.from(text).toString("base64")));
  }
  const identity = readFactoryImage(unit.identityImage);
  if ("reason" in identity) throw new Error(identity.reason);
  const key = createPrivateKey({
    key: Buffer.from(identity.privateKey),
    format: "der",
    type: "pkcs8",
  });
  const { d = "" } = key.export({ format: "jwk" });
  const scalars = {
    "private key": Buffer.from(d, "base64url"),
    w0: Buffer.from(identity.verifier.w0),
  };
  for (const [name, scalar] of Object.entries(scalars)) {
    forms.set(name, scalar);
    forms.set(`${name} hex`, Buffer.from(scalar.toString("hex")));
    forms.set(`${name} base64`, Buffer.from(scalar.toString("base64").slice(0, 40)));
    forms.set(`${name} base64url`, Buffer.from(scalar.toString("base64url").slice(0, 40)));
  }
  const pkcs8 = Buffer.from(identity.privateKey).toString("base64");
  forms.set("private key PEM", Buffer.from(pkcs8.slice(0, 64)).subarray(44));
  return forms;
}

export function findSecrets(bytes: Buffer, units: readonly IssuedUnit[]): string[] {
  const found: string[] = [];
  for (const unit of units)
    for (const [name, form] of secretForms(unit)) if (bytes.includes(form)) found.push(name);
  return found;
}

/** `file: secret` for every secret in any file of `folder` or below. */
export function findSecretsIn(folder: string, units: readonly IssuedUnit[]): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => {
      // Node 20.19 calls it parentPath; older 20s called it path.
      const bytes = readFileSync(join(entry.parentPath, entry.name));
      return findSecrets(bytes, units).map((secret) => `${entry.name}: ${secret}`);
    });
}
