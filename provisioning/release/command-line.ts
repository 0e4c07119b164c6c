/** `npm run release`: what is typed, checked, and turned into one call. */
import { resolve, sep } from "node:path";
import { Fault } from "../fault.ts";
import { add } from "./add.ts";
import { count, help, Misuse, oneOf, readArguments, required, type Values } from "./arguments.ts";
import { severities } from "./catalogue.ts";
import { type Bench, keyFolder } from "./desk.ts";
import { type DeskRelease, readDesk } from "./desk-file.ts";
import { usualLimits } from "./health.ts";
import { init } from "./init.ts";
import { passphrases } from "./key-store.ts";
import { topLevelRoles } from "./metadata.ts";
import { publish } from "./publish.ts";
import { type Periods, usualPeriods } from "./repository.ts";
import { halt, revokeRelease, setRing, type Which } from "./ring.ts";
import { type Rotated, revokeKey, rotate } from "./rotate.ts";
import { sign } from "./sign.ts";
import { keyKinds } from "./signer.ts";
import { type Status, status } from "./status.ts";

export interface Surroundings {
  readonly environment: NodeJS.ProcessEnv;
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
  readonly progress: (text: string | undefined) => void;
  readonly now: () => Date;
  readonly beforeWrite?: (file: string) => void;
}

/** What a command has to say: to a program, and to a person. */
interface Said {
  readonly json: unknown;
  readonly text: string;
}

const commands: Readonly<Record<string, (bench: Bench, values: Values) => Promise<Said>>> = {
  init: runInit,
  add: runAdd,
  sign: runSign,
  publish: runPublish,
  ring: runRing,
  halt: runHalt,
  revoke: runRevoke,
  rotate: runRotate,
  status: runStatus,
};

