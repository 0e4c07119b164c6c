/** Signing keys at rest: one sealed file each, the root's apart from the online ones. */
import { join } from "node:path";
import { Fault } from "../fault.ts";
import { openPrivateKey, sealPrivateKey, shortestPassphrase } from "../key-file.ts";
import { askPassphrase, developmentPassphrase, type PassphraseAsked } from "../passphrase.ts";
import { makePrivateFolder, readOptionalFile, writePrivateFile } from "../private-file.ts";
import type { KeyName } from "./desk-file.ts";
import type { TopLevelRole } from "./metadata.ts";
import { generateSigningKey, type KeyKind, openSigner, type Signer } from "./signer.ts";

export const onlineVariable = "THIRTEEN_RELEASE_PASSPHRASE";
export const rootVariable = "THIRTEEN_ROOT_PASSPHRASE";

/** The passphrase for a key file. Root keys have keepers of their own, and are asked for one by one. */
export type Passphrases = (folder: string, name: string) => Promise<string>;

export interface NamedSigner {
  /** Of its file, without ".key". */
  readonly name: string;
  readonly signer: Signer;
}

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

/** A new key in a file of its own, named after what it is for and its id: root-1f2e3d4c.key. */
export async function makeKey(
  folder: string,
  role: TopLevelRole,
  ask: Passphrases,
  kind: KeyKind,
): Promise<NamedSigner> {
  makePrivateFolder(folder);
  const key = generateSigningKey(kind);
  const signer = openSigner(key);
  const name = `${role}-${signer.id.slice(0, 8)}`;
  const passphrase = await ask(folder, name);
  if (passphrase.length < shortestPassphrase)
    throw new Fault(`the passphrase is too short; use ${shortestPassphrase} characters or more`);
  writePrivateFile(join(folder, `${name}.key`), sealPrivateKey(key, passphrase));
  return { name, signer };
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
