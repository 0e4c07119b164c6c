/**
 * The firmware: the rooms, joined. Each root (the chip's `main.ts`, the desk's `runtime/main.ts`)
 * gathers its board into a `Platform` and starts this.
 */
import { builtSeconds, version } from "./about/version.ts";
import type { PrivilegedAction, UpdateWish } from "./commands/command.ts";
import type { SetSchema } from "./commands/decode.ts";
import { runCommand } from "./commands/run.ts";
import { houseProduct } from "./house-product.ts";
import { Link, type LinkState } from "./link/link.ts";
import { linkLimits } from "./link/link-limits.ts";
import type { Digital, Platform } from "./platform/platform.ts";
import { aged } from "./privacy/aged.ts";
import { Outlet } from "./privacy/outlet.ts";
import { Rights } from "./privacy/rights.ts";
import type { Product, RunningProduct } from "./product/capabilities.ts";
import { resting } from "./product/resting.ts";
import { type Button, buttonAtStart, nextLookMs, readButton } from "./setup/button.ts";
import { type Claim, readClaim, type Wifi, writeClaim } from "./setup/claim.ts";
import { Improv } from "./setup/improv.ts";
import { reach } from "./setup/reach.ts";
import { grantSetUp, parseRequest, type SetUpRequest } from "./setup/request.ts";
import { accessPointName, SetUp } from "./setup/set-up.ts";
import { Station } from "./setup/wifi.ts";
import { type Areas, openAreas } from "./storage/areas.ts";
import { type Identity, readIdentity } from "./storage/identity.ts";
import { countStart, type Mode, type Starts, soundMs, stayMs } from "./storage/restart-loop.ts";
import { openTimeFloor, type TimeFloor } from "./storage/time-floor.ts";
import { type Journal, type JournalEntry, openJournal } from "./telemetry/journal.ts";
import { watchMemory } from "./telemetry/memory-watch.ts";
import { checkImage, type Tampering } from "./update/integrity.ts";
import { offerReport } from "./update/offer.ts";
import { inWords, readQuietHours, writeQuietHours } from "./update/quiet-hours.ts";
import { Slots } from "./update/slots.ts";
import { watchTrial } from "./update/trial.ts";
import type { UpdateParts } from "./update/update.ts";
import { sayFarewell } from "./wipe/farewell.ts";
import { receiptOf } from "./wipe/receipt.ts";
import { WarningLight } from "./wipe/warning-light.ts";
import {
  finishWipe,
  forgetHeir,
  handedOn,
  heirMark,
  mayClaim,
  readWipe,
  type WipeCause,
  wipe,
} from "./wipe/wipe.ts";

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
  const journal = openJournal(areas.system, platform, floor.now, platform.clock.ticks, (entry) => {
    platform.trace("telemetry", entry.event, traceable(entry));
    // The maker's words go with every event about the release they are of, before it and after.
    const ours = entry.event.startsWith("update-") && entry.event !== "update-refused";
    outlet.publish("security", ours ? { ...offerReport(areas.system), ...entry } : entry);
  });
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
  let device: Device | undefined;
  if ("reason" in identity) journal.record("storage-damaged", `identity ${identity.reason}`);
  else {
    const { mode } = starts;
    device = new Device(
      platform,
      areas,
      floor,
      journal,
      outlet,
      running,
      product,
      light,
      identity,
      mode,
      tampering,
    );
    device.start();
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
      listen: (onWish) => device?.listen(onWish),
    });
  proveUpdate(platform, slots, journal, running, device, keepNew);
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
  device: Device | undefined,
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
      storage: slots.trial !== undefined && (!slots.trial.owned || device?.owned === true),
      identity: device !== undefined,
      link: device?.link ?? "not-needed",
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

const isWipe = (outcome: ReturnType<typeof runCommand>) =>
  outcome.effect === "privileged" && outcome.action.cmd === "wipe";

const traceable = ({ reason, sequence }: JournalEntry) => ({
  sequence,
  ...(reason === undefined ? {} : { reason }),
});