/** Runs one command. 0 done, 1 something must be put right first, 2 it was typed wrongly. */
export async function runReleaseDesk(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<number> {
  try {
    const { values, positionals } = readArguments(args);
    if (values.help) {
      surroundings.print(help);
      return 0;
    }
    const [name, ...rest] = positionals;
    const run = name === undefined || !Object.hasOwn(commands, name) ? undefined : commands[name];
    if (!run)
      throw new Misuse(
        `${name ? `unknown command ${name}` : "no command"}; try: ${Object.keys(commands).join(", ")}, --help`,
      );
    if (rest.length > 0) throw new Misuse(`unexpected argument ${rest[0]}; see --help`);
    const { json, text } = await run(benchOf(values, surroundings), values);
    surroundings.print(values.json ? `${JSON.stringify(json)}\n` : text);
    return 0;
  } catch (error) {
    surroundings.progress(undefined);
    if (!(error instanceof Misuse || error instanceof Fault)) throw error;
    surroundings.printError(`${error.message}\n`);
    return error instanceof Misuse ? 2 : 1;
  }
}

function benchOf(values: Values, surroundings: Surroundings): Bench {
  const folder = values.folder ?? "build/release";
  const offline = values.offline ?? [`${folder}-offline`];
  if (folder === "" || offline.includes("") || values.out === "")
    throw new Misuse("--folder, --offline and --out need a folder");
  for (const one of offline)
    if (isWithin(one, folder) || isWithin(folder, one))
      throw new Misuse(`--offline ${one}: keep the root's keys apart from the desk (${folder})`);
  if (isWithin(values.out ?? publicFolder(values), folder))
    throw new Misuse(`--out ${values.out}: inside the desk are its keys; choose another folder`);
  if (values.development && values.production)
    throw new Misuse("--development makes what --production refuses; give one of them");
  const { environment, progress, now, beforeWrite } = surroundings;
  return {
    folder,
    offline,
    ask: passphrases(environment, {
      isDevelopment: values.development ?? false,
      online: keyFolder({ folder }),
    }),
    now: now(),
    isProduction: values.production ?? false,
    progress,
    ...(beforeWrite && { beforeWrite }),
  };
}

function isWithin(inner: string, outer: string): boolean {
  return `${resolve(inner)}${sep}`.startsWith(`${resolve(outer)}${sep}`);
}

function publicFolder(values: Values): string {
  return values.out ?? `${values.folder ?? "build/release"}-public`;
}

async function runInit(bench: Bench, values: Values): Promise<Said> {
  const rootKeys = count(values, "root-keys", { least: 1, most: 10, usual: 3 });
  const threshold = count(values, "threshold", {
    least: 1,
    most: rootKeys,
    usual: Math.min(2, rootKeys),
  });
  if (bench.isProduction && threshold < 2)
    throw new Misuse("--threshold 1: for production the root takes two signatures or more");
  const desk = await init(bench, {
    product: checkName("product", values.product ?? "T13-LAMP-1"),
    boards: (values.board ?? ["desk"]).map((board) => checkName("board", board)),
    rootKeys,
    threshold,
    keys: oneOf("keys", values.keys ?? "ed25519", keyKinds),
    periods: readPeriods(values.expire ?? []),
    isSample: values.development ?? false,
  });
  const { product, boards } = desk;
  const root = `${bench.folder}/staged/metadata/1.root.json`;
  return {
    json: {
      folder: bench.folder,
      offline: bench.offline,
      root,
      product,
      boards,
      threshold,
      rootKeys,
    },
    text: [
      `A release desk for ${product} (${boards.join(", ")}) in ${bench.folder}; ${threshold} of ${rootKeys} root keys sign a new root.`,
      `Root keys: ${bench.offline.join(", ")}. Take them away from here, and keep them apart from each other.`,
      `Build ${root} into the firmware.\n`,
    ].join("\n"),
  };
}

function checkName(what: string, name: string): string {
  if (/^[A-Za-z0-9-]{1,32}$/.test(name)) return name;
  throw new Misuse(`--${what} ${name}: letters, digits and dashes, 32 at most`);
}

function readPeriods(given: readonly string[]): Periods {
  const periods: Record<string, number> = { ...usualPeriods };
  for (const one of given) {
    const [role = "", days = ""] = one.split("=");
    if (!Object.hasOwn(periods, role) || !/^[1-9][0-9]{0,3}$/.test(days))
      throw new Misuse(`--expire ${one}: give ROLE=DAYS, e.g. timestamp=14`);
    periods[role] = Number(days);
  }
  return periods as unknown as Periods;
}

async function runAdd(bench: Bench, values: Values): Promise<Said> {
  const [board, other] = values.board ?? [];
  if (other !== undefined) throw new Misuse("--board: a release is for one board");
  const release = await add(bench, {
    imageFile: required(values, "image"),
    sbomFile: required(values, "sbom"),
    text: {
      why: required(values, "why"),
      risk: required(values, "risk"),
      severity: oneOf("severity", required(values, "severity"), severities),
    },
    supportEnd: required(values, "support-end"),
    percent: count(values, "percent", { least: 0, most: 100, usual: 10 }),
    deltas: count(values, "deltas", { least: 0, most: 8, usual: 2 }),
    ...(board !== undefined && { board }),
    ...(values.version !== undefined && { version: values.version }),
    ...(values.counter !== undefined && {
      counter: count(values, "counter", { least: 1, most: 2 ** 31 - 1, usual: 1 }),
    }),
  });
  const deltas = release.deltas.map(({ length }) => `${length}`);
  return {
    json: release,
    text: `${described(release)}: ${release.image.length} bytes, deltas ${deltas.join(", ") || "none"}. Next: sign.\n`,
  };
}

function described({ product, board, version, counter, percent }: DeskRelease): string {
  return `${product} ${version} for ${board} (counter ${counter}, ring ${percent} %)`;
}

async function runSign(bench: Bench): Promise<Said> {
  const signed = await sign(bench);
  return { json: signed, text: `Signed ${signed.roles.join(", ")}. Next: publish.\n` };
}

async function runPublish(bench: Bench, values: Values): Promise<Said> {
  const out = publicFolder(values);
  const published = await publish(bench, out);
  const { files, bytes, timestamp } = published;
  return {
    json: { out, ...published },
    text: `${out}: ${files} files, ${bytes} bytes written; timestamp ${timestamp}.\n`,
  };
}

async function runRing(bench: Bench, values: Values): Promise<Said> {
  const percent = count(values, "percent", { least: 0, most: 100, usual: -1 });
  if (percent < 0) throw new Misuse("--percent is missing; see --help");
  const limits = {
    mostRolledBack: count(values, "most-rolled-back", {
      least: 0,
      most: 100,
      usual: usualLimits.mostRolledBack,
    }),
    leastReports: count(values, "least-reports", {
      least: 1,
      most: 1e9,
      usual: usualLimits.leastReports,
    }),
  };
  const release = await setRing(bench, which(bench, values), percent, values.health, limits);
  return { json: release, text: `${described(release)}. Next: sign, publish.\n` };
}

async function runHalt(bench: Bench, values: Values): Promise<Said> {
  const release = await halt(bench, which(bench, values));
  return { json: release, text: `${described(release)}: halted. Next: sign, publish.\n` };
}

async function runRevoke(bench: Bench, values: Values): Promise<Said> {
  if ((values.key === undefined) === (values.release === undefined))
    throw new Misuse("revoke what: --key ID or --release VERSION");
  if (values.key !== undefined) return inRoots(await revokeKey(bench, values.key));
  const release = await revokeRelease(bench, which(bench, values));
  return { json: release, text: `${described(release)}: revoked. Next: sign, publish.\n` };
}

async function runRotate(bench: Bench, values: Values): Promise<Said> {
  const role = values.role === undefined ? undefined : oneOf("role", values.role, topLevelRoles);
  if (values.key !== undefined && role !== "root")
    throw new Misuse("--key: only the root has several keys; see --help");
  return inRoots(await rotate(bench, role, values.key));
}

function inRoots(rotated: Rotated): Said {
  const { root, role, replaced, by } = rotated;
  const what = replaced
    ? `${role} key ${replaced.slice(0, 8)} replaced by ${by?.slice(0, 8)}`
    : "renewed";
  return { json: rotated, text: `Root ${root}: ${what}. Next: sign, publish.\n` };
}

function which(bench: Bench, values: Values): Which {
  const version = required(values, "release");
  const boards = values.board ?? readDesk(bench.folder).boards;
  if (boards.length !== 1) throw new Misuse(`--board: one of ${boards.join(", ")}`);
  return { version, board: boards[0]! };
}

async function runStatus(bench: Bench, values: Values): Promise<Said> {
  const report = await status(bench, publicFolder(values));
  return { json: report, text: inWords(report) };
}

function inWords({ product, isSample, threshold, roles, releases, todo }: Status): string {
  return [
    `${product}${isSample ? " (sample keys: for trials only)" : ""}; the root takes ${threshold} signatures`,
    ...roles.map(
      ({ role, version, days, keys }) =>
        `  ${role.padEnd(20)} ${String(version).padStart(4)}  ${days} days left  ${keys.map(({ name }) => name).join(", ")}`,
    ),
    ...releases.map(
      ({ board, version, counter, percent, bytes, deltas, isRevoked }) =>
        `  ${version} for ${board}, counter ${counter}, ${isRevoked ? "revoked" : `ring ${percent} %`}, ${bytes} bytes${deltas.map((length) => `, delta ${length}`).join("")}`,
    ),
    ...(todo.length > 0 ? todo.map((line) => `! ${line}`) : ["nothing to do"]),
    "",
  ].join("\n");
}
