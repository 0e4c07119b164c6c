/** `run`: the whole line for one order, in cells. */
import type { Settings, Surroundings } from "../command-line.ts";
import { Fault } from "../fault.ts";
import { givenPassphrase } from "../given.ts";
import { passphraseVariable } from "../passphrase.ts";
import { type CellMessage, runCells } from "./cells.ts";
import {
  atStation,
  type Command,
  labelOptions,
  needed,
  report,
  requireOrder,
  withTarget,
} from "./command.ts";
import { runLine } from "./line.ts";
import { showProgress } from "./progress.ts";

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
