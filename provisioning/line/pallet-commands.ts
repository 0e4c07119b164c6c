/** Off the line: what is shipped and scrapped, and the report of where units are. */
import type { Settings, Surroundings } from "../command-line.ts";
import { Fault } from "../fault.ts";
import { type UnitState, unitStates } from "../ledger/schema.ts";
import { atStation, type Command, say } from "./command.ts";
import { removeLabels } from "./printer.ts";

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

export const report: Command = (settings, surroundings) =>
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
