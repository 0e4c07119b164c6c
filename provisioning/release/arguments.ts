/** What `npm run release` may be told, and how it is read. */
import { parseArgs } from "node:util";
import { errorCode } from "../fault.ts";

export const help = `Usage: npm run release -- <command> [options]

  init      makes the keys (the root's in the offline folders), the first root, an empty repository
  add       takes in an image as a release, and makes the deltas to it
  sign      signs what changed, and always a new timestamp: run it before the timestamp ends
  publish   puts the signed repository into the folder that the web host serves
  ring      offers a release to more, or fewer, of the units
  halt      offers a release to no more units
  revoke    --release VERSION: never again on offer; --key ID: lost or stolen, replaced by a new one
  rotate    replaces a key (--role), or renews the root (no --role)
  status    keys, dates, releases, and what wants doing

  --folder DIR           the desk: online keys, staged files (build/release)
  --offline DIR          where the root's keys are; repeat for more media (<folder>-offline)
  --out DIR              publish, status: the public folder (<folder>-public)
  --product P --board B  init: what is released here; --board may be repeated (T13-LAMP-1, desk)
  --root-keys N --threshold N      init: keys of the root, and how many must sign (3, 2)
  --keys ed25519|p256    init: of what kind; p256 for chips, which check it in native code (ed25519)
  --expire ROLE=DAYS     init: root=365, targets=180, snapshot=60, timestamp=14; repeat
  --image FILE           add: the image as it lies in a slot
  --sbom FILE            add: its component list, CycloneDX JSON
  --why TEXT --risk TEXT --severity routine|important|critical    add: what users are told
  --support-end DAY      add: until when the product gets updates
  --percent N            add, ring: share of the units it is offered to (add: 10)
  --board B --version V  add: refuse an image that says otherwise
  --counter N            add: the rollback counter (the last, and one more)
  --deltas N             add: from how many releases before it (2)
  --release V --board B  ring, halt, revoke: which (the board may be left out where there is one)
  --health FILE          ring: report to widen on; --most-rolled-back N in 100 (1), --least-reports N (10)
  --role R --key ID      rotate: root, targets, snapshot or timestamp, and which key
  --production           refuse sample keys
  --development          for trials: makes and keeps passphrases, marks the keys as samples
  --json                 one JSON document on standard output
  --help

Passphrases are asked for, or taken from THIRTEEN_RELEASE_PASSPHRASE (online keys) and
THIRTEEN_ROOT_PASSPHRASE (root keys). See docs/releasing.md.
`;

const text = { type: "string" } as const;
const texts = { type: "string", multiple: true } as const;
const flag = { type: "boolean" } as const;

const options = {
  folder: text,
  offline: texts,
  out: text,
  product: text,
  board: texts,
  "root-keys": text,
  threshold: text,
  keys: text,
  expire: texts,
  image: text,
  sbom: text,
  why: text,
  risk: text,
  severity: text,
  "support-end": text,
  percent: text,
  version: text,
  counter: text,
  deltas: text,
  release: text,
  health: text,
  "most-rolled-back": text,
  "least-reports": text,
  role: text,
  key: text,
  production: flag,
  development: flag,
  json: flag,
  help: { type: "boolean", short: "h" },
} as const;

export class Misuse extends Error {}

export type Values = ReturnType<typeof readArguments>["values"];

export function readArguments(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    // Its message goes on about `--`; the first sentence says it.
    const [first = ""] = error instanceof Error ? error.message.split(/\. |\n/) : [];
    if (errorCode(error)?.startsWith("ERR_PARSE_ARGS")) throw new Misuse(`${first}; see --help`);
    throw error;
  }
}

/** Options that are given once, with a text. */
type TextName = {
  [Name in keyof Values]-?: Exclude<Values[Name], undefined> extends string ? Name : never;
}[keyof Values];

export function required(values: Values, name: TextName): string {
  const value = values[name];
  if (value === undefined || value === "") throw new Misuse(`--${name} is missing; see --help`);
  return value;
}

export function count(
  values: Values,
  name: TextName,
  { least, most, usual }: { least: number; most: number; usual: number },
): number {
  const value = values[name];
  if (value === undefined) return usual;
  const number = /^[0-9]{1,10}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= least && number <= most))
    throw new Misuse(`--${name} ${value}: give a whole number from ${least} to ${most}`);
  return number;
}

export function oneOf<T extends string>(name: string, value: string, known: readonly T[]): T {
  const found = known.find((one) => one === value);
  if (found === undefined) throw new Misuse(`--${name} ${value}: give ${known.join(", ")}`);
  return found;
}
