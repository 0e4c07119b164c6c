/**
 * The firmware: the rooms, joined. Each root (the chip's `main.ts`, the desk's `runtime/main.ts`)
 * gathers its board into a `Platform` and starts this.
 */
import { builtSeconds, version } from "./about/version.ts";
import { houseProduct } from "./house-product.ts";
import type { Platform } from "./platform/platform.ts";
import { Outlet } from "./privacy/outlet.ts";
import type { Product, RunningProduct } from "./product/capabilities.ts";
import { resting } from "./product/resting.ts";
import { readClaim } from "./setup/claim.ts";
import { type Areas, openAreas } from "./storage/areas.ts";
import { readIdentity } from "./storage/identity.ts";
import { countStart, type Starts, soundMs, stayMs } from "./storage/restart-loop.ts";
import { openTimeFloor } from "./storage/time-floor.ts";
import { Anomalies, watchedBy } from "./telemetry/anomaly.ts";
import { type Journal, type JournalEntry, openJournal } from "./telemetry/journal.ts";
import { watchMemory } from "./telemetry/memory-watch.ts";
import { Unit } from "./unit.ts";
import { checkImage, type Tampering } from "./update/integrity.ts";
import { offerReport } from "./update/offer.ts";
import { readQuietHours } from "./update/quiet-hours.ts";
import { Slots } from "./update/slots.ts";
import { watchTrial } from "./update/trial.ts";
import type { UpdateParts } from "./update/update.ts";
import { WarningLight } from "./wipe/warning-light.ts";
import { finishWipe } from "./wipe/wipe.ts";

/** Where new images come from. A firmware without one stays as it is. */
export type UpdateSource = (parts: UpdateParts) => void;

export function start(platform: Platform, product: Product, update: UpdateSource = () => {}): void {
  const areas = openAreas(platform);
  const { resetReason } = platform.system;
  // Before whatever it may be that kills the unit.
  const starts = countStart(areas.system, resetReason);
  const finished = finishWipe(areas);
  // Before anything that a new image could do wrong.
  const slots = new Slots(platform, areas.system, () => readClaim(areas.owner()) !== undefined);
  const outlet = new Outlet();
  const floor = openTimeFloor(areas.system, platform.clock, builtSeconds);
  const { ticks } = platform.clock;
  const written = openJournal(areas.system, platform, floor.now, ticks, (entry) => {
    platform.trace("telemetry", entry.event, traceable(entry));
    // The maker's words go with every event about the release they are of, before it and after.
    const ours = entry.event.startsWith("update-") && entry.event !== "update-refused";
    outlet.publish("security", ours ? { ...offerReport(areas.system), ...entry } : entry);
  });
  const anomalies = new Anomalies(ticks, (anomaly) => written.record("anomaly", anomaly));
  const journal = watchedBy(anomalies, written);
  platform.trace("device", "started", { version, reason: resetReason });
  if (resetReason !== "power-on" && starts.news) journal.record("reset", resetReason);
  watchLoop(platform, starts, journal);
  watchMemory(platform, journal);
  if (finished) journal.record("wiped", finished.cause);

  // First of all, and waiting for nothing: a lamp is a lamp without a network or an owner.
  const light = new WarningLight(
    new platform.Digital({ pin: platform.board.lamp, mode: "output", initialValue: 0 }),
    platform.timer,
  );
  const identity = readIdentity(areas.factory);
  const tampering = findTampering(platform, areas, slots, identity);
  if (tampering !== undefined) {
    outlet.alertsOnly();
    light.warn();
  }
  const running =
    starts.mode === "whole" && tampering === undefined
      ? houseProduct(product, platform, light, outlet)
      : resting;
  // A unit without an identity of its own joins nothing and lets nobody in (EN 303 645 5.4-2).
  let unit: Unit | undefined;
  if ("reason" in identity) journal.record("storage-damaged", `identity ${identity.reason}`);
  else {
    unit = new Unit({
      platform,
      areas,
      floor,
      journal,
      anomalies,
      outlet,
      running,
      schema: product,
      light,
      identity,
      mode: starts.mode,
      tampering,
    });
    unit.start();
  }
  // Now that there is a link to say it by; at each start, until newer entries have taken its place.
  if (!journal.whole && starts.news) journal.record("storage-damaged", "journal");
  if (tampering !== undefined) {
    journal.record("tampered", tampering);
    // An image on trial that is not what was verified is not confirmed: the old one starts next.
    return;
  }
  const keepNew = () =>
    update({
      platform,
      slots,
      system: areas.system,
      install: () => void slots.install(() => running.makeSafe()),
      identity: "reason" in identity ? undefined : identity,
      time: floor,
      journal,
      version,
      quiet: () => readQuietHours(areas.owner()),
      atRest: () => running.atRest() === true,
      unsent: () => outlet.unsent,
      putOff: () => anomalies.responds("put-off-updates"),
      listen: (onWish) => unit?.listen(onWish),
    });
  proveUpdate(platform, slots, journal, running, unit, keepNew);
  if (slots.start.next !== "self-check") keepNew();
}

/** What was changed, by nobody who may. The first of several: one is enough to join nothing else. */
function findTampering(
  platform: Platform,
  areas: Areas,
  slots: Slots,
  identity: ReturnType<typeof readIdentity>,
): Tampering | undefined {
  // What an image on trial cannot find is first of all its own fault: the self-check gives it up.
  const settled = slots.start.next !== "self-check";
  if ("reason" in identity)
    return settled && identity.reason === "damaged" ? "identity" : undefined;
  const image = checkImage(platform, slots);
  if (image !== undefined) return image;
  const owner = areas.owner();
  if (readClaim(owner) !== undefined) areas.markClaimed();
  else if (settled && (areas.wasClaimed() || owner?.keys().includes("claim"))) return "claim";
  return undefined;
}

/** In a loop of restarts: says so, and tries the whole firmware again after a while. */
function watchLoop({ system, timer }: Platform, starts: Starts, journal: Journal): void {
  if (starts.mode === "whole") {
    timer.set(() => starts.sound(), soundMs);
    return;
  }
  if (starts.news) journal.record("safe-mode", system.resetReason);
  timer.set(() => {
    journal.record("safe-mode-left");
    system.restart();
  }, stayMs(starts.badLives));
}

/** Reports what became of an update, and lets a new image prove itself. */
function proveUpdate(
  platform: Platform,
  slots: Slots,
  journal: Journal,
  running: RunningProduct<unknown>,
  unit: Unit | undefined,
  onConfirmed: () => void,
): void {
  const { report } = slots.start;
  if (report === "confirmed") journal.record("update-confirmed", version);
  else if (report !== undefined) journal.record("update-rolled-back", report);
  watchTrial({
    timer: platform.timer,
    clock: platform.clock,
    slots,
    health: () => ({
      storage: slots.trial !== undefined && (!slots.trial.owned || unit?.owned === true),
      identity: unit !== undefined,
      link: unit?.link ?? "not-needed",
      // Only a plain "yes" is one.
      product: running.healthy() === true,
    }),
    makeSafe: () => running.makeSafe(),
    onConfirmed() {
      journal.record("update-confirmed", version);
      onConfirmed();
    },
    onKept: (reason) => journal.record("update-rolled-back", `kept, although ${reason}`),
  });
}

const traceable = ({ reason, sequence }: JournalEntry) => ({
  sequence,
  ...(reason === undefined ? {} : { reason }),
});
