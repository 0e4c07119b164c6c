/** An order, and the steps of the line one by one. Each may be run again: it does what is left to do. */
import type { Settings, Surroundings } from "../command-line.ts";
import { Fault } from "../fault.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { UnitState } from "../ledger/schema.ts";
import { generateSerial } from "../serial.ts";
import {
  atStation,
  type Command,
  labelOptions,
  needed,
  report,
  requireOrder,
  say,
  targetKind,
  withTarget,
} from "./command.ts";
import { showProgress } from "./progress.ts";
import type { Station } from "./station.ts";
import { flashStep, gangs, issueStep, labelStep, type StepResult, verifyStep } from "./steps.ts";

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
