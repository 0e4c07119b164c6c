/** Signing keys at rest: one sealed file each, the root's apart from the online ones. */
import { join } from "node:path";
import { Fault } from "../fault.ts";
import { openPrivateKey, sealPrivateKey, shortestPassphrase } from "../key-file.ts";
import { askPassphrase, developmentPassphrase, type PassphraseAsked } from "../passphrase.ts";
import { makePrivateFolder, readOptionalFile, writePrivateFile } from "../private-file.ts";
import type { KeyName } from "./desk-file.ts";
import { generateSigningKey, openSigner, type Signer } from "./signer.ts";

export const onlineVariable = "THIRTEEN_RELEASE_PASSPHRASE";
export const rootVariable = "THIRTEEN_ROOT_PASSPHRASE";

/** The passphrase for a key file. Root keys have keepers of their own, and are asked for one by one. */
export type Passphrases = (folder: string, name: string) => Promise<string>;

export function passphrases(
  environment: NodeJS.ProcessEnv,
  { isDevelopment, online }: { isDevelopment: boolean; online: string },
): Passphrases {
  let ofOnline: Promise<string> | undefined;
  return async (folder, name) => {
    if (isDevelopment) return developmentPassphrase(folder);
    if (folder !== online)
      return askPassphrase(environment, {
        variable: rootVariable,
        of: join(folder, `${name}.key`),
      });
    const asked: PassphraseAsked = { variable: onlineVariable, of: "the release desk" };
    ofOnline ??= askPassphrase(environment, asked);
    return ofOnline;
  };
}

/** A key that is not in use yet; a file of that name, left by an interrupted command, is replaced. */
export async function makeKey(folder: string, name: string, ask: Passphrases): Promise<Signer> {
  makePrivateFolder(folder);
  const passphrase = await ask(folder, name);
  if (passphrase.length < shortestPassphrase)
    throw new Fault(`the passphrase is too short; use ${shortestPassphrase} characters or more`);
  const key = generateSigningKey();
  writePrivateFile(join(folder, `${name}.key`), sealPrivateKey(key, passphrase));
  return openSigner(key);
}

/** Undefined when the file is not there. @throws Fault when it is another key, or the passphrase wrong. */
export async function openKey(
  folder: string,
  { name, id }: KeyName,
  ask: Passphrases,
): Promise<Signer | undefined> {
  const file = join(folder, `${name}.key`);
  const sealed = readOptionalFile(file);
  if (!sealed) return undefined;
  const signer = openSigner(openPrivateKey(sealed.toString(), await ask(folder, name), file));
  if (signer.id !== id)
    throw new Fault(`${file}: not the key that the root names; restore the right one`);
  return signer;
}

export async function requireKey(folder: string, key: KeyName, ask: Passphrases): Promise<Signer> {
  const signer = await openKey(folder, key, ask);
  if (signer) return signer;
  throw new Fault(
    `${join(folder, `${key.name}.key`)}: the key is missing; restore it from your backup, or revoke it`,
  );
}
