/** The line's commands, from order to pallet. Each may be run again: it does what is left to do. */
import { join } from "node:path";
import { checkLabelFile } from "../check-label.ts";
import type { Settings, Surroundings } from "../command-line.ts";
import { Fault } from "../fault.ts";
import { givenAnchors, givenPassphrase } from "../given.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { type UnitState, unitStates } from "../ledger/schema.ts";
import { passphraseVariable } from "../passphrase.ts";
import { generateSerial, normaliseSerial } from "../serial.ts";
import { type CellMessage, runCells } from "./cells.ts";
import { runLine } from "./line.ts";
import { commandPrinter, folderPrinter, type LabelFormat, removeLabels } from "./printer.ts";
import { showProgress } from "./progress.ts";
import { openStation, type Station } from "./station.ts";
import {
  flashStep,
  gangs,
  issueStep,
  labelStep,
  type StepResult,
  type Turned,
  verifyStep,
} from "./steps.ts";
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

type Command = (settings: Settings, surroundings: Surroundings) => Promise<void>;

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

export const order: Command = (settings, surroundings) =>
  atStation(settings, surroundings, async ({ ledger }) => {
    const name = needed(settings.order, "--order NAME");
    const release = await targetKind(settings, surroundings).release(settings);
    const row = {
      name,
      count: settings.count,
      release: JSON.stringify(release),
      ordered_at: new Date().toISOString(),
    };
    const serials = new Set<string>();
    while (serials.size < settings.count) serials.add(generateSerial());
    const isNew = await ledger.order(row, [...serials]);
    const known = await ledger.findOrder(name);
    if (!isNew && (known?.count !== row.count || known.release !== row.release))
      throw new Fault(
        `order ${name} is there already, for ${known?.count} units${known?.release === row.release ? "" : " and another release"}; choose another name`,
      );
    say(
      settings,
      surroundings,
      { order: name, units: row.count, isNew, release },
      `order ${name}: ${row.count} units${isNew ? "" : " (was there already)"}`,
    );
  });

/** Of the line; `issue --out` without an order is the way by hand (issue.ts). */
export const issueForOrder: Command = (settings, surroundings) =>
  atStation(settings, surroundings, async (station) => {
    const name = needed(settings.order, "--order NAME");
    await requireOrder(station.ledger, name);
    const total = settings.isCountGiven
      ? settings.count
      : ((await station.ledger.counts(name)).ordered ?? 0);
    const progress = showProgress(process.stderr, total);
    const started = performance.now();
    let issued = 0;
    while (issued < total) {
      const made = await issueStep(station, name, Math.min(gangs.issue, total - issued));
      if (made === 0) break;
      issued += made;
      progress.advance(made);
    }
    progress.close();
    const milliseconds = Math.round(performance.now() - started);
    say(
      settings,
      surroundings,
      { order: name, issued, milliseconds },
      `${issued} issued in ${milliseconds} ms`,
    );
  });

/** Units that are named are also flashed again, when a read-back found the first try torn. */
export const flash: Command = (settings, surroundings) =>
  step(
    settings,
    surroundings,
    settings.serials.length > 0 ? ["issued", "flashed"] : ["issued"],
    gangs.flash,
    (station, units) =>
      withTarget(settings, surroundings, (target) => flashStep(station, target, units)),
  );

export const verify: Command = (settings, surroundings) =>
  step(settings, surroundings, ["flashed"], gangs.verify, (station, units) =>
    withTarget(settings, surroundings, (target) =>
      verifyStep(station, target, units, { boot: settings.boot }),
    ),
  );

export const label: Command = (settings, surroundings) =>
  step(settings, surroundings, ["verified"], gangs.label, (station, units) =>
    labelStep(station, units, labelOptions(settings, surroundings)),
  );

