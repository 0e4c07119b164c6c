/** `npm run provision`: what is typed, checked, and turned into one call. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { doctor } from "./doctor.ts";
import { errorCode, Fault } from "./fault.ts";
import { issue } from "./issue.ts";

const help = `Usage: npm run provision -- <command> [options]

  issue    makes units: a folder each with the factory partition image, the label and the certificate
  doctor   checks the ledger, its audit chain and the certificates

  --count N              how many units to issue (1 to 100000; 1)
  --out DIR              where the units' folders go (build/units)
  --factory DIR          the factory's own files: CA, ledger (<out>/.factory)
  --server-anchor FILE   root the units trust for their broker, PEM or DER; up to twice; remembered
  --development          for trials: makes and keeps a passphrase and sample server and owners' roots
  --json                 one JSON document on standard output
  --help

The passphrase of the factory is asked for, or taken from THIRTEEN_FACTORY_PASSPHRASE.
A unit's image and label are its secrets: flash, print, then delete its folder.
`;

const options = {
  count: { type: "string" },
  out: { type: "string" },
  factory: { type: "string" },
  "server-anchor": { type: "string", multiple: true },
  development: { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** What the command was told, checked. */
export interface Settings {
  readonly count: number;
  readonly out: string;
  readonly factory: string;
  readonly serverAnchors: readonly string[];
  readonly development: boolean;
  readonly json: boolean;
}

export interface Surroundings {
  readonly environment: NodeJS.ProcessEnv;
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
}

class Misuse extends Error {}

/** Runs one command. 0 done, 1 something must be put right first, 2 it was typed wrongly. */
export async function runCommandLine(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<number> {
  try {
    const { command, settings } = parse(args);
    if (command === "help") surroundings.print(help);
    else if (command === "issue") await issue(settings, surroundings);
    else await doctor(settings, surroundings);
    return 0;
  } catch (error) {
    if (!(error instanceof Misuse || error instanceof Fault)) throw error;
    surroundings.printError(`${error.message}\n`);
    return error instanceof Misuse ? 2 : 1;
  }
}

function parse(args: readonly string[]): { command: string; settings: Settings } {
  const { values, positionals } = readArguments(args);
  const [command, ...rest] = positionals;
  const out = values.out ?? "build/units";
  const settings = {
    count: parseCount(values.count ?? "1"),
    out,
    factory: values.factory ?? join(out, ".factory"),
    serverAnchors: values["server-anchor"] ?? [],
    development: values.development ?? false,
    json: values.json ?? false,
  };
  if (values.help) return { command: "help", settings };
  if (command !== "issue" && command !== "doctor")
    throw new Misuse(
      `${command ? `unknown command ${command}` : "no command"}; try: issue, doctor, --help`,
    );
  if (rest.length > 0) throw new Misuse(`unexpected argument ${rest[0]}; see --help`);
  for (const name of ["out", "factory"] as const)
    if (settings[name] === "") throw new Misuse(`--${name} needs a folder`);
  return { command, settings };
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    // Its message goes on about `--`; the first sentence says it.
    const [first = ""] = error instanceof Error ? error.message.split(/\. |\n/) : [];
    if (errorCode(error)?.startsWith("ERR_PARSE_ARGS")) throw new Misuse(`${first}; see --help`);
    throw error;
  }
}

function parseCount(text: string): number {
  const count = /^[0-9]{1,6}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > 100_000)
    throw new Misuse(`--count ${text}: give a whole number from 1 to 100000`);
  return count;
}