/** A unit with an identity: its owner, its button, its link. */
class Device {
  private readonly platform: Platform;
  private readonly areas: Areas;
  private readonly floor: TimeFloor;
  private readonly journal: Journal;
  private readonly outlet: Outlet;
  private readonly product: RunningProduct<unknown>;
  private readonly schema: SetSchema<unknown>;
  private readonly identity: Identity;
  private readonly mode: Mode;
  private readonly tampering: Tampering | undefined;
  private readonly light: WarningLight;
  private readonly rights: Rights;
  private readonly station: Station;
  private readonly setUp: SetUp;
  private readonly input: Digital;
  private button: Button;
  private claim: Claim | undefined;
  /** The broker knows the unit and the unit the broker, at this moment. */
  private linked = false;
  /** Counts what was tried for an owner, so that a result that comes too late is nobody's. */
  private attempt = 0;
  private improv: Improv | undefined;
  private byCable: Wifi | undefined;
  /** Somebody has just set the unit up and waits for it. */
  private awaited = false;
  /** The owner has just been forgotten; a restart follows. */
  private forgetting = false;
  private onWish: ((wish: UpdateWish) => void) | undefined;

  constructor(
    platform: Platform,
    areas: Areas,
    floor: TimeFloor,
    journal: Journal,
    outlet: Outlet,
    running: RunningProduct<unknown>,
    schema: SetSchema<unknown>,
    light: WarningLight,
    identity: Identity,
    mode: Mode,
    tampering: Tampering | undefined,
  ) {
    this.platform = platform;
    this.areas = areas;
    this.floor = floor;
    this.journal = journal;
    this.outlet = outlet;
    this.product = running;
    this.schema = schema;
    this.light = light;
    this.identity = identity;
    this.mode = mode;
    this.tampering = tampering;
    this.rights = new Rights({ platform, areas, outlet, journal, floor, identity });
    this.claim = readClaim(areas.owner());
    this.station = new Station(
      platform,
      () => outlet.link?.start(this.awaited ? "now" : "spread"),
      () => outlet.link?.stop(),
    );
    this.setUp = new SetUp(platform, areas.system, identity, {
      onOpened: () => {
        journal.record("set-up-opened");
        this.improv = new Improv(platform, {
          info: ["Thirteen", version, platform.board.name, accessPointName(identity.id)],
          owned: () => this.claim !== undefined,
          tryWifi: (wifi, onResult) => this.tryByCable(wifi, onResult),
        });
      },
      onClosed: () => this.setUpClosed(),
      onRefused: (reason) => {
        this.rights.refused();
        journal.record("pairing-refused", reason);
      },
      onRequest: (plaintext) => this.answer(plaintext),
    });
    this.input = new platform.Digital({
      pin: platform.board.button,
      mode: "input",
      onReadable: () => this.readButton(),
    });
    this.button = buttonAtStart(this.input.read() === 1);
  }

  get owned(): boolean {
    return this.claim !== undefined;
  }

  get link(): "authenticated" | "waiting" | "not-needed" {
    if (this.claim === undefined) return "not-needed";
    return this.linked ? "authenticated" : "waiting";
  }

  start(): void {
    // In case it is the broker that kills the unit.
    if (this.claim && this.mode === "bare") this.station.keep(this.claim.wifi);
    else if (this.claim) this.connect(this.claim);
  }

  listen(onWish: (wish: UpdateWish) => void): void {
    this.onWish = onWish;
  }

  private readButton(): void {
    const { clock, timer } = this.platform;
    const before = this.button;
    const { button, gesture } = readButton(before, this.input.read() === 1, clock.ticks());
    this.button = button;
    const look = nextLookMs(button);
    if (look !== undefined && look !== nextLookMs(before))
      timer.set(() => this.readButton(), Math.max(0, look - clock.ticks()));
    if (this.forgetting) return;
    // Until somebody owns the unit, there is nothing else a button could mean.
    if (gesture === "hold" || (gesture === "tap" && !this.claim)) this.openSetUp();
    else if (gesture === "tap") this.product.tap();
    else if (gesture !== undefined) this.wipeByHand(gesture);
  }