async function step(
  settings: Settings,
  surroundings: Surroundings,
  from: readonly UnitState[],
  gang: number,
  work: (station: Station, units: Awaited<ReturnType<Ledger["atStation"]>>) => Promise<StepResult>,
): Promise<void> {
  await atStation(settings, surroundings, async (station) => {
    const most = settings.isCountGiven ? settings.count : Number.MAX_SAFE_INTEGER;
    const here = await Promise.all(
      from.map((state) => station.ledger.atStation(station.station, state, Math.min(most, 1e6))),
    );
    const waiting = here
      .flat()
      .filter(({ order_name }) => settings.order === undefined || order_name === settings.order)
      .filter(({ serial }) => settings.serials.length === 0 || settings.serials.includes(serial))
      .slice(0, most);
    const progress = showProgress(process.stderr, waiting.length);
    const done: string[] = [];
    const turned: { serial: string; reason: string }[] = [];
    for (let at = 0; at < waiting.length; at += gang) {
      const result = await work(station, waiting.slice(at, at + gang));
      done.push(...result.done);
      turned.push(...result.turned);
      progress.advance(result.done.length);
    }
    progress.close();
    report(settings, surroundings, { done, turned }, `${done.length} done`);
  });
}

function report<Result extends { readonly turned: readonly Turned[] }>(
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

/** The whole line for one order, in cells (see cells.ts). */
export const run: Command = async (settings, surroundings) => {
  needed(settings.order, "--order NAME");
  if (settings.lot !== undefined || surroundings.entry === undefined)
    return runInThisProcess(settings, surroundings);
  const passphrase = await givenPassphrase(settings, surroundings);
  const total = await atStation(settings, surroundings, async ({ ledger }) => {
    await requireOrder(ledger, settings.order!);
    const counts = await ledger.counts(settings.order);
    return (["ordered", "issued", "flashed", "verified"] as const).reduce(
      (sum, state) => sum + (counts[state] ?? 0),
      0,
    );
  });
  const progress = showProgress(process.stderr, total);
  const started = performance.now();
  const result = await runCells({
    entry: surroundings.entry,
    args: [...surroundings.args, "--lot", "256"],
    environment: { ...surroundings.environment, [passphraseVariable]: passphrase },
    onStep: (state, count) => state === "labelled" && progress.advance(count),
  });
  progress.close();
  const seconds = (performance.now() - started) / 1000;
  report(
    settings,
    surroundings,
    { order: settings.order, ...result, seconds, unitsPerSecond: result.labelled / seconds },
    `${result.labelled} labelled in ${seconds.toFixed(1)} s`,
  );
};

async function runInThisProcess(settings: Settings, surroundings: Surroundings): Promise<void> {
  const isCell = settings.lot !== undefined && process.send !== undefined;
  const tell = (message: CellMessage) => void (isCell && process.send?.(message));
  try {
    await atStation(settings, surroundings, async (station) => {
      await requireOrder(station.ledger, settings.order!);
      const result = await withTarget(settings, surroundings, (target) =>
        runLine(station, {
          ...labelOptions(settings, surroundings),
          order: settings.order!,
          target,
          boot: settings.boot,
          ...(settings.lot !== undefined && { most: settings.lot }),
          onStep: (state, count) => tell({ step: state, count }),
        }),
      );
      tell({ ended: result });
      if (!isCell) report(settings, surroundings, result, `${result.labelled} labelled`);
    });
  } catch (error) {
    if (!(error instanceof Fault) || !isCell) throw error;
    tell({ fault: error.message });
  }
  // The channel would keep a cell alive that has nothing more to do.
  if (isCell) process.disconnect?.();
}

export const ship: Command = (settings, surroundings) =>
  move(settings, surroundings, "shipped", ["labelled"]);

/** A unit that is not to be. What was sealed of it is forgotten. */
export const scrap: Command = (settings, surroundings) =>
  move(
    settings,
    surroundings,
    "scrapped",
    unitStates.filter((state) => state !== "scrapped"),
  );

async function move(
  settings: Settings,
  surroundings: Surroundings,
  to: "shipped" | "scrapped",
  from: readonly UnitState[],
): Promise<void> {
  if (settings.serials.length === 0 && (to === "scrapped" || settings.order === undefined))
    throw new Fault(
      `name the units: --serial SERIAL${to === "shipped" ? ", or --order NAME" : ""}`,
    );
  await atStation(settings, surroundings, async (station) => {
    const { ledger } = station;
    const units = (await ledger.units()).filter(({ serial, order_name }) =>
      settings.serials.length > 0
        ? settings.serials.includes(serial)
        : order_name === settings.order,
    );
    const lost = settings.serials.find((serial) => !units.some((unit) => unit.serial === serial));
    if (lost) throw new Fault(`no unit ${lost}; nothing was changed`);
    const moving = units.filter(({ state }) => state !== to);
    const wrong = moving.find(({ state }) => !from.includes(state));
    if (wrong && settings.serials.length > 0)
      throw new Fault(
        `unit ${wrong.serial} is ${wrong.state}; only ${from.join(", ")} can be ${to}`,
      );
    const done: string[] = [];
    for (const state of from) {
      const serials = moving.filter((unit) => unit.state === state).map(({ serial }) => serial);
      for (let at = 0; at < serials.length; at += 500) {
        const part = serials.slice(at, at + 500);
        await ledger.advance(
          part,
          // Whoever packs or scraps is not always the station that made it.
          {
            from: state,
            to,
            station: station.station,
            anywhere: true,
            at: new Date(),
            forget: true,
          },
          part.map(() => (settings.reason ? { reason: settings.reason } : {})),
        );
      }
      done.push(...serials);
    }
    if (settings.labels !== undefined) removeLabels(settings.labels, done);
    await station.endShift();
    say(settings, surroundings, { [to]: done }, `${done.length} ${to}`);
  });
}

export const reportCommand: Command = (settings, surroundings) =>
  atStation(settings, surroundings, async ({ ledger }) => {
    const orders = await ledger.orders();
    const rows = await Promise.all(
      orders.map(async ({ name, count }) => ({
        order: name,
        count,
        ...(await ledger.counts(name)),
      })),
    );
    const revoked = (await ledger.revoked()).length;
    const all = await ledger.counts();
    const lines = rows.map(
      ({ order: name, count, ...counts }) => `${name}: ${count} ordered; now ${inWords(counts)}`,
    );
    say(
      settings,
      surroundings,
      { orders: rows, units: all, revoked },
      [...lines, `all units: ${inWords(all)}; ${revoked} revoked`].join("\n"),
    );
  });

function inWords(counts: Partial<Record<UnitState, number>>): string {
  const said = unitStates
    .filter((state) => counts[state])
    .map((state) => `${counts[state]} ${state}`);
  return said.join(", ") || "none";
}

export const checkLabel: Command = async (settings, surroundings) => {
  const [file] = settings.files;
  const verdict = checkLabelFile(
    needed(file, "a file: check-label FILE --key KEY"),
    needed(settings.key, "--key FILE, the maker's key"),
    new Date(),
  );
  if (settings.json) surroundings.print(`${JSON.stringify(verdict)}\n`);
  if (!verdict.ok) throw new Fault(`NOT OK: ${verdict.reason}: ${verdict.detail}`);
  if (settings.json) return;
  const { label: said, daysLeft } = verdict;
  const months = Math.floor(daysLeft / 30.44);
  surroundings.print(
    `OK: ${said.product} (${said.model}) of ${said.maker}${said.serial ? `, serial ${said.serial}` : ""}\n` +
      `Security updates until ${said.support.end}: ${months} more months\n` +
      `Report a weakness: ${said.vulnerabilities.contact}\n` +
      (said.sample ? "This is a SAMPLE product: it is nobody's to sell\n" : ""),
  );
};

async function requireOrder(ledger: Ledger, name: string): Promise<void> {
  if (!(await ledger.findOrder(name)))
    throw new Fault(`no order ${name}; place it with: order --order ${name} --count N`);
}

function targetKind({ target }: Settings, { targets }: Surroundings): TargetKind {
  const kind = targets[target];
  if (kind) return kind;
  throw new Fault(`--target ${target}: use ${Object.keys(targets).join(" or ")}`);
}

async function withTarget<T>(
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

function labelOptions(settings: Settings, surroundings: Surroundings) {
  const { printer: command, labels, format } = settings;
  if (command !== undefined && format === "sheet")
    throw new Fault("--format sheet is for a folder; a printer's command takes svg, zpl or pdf");
  const printer = command
    ? commandPrinter(command, format as Exclude<LabelFormat, "sheet">)
    : folderPrinter(labels ?? join(settings.factory, "labels"), format);
  return { printer, ...(settings.scan && surroundings.scan && { scan: surroundings.scan }) };
}

function needed<T>(value: T | undefined, what: string): T {
  if (value !== undefined) return value;
  throw new Fault(`this needs ${what}`);
}

/** Serials as typed or scanned. @throws Fault for one whose check character is wrong. */
export function readSerials(texts: readonly string[]): string[] {
  return texts.map((text) => {
    const serial = normaliseSerial(text);
    if (!serial) throw new Fault(`--serial ${text}: not a serial; look at the label again`);
    return serial;
  });
}
