/** `npm run provision`: what is typed, checked, and turned into one call. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { doctor } from "./doctor.ts";
import { errorCode, Fault } from "./fault.ts";
import { readSerials } from "./given.ts";
import { issue } from "./issue.ts";
import { checkImages } from "./line/check-images.ts";
import type { Command, TargetKind } from "./line/command.ts";
import * as pallet from "./line/pallet-commands.ts";
import { type LabelFormat, labelFormats } from "./line/printer.ts";
import * as record from "./line/record-commands.ts";
import { run } from "./line/run-command.ts";
import { checkLabel, makeSecurityLabel } from "./line/security-label-commands.ts";
import * as line from "./line/step-commands.ts";

const help = `Usage: npm run provision -- <command> [options]

  The line, each step to be run again as often as you like:
  order        --order NAME --count N     a number of units, and what they are flashed with
  run          --order NAME               all steps for what is left of an order
  issue        --order NAME               serial by serial: password, key, certificate, sealed
  flash, verify, label                    the steps one by one, for this station's units
  ship         --order NAME | --serial S  off the line
  scrap        --serial S [--reason WHY]

  rotate       ca | station               a new key from now on; nothing may be between issue and label
  revoke       [--serial S] [FILE]        revokes units; writes the list for broker and update service

  report       orders and where their units are
  doctor       checks the ledger, its audit chain, its checkpoints and the certificates
  checkpoint   [FILE]                     signs where the audit chain ends, to be kept elsewhere
  export       FILE [--archive]           all records; with --archive they then leave the database
  security-label DIR [--serial S]         the model's security label, or a unit's: picture, text, signed JSON
  check-label  FILE --key FILE            is this security label the maker's, and does support still run?
  check-images --release FILE             the chip vendor's own tools on what boards are flashed with

  By hand, without a line:
  issue        --count N --out DIR        a folder each with the factory partition image and the label

  --factory DIR          the factory's own files: CA, ledger (<out>/.factory)
  --station NAME         which station this is (station-1)
  --database URL         a PostgreSQL ledger for several stations; a file in --factory without it
  --token KEY            a new factory's CA key in a token: pkcs11:<library>?token=<label>&id=<hex>;
                         its PIN is taken from THIRTEEN_TOKEN_PIN
  --target KIND          what units are: simulator, board (simulator)
  --bay DIR              simulator: the units' flash files (<factory>/bay)
  --port PORT            board: its serial port
  --release FILE         board: ESP-IDF's list of what goes where (flash.txt)
  --boot                 verify by starting each unit and setting it up, where the target can
  --printer COMMAND      hands each label to a command's standard input, e.g. "lp -d zebra -o raw"
  --labels DIR           or writes them there, to print by hand and delete (<factory>/labels)
  --format FORMAT        svg, zpl, pdf, sheet (svg)
  --scan                 wait for the station's scanner to read each label
  --evidence FILE        doctor: exports and checkpoints that were kept elsewhere
  --serial SERIAL        one unit; may be given several times
  --count N              how many units (1 to 100000; 1)
  --out DIR              where the units' folders go (build/units)
  --server-anchor FILE   root the units trust for their broker, PEM or DER; up to twice; remembered
  --development          for trials: makes and keeps a passphrase and sample server and owners' roots
  --json                 one JSON document on standard output
  --help

The passphrase of the factory is asked for, or taken from THIRTEEN_FACTORY_PASSPHRASE.
A label is its unit's secret: print, then delete. docs/factory.md goes through a day at the line.
`;

const options = {
  count: { type: "string" },
  out: { type: "string" },
  factory: { type: "string" },
  order: { type: "string" },
  station: { type: "string" },
  database: { type: "string" },
  token: { type: "string" },
  target: { type: "string" },
  bay: { type: "string" },
  port: { type: "string" },
  release: { type: "string" },
  boot: { type: "boolean" },
  printer: { type: "string" },
  labels: { type: "string" },
  format: { type: "string" },
  scan: { type: "boolean" },
  serial: { type: "string", multiple: true },
  reason: { type: "string" },
  key: { type: "string" },
  archive: { type: "boolean" },
  evidence: { type: "string", multiple: true },
  lot: { type: "string" },
  "server-anchor": { type: "string", multiple: true },
  development: { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** What the command was told, checked. */
