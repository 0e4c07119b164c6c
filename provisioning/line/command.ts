/** What the line's commands share: a station opened as it was told, a target, and how a result is said. */
import { join } from "node:path";
import type { Settings, Surroundings } from "../command-line.ts";
import { Fault } from "../fault.ts";
import { givenAnchors, givenPassphrase } from "../given.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { commandPrinter, folderPrinter, type LabelFormat } from "./printer.ts";
import { openStation, type Station } from "./station.ts";
import type { Turned } from "./steps.ts";
import type { Target } from "./target.ts";
import type { BoardImages } from "./vendor-checks.ts";

/** What a target needs to be opened, and to describe what its units are flashed with. */
export interface TargetKind {
  open(settings: Settings): Target;
  /** Keeps the release in the factory's folder and describes it. */
  release(settings: Settings): Promise<object>;
  /** What units are flashed with, for the chip vendor's checks; absent where there is no chip. */
  images?(settings: Settings): BoardImages;
}

export type Command = (settings: Settings, surroundings: Surroundings) => Promise<void>;

export async function atStation<T>(
  settings: Settings,
  surroundings: Surroundings,
  work: (station: Station) => Promise<T>,
): Promise<T> {
  const { factory: folder, development } = settings;
  const passphrase = await givenPassphrase(settings, surroundings);
  const anchors = await givenAnchors(settings, passphrase);
  const station = await openStation({
    folder,
    passphrase,
    station: settings.station,
    ...(settings.database !== undefined && { database: settings.database }),
    ...(settings.token !== undefined && { token: settings.token }),
    ...(anchors && { serverAnchors: anchors }),
    patienceMs: development ? 10_000 : 60_000,
  });
  try {
    return await work(station);
  } finally {
    await station.close();
  }
}

/** One JSON document, or lines for people. */
export function say(
  { json }: Settings,
  { print }: Surroundings,
  report: object,
  text: string,
): void {
  print(json ? `${JSON.stringify(report)}\n` : `${text}\n`);
}

export function report<Result extends { readonly turned: readonly Turned[] }>(
  settings: Settings,
  surroundings: Surroundings,
  result: Result,
  text: string,
): void {
  const lines = result.turned.map(({ serial, reason }) => `${serial}: ${reason}`);
  say(settings, surroundings, result, [text, ...lines].join("\n"));
  if (result.turned.length > 0)
    throw new Fault(
      `${result.turned.length} units stay where they are; flash each again (flash --serial SERIAL), or scrap it`,
    );
}

export async function requireOrder(ledger: Ledger, name: string): Promise<void> {
  if (!(await ledger.findOrder(name)))
    throw new Fault(`no order ${name}; place it with: order --order ${name} --count N`);
}

export function targetKind({ target }: Settings, { targets }: Surroundings): TargetKind {
  const kind = targets[target];
  if (kind) return kind;
  throw new Fault(`--target ${target}: use ${Object.keys(targets).join(" or ")}`);
}

export async function withTarget<T>(
  settings: Settings,
  surroundings: Surroundings,
  work: (target: Target) => Promise<T>,
): Promise<T> {
  const target = targetKind(settings, surroundings).open(settings);
  try {
    return await work(target);
  } finally {
    await target.close();
  }
}

export function labelOptions(settings: Settings, surroundings: Surroundings) {
  const { printer: command, labels, format } = settings;
  if (command !== undefined && format === "sheet")
    throw new Fault("--format sheet is for a folder; a printer's command takes svg, zpl or pdf");
  const printer = command
    ? commandPrinter(command, format as Exclude<LabelFormat, "sheet">)
    : folderPrinter(labels ?? join(settings.factory, "labels"), format);
  return { printer, ...(settings.scan && surroundings.scan && { scan: surroundings.scan }) };
}

export function needed<T>(value: T | undefined, what: string): T {
  if (value !== undefined) return value;
  throw new Fault(`this needs ${what}`);
}
