/** Where a passphrase comes from; it is never an argument, which `ps` would show. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { encodeCrockford } from "./crockford.ts";
import { Fault } from "./fault.ts";
import { makePrivateFolder, readOptionalFile, writePrivateFile } from "./private-file.ts";

export const passphraseVariable = "THIRTEEN_FACTORY_PASSPHRASE";

/**
 * A passphrase for desks and trials, made at first use and kept beside what it seals (0600). It
 * protects against nothing but a key file that strays alone: a real factory types its own.
 */
export function developmentPassphrase(folder: string): string {
  makePrivateFolder(folder);
  const file = join(folder, "development-passphrase");
  const kept = readOptionalFile(file)?.toString().trim();
  if (kept) return kept;
  const passphrase = encodeCrockford(randomBytes(20));
  writePrivateFile(file, `${passphrase}\n`);
  return passphrase;
}

export interface PassphraseAsked {
  /** Of the environment. */
  readonly variable: string;
  /** What it opens, as the operator knows it. */
  readonly of: string;
}

/** From the environment, else typed at the terminal without echo. */
export async function askPassphrase(
  environment: NodeJS.ProcessEnv,
  { variable, of }: PassphraseAsked = { variable: passphraseVariable, of: "the factory" },
): Promise<string> {
  const given = environment[variable];
  if (given) return given;
  if (!process.stdin.isTTY)
    throw new Fault(
      `no passphrase: set ${variable}, run at a terminal, or use --development for a trial`,
    );
  process.stderr.write(`Passphrase of ${of}: `);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await terminal.question("");
  } finally {
    terminal.close();
    process.stderr.write("\n");
  }
}