  /** A unit that was tampered with takes no new network, broker or owner (EN 303 645 5.7-2). */
  private openSetUp(): void {
    if (this.tampering === undefined) this.setUp.open();
    else this.journal.record("pairing-refused", "tampered");
  }

  /** The button is held for longer than set-up needs: a warning first, and letting go decides. */
  private wipeByHand(gesture: "warn" | "arm" | "cancel" | "wipe"): void {
    this.platform.trace("wipe", gesture);
    if (gesture === "warn") {
      this.setUp.close();
      this.light.warn();
    } else if (gesture === "arm") this.light.arm();
    else {
      this.light.giveBack();
      if (this.tampering !== undefined) this.light.warn();
      const anything = this.claim || this.tampering === "claim" || handedOn(this.areas.system);
      if (gesture === "wipe" && anything) this.forget("button");
    }
  }

  /** Forgets the owner, says so to whoever may know it, and starts as a new unit. */
  private forget(cause: WipeCause, heir?: Uint8Array): void {
    const { areas, floor, platform, outlet, identity, journal } = this;
    this.forgetting = true;
    this.claim = undefined;
    this.setUp.close();
    outlet.forget();
    const named = heir === undefined ? {} : { heir };
    const done = wipe(areas, { cause, at: floor.now(), random: platform.random(8), ...named });
    platform.trace("wipe", "done", { cause });
    journal.record("wiped", cause);
    const receipt = this.linked ? receiptOf(done, identity, version, platform.crypto) : undefined;
    sayFarewell({ outlet, timer: platform.timer }, done, receipt, () => {
      this.station.leave();
      this.light.done(() => platform.system.restart());
    });
  }

  /** One request from inside the set-up session. */
  private answer(plaintext: Uint8Array): void {
    const request = parseRequest(plaintext);
    if (request === undefined) this.setUp.reply({ refused: "bad-request" });
    else if (request.do === "set-up") this.adopt(request);
    else if (request.do === "receipt") this.giveReceipt();
    else
      this.setUp.reply({
        status: {
          id: this.identity.id,
          version,
          owned: this.claim !== undefined,
          ...(this.mode === "whole" ? {} : { safeMode: true }),
        },
      });
  }

  /** To whoever holds label and button, of a unit that nobody owns. */
  private giveReceipt(): void {
    const { areas, identity, platform } = this;
    const wipe = this.claim ? undefined : readWipe(areas.system);
    const receipt = wipe && receiptOf(wipe, identity, version, platform.crypto);
    this.setUp.reply(receipt === undefined ? { refused: "no-receipt" } : { receipt });
  }

  /**
   * Tries the network, and the service through it, while the owner still listens; keeps nothing that does
   * not work.
   */
  private adopt(request: Extract<SetUpRequest, { do: "set-up" }>): void {
    const granted = grantSetUp(request, this.claim, this.byCable);
    const { system } = this.areas;
    const heir = mayClaim(system, request.owner, this.platform.crypto);
    if (typeof granted === "string" || !heir) {
      this.setUp.reply({ refused: typeof granted === "string" ? granted : "handed-to-another" });
      return;
    }
    this.floor.raise(request.time);
    this.setUp.reply({ progress: "joining" });
    const attempt = ++this.attempt;
    this.station.tryJoin(granted.wifi, (result) => {
      if (attempt !== this.attempt) return;
      if (result === "ready") this.reach(granted, attempt);
      else this.setUp.reply({ refused: `wifi-${result}` });
    });
  }

  private reach(claim: Claim, attempt: number): void {
    this.setUp.reply({ progress: "reaching" });
    reach(this.platform, claim.broker, this.identity, (reached) => {
      if (attempt !== this.attempt) return;
      if (reached) this.claimed(claim);
      else this.setUp.reply({ refused: "broker-not-reached" });
    });
  }

  /** A network from the cable: kept for the owner who claims the unit in this window, and no longer. */
  private tryByCable(wifi: Wifi, onResult: (joined: boolean) => void): void {
    const attempt = ++this.attempt;
    this.byCable = undefined;
    this.station.tryJoin(wifi, (result) => {
      if (attempt !== this.attempt) return;
      if (result === "ready") this.byCable = wifi;
      onResult(result === "ready");
    });
  }