export interface Settings {
  readonly count: number;
  readonly isCountGiven: boolean;
  readonly out: string;
  readonly factory: string;
  readonly order: string | undefined;
  readonly station: string;
  readonly database: string | undefined;
  readonly token: string | undefined;
  readonly target: string;
  readonly bay: string;
  readonly port: string | undefined;
  readonly release: string | undefined;
  readonly boot: boolean;
  readonly printer: string | undefined;
  readonly labels: string | undefined;
  readonly format: LabelFormat;
  readonly scan: boolean;
  readonly serials: readonly string[];
  readonly reason: string | undefined;
  readonly key: string | undefined;
  /** Exported records are then taken out of the database. */
  readonly archive: boolean;
  /** Exports and checkpoints that were kept elsewhere. */
  readonly evidence: readonly string[];
  /** For a cell of `run`: how many units it issues. */
  readonly lot: number | undefined;
  readonly serverAnchors: readonly string[];
  readonly development: boolean;
  readonly json: boolean;
  readonly files: readonly string[];
}

export interface Surroundings {
  readonly environment: NodeJS.ProcessEnv;
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
  /** What was typed, for `run` to hand to its cells. */
  readonly args: readonly string[];
  /** The program that cells run; without one, `run` works in this process. */
  readonly entry?: string;
  readonly targets: Readonly<Record<string, TargetKind>>;
  /** The station's scanner. */
  readonly scan?: (serial: string) => Promise<string>;
}

export class Misuse extends Error {}

const commands: Readonly<Record<string, Command>> = {
  order: line.order,
  run,
  issue: (settings, surroundings) =>
    settings.order === undefined
      ? issue(settings, surroundings)
      : line.issueForOrder(settings, surroundings),
  flash: line.flash,
  verify: line.verify,
  label: line.label,
  ship: pallet.ship,
  scrap: pallet.scrap,
  rotate: record.rotate,
  revoke: record.revoke,
  report: pallet.report,
  checkpoint: record.checkpoint,
  export: record.exportRecords,
  doctor,
  "security-label": makeSecurityLabel,
  "check-label": checkLabel,
  "check-images": checkImages,
};
/** They take files as arguments. */
const takingFiles: ReadonlySet<string> = new Set([
  "check-label",
  "security-label",
  "rotate",
  "revoke",
  "checkpoint",
  "export",
]);

/** Runs one command. 0 done, 1 something must be put right first, 2 it was typed wrongly. */
export async function runCommandLine(
  args: readonly string[],
  surroundings: Omit<Surroundings, "args">,
): Promise<number> {
  try {
    const { command, settings } = parse(args);
    if (command === "help") surroundings.print(help);
    else await commands[command]!(settings, { ...surroundings, args });
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
  const factory = values.factory ?? join(out, ".factory");
  const settings: Settings = {
    count: parseCount("count", values.count ?? "1"),
    isCountGiven: values.count !== undefined,
    out,
    factory,
    order: values.order,
    station: values.station ?? "station-1",
    database: values.database,
    token: values.token,
    target: values.target ?? "simulator",
    bay: values.bay ?? join(factory, "bay"),
    port: values.port,
    release: values.release,
    boot: values.boot ?? false,
    printer: values.printer,
    labels: values.labels,
    format: parseFormat(values.format ?? "svg"),
    scan: values.scan ?? false,
    serials: readSerials(values.serial ?? []),
    reason: values.reason,
    key: values.key,
    archive: values.archive ?? false,
    evidence: values.evidence ?? [],
    lot: values.lot === undefined ? undefined : parseCount("lot", values.lot),
    serverAnchors: values["server-anchor"] ?? [],
    development: values.development ?? false,
    json: values.json ?? false,
    files: rest,
  };
  if (values.help) return { command: "help", settings };
  if (command === undefined || !Object.hasOwn(commands, command))
    throw new Misuse(
      `${command ? `unknown command ${command}` : "no command"}; try: ${Object.keys(commands).join(", ")}, --help`,
    );
  if (rest.length > (takingFiles.has(command) ? 1 : 0))
    throw new Misuse(`unexpected argument ${rest.at(-1)}; see --help`);
  for (const name of ["out", "factory"] as const)
    if (settings[name] === "") throw new Misuse(`--${name} needs a folder`);
  if (settings.order !== undefined && !/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(settings.order))
    throw new Misuse(`--order ${settings.order}: use up to 64 letters, digits, dots and dashes`);
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

function parseCount(option: string, text: string): number {
  const count = /^[0-9]{1,6}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > 100_000)
    throw new Misuse(`--${option} ${text}: give a whole number from 1 to 100000`);
  return count;
}

function parseFormat(text: string): LabelFormat {
  const format = labelFormats.find((one) => one === text);
  if (format) return format;
  throw new Misuse(`--format ${text}: use ${labelFormats.join(", ")}`);
}