  private claimed(claim: Claim): void {
    if (!this.claim) this.rights.begin();
    this.journal.record(this.claim ? "wifi-changed" : "claimed");
    writeClaim(this.areas.owner() ?? this.areas.beginOwner(), claim);
    this.areas.markClaimed();
    forgetHeir(this.areas.system);
    this.claim = claim;
    this.setUp.reply({ done: true });
    this.setUp.finish();
    this.awaited = true;
    this.connect(claim);
    this.awaited = false;
  }

  private setUpClosed(): void {
    this.journal.record("set-up-closed");
    // Whoever waited for an attempt is gone; and it may have left the network for one that did not work.
    this.attempt++;
    this.improv?.close();
    this.improv = undefined;
    this.byCable = undefined;
    if (this.claim) this.station.keep(this.claim.wifi);
    else this.station.leave();
  }

  private connect({ wifi, broker }: Claim): void {
    const { network, timer, clock, random, trace } = this.platform;
    const link = new Link({
      TLS: network.TLS,
      timer,
      clock,
      random,
      trace,
      endpoint: { ...broker, serverName: broker.host },
      limits: { backoff: { ...linkLimits.backoff, spreadMs: broker.spreadS * 1_000 } },
      identity: this.identity,
      aged,
      onCommand: (bytes) => this.obey(bytes),
      onState: (state) => this.linkChanged(state),
      onRefused: (reason) => this.refused(reason),
    });
    this.outlet.attach(link, () => this.rights.remind());
    this.station.keep(wifi);
  }

  private linkChanged(state: LinkState): void {
    this.linked = state.phase === "connected";
    this.rights.linked(this.linked);
    if (state.phase === "waiting" && state.reason !== "lost")
      this.journal.record("link-refused", state.reason);
  }

  /** A command from the broker, as bytes. */
  private obey(bytes: Uint8Array): void {
    const outcome = runCommand(bytes, {
      unitId: this.identity.id,
      ownerKey: this.claim?.owner,
      system: this.areas.system,
      now: this.floor.now(),
      crypto: this.platform.crypto,
      schema: this.schema,
    });
    if (outcome.effect === "erased") this.rights.erased(outcome.request);
    else if (!this.claim) return;
    else if (outcome.effect === "refused") this.refused(outcome.reason);
    else if (this.tampering !== undefined && !isWipe(outcome)) this.refused("tampered");
    else if (outcome.effect === "privileged") this.perform(outcome.action);
    else if (outcome.effect === "update") this.wish(outcome.wish);
    else if (this.mode !== "whole") this.refused("safe-mode");
    else {
      this.platform.trace("commands", "set", { id: outcome.id });
      this.product.apply(outcome.setting);
      this.outlet.publish("event", { event: "command-done", id: outcome.id });
    }
  }

  private wish(wish: UpdateWish): void {
    if (this.onWish) this.onWish(wish);
    else this.refused("not-supported");
  }

  private refused(reason: string): void {
    this.rights.refused();
    this.platform.trace("commands", "refused", { reason });
    this.journal.record("command-refused", reason);
  }

  private perform(action: PrivilegedAction): void {
    this.platform.trace("commands", action.cmd);
    switch (action.cmd) {
      case "wipe":
        this.forget("order");
        break;
      case "transfer-owner":
        this.forget("hand-over", heirMark(action.key, this.platform.crypto));
        break;
      case "child-profile":
        this.rights.setChild(action.on);
        break;
      case "quiet-hours": {
        const owner = this.areas.owner();
        if (owner) writeQuietHours(owner, action);
        this.journal.record("quiet-hours", inWords(action));
        break;
      }
      case "sight":
        if (this.claim) this.rights.show(this.claim);
        break;
      case "consent": {
        const refusal = this.rights.choose(action.purpose, action.granted);
        if (refusal) this.refused(refusal);
      }
    }
  }
}
