/**
 * A unit with an identity: its owner, its button, its link. What the owner asks arrives here as bytes, from
 * the set-up window (`setup/`) or from the broker (`link/`), and ends in one of the rooms.
 */
import { version } from "./about/version.ts";
import type { PrivilegedAction, UpdateWish } from "./commands/command.ts";
import type { SetSchema } from "./commands/decode.ts";
import { runCommand } from "./commands/run.ts";
import { Link, type LinkState } from "./link/link.ts";
import { linkLimits } from "./link/link-limits.ts";
import type { Digital, Platform } from "./platform/platform.ts";
import { aged } from "./privacy/aged.ts";
import type { Outlet } from "./privacy/outlet.ts";
import { Rights } from "./privacy/rights.ts";
import type { RunningProduct } from "./product/capabilities.ts";
import { Adoption } from "./setup/adoption.ts";
import { type Button, buttonAtStart, nextLookMs, readButton } from "./setup/button.ts";
import { type Claim, readClaim, writeClaim } from "./setup/claim.ts";
import { Improv } from "./setup/improv.ts";
import { accessPointName, SetUp } from "./setup/set-up.ts";
import { Station } from "./setup/wifi.ts";
import type { Areas } from "./storage/areas.ts";
import type { Identity } from "./storage/identity.ts";
import type { Mode } from "./storage/restart-loop.ts";
import type { TimeFloor } from "./storage/time-floor.ts";
import type { Anomalies, AnomalyResponse } from "./telemetry/anomaly.ts";
import type { Journal } from "./telemetry/journal.ts";
import type { Tampering } from "./update/integrity.ts";
import { inWords, writeQuietHours } from "./update/quiet-hours.ts";
import { sayFarewell } from "./wipe/farewell.ts";
import { receiptOf } from "./wipe/receipt.ts";
import type { WarningLight } from "./wipe/warning-light.ts";
import { forgetHeir, handedOn, heirMark, type WipeCause, wipe } from "./wipe/wipe.ts";

export interface UnitParts {
  readonly platform: Platform;
  readonly areas: Areas;
  readonly floor: TimeFloor;
  readonly journal: Journal;
  readonly anomalies: Anomalies;
  readonly outlet: Outlet;
  /** The product as it runs, and what its settings look like. */
  readonly running: RunningProduct<unknown>;
  readonly schema: SetSchema<unknown>;
  readonly light: WarningLight;
  readonly identity: Identity;
  readonly mode: Mode;
  readonly tampering: Tampering | undefined;
}

const isWipe = (outcome: ReturnType<typeof runCommand>) =>
  outcome.effect === "privileged" && outcome.action.cmd === "wipe";

export class Unit {
  private readonly parts: UnitParts;
  private readonly rights: Rights;
  private readonly station: Station;
  private readonly setUp: SetUp;
  private readonly input: Digital;
  private button: Button;
  private claim: Claim | undefined;
  /** The broker knows the unit and the unit the broker, at this moment. */
  private linked = false;
  private readonly adoption: Adoption;
  private improv: Improv | undefined;
  /** Somebody has just set the unit up and waits for it. */
  private awaited = false;
  /** The owner has just been forgotten; a restart follows. */
  private forgetting = false;
  private onWish: ((wish: UpdateWish) => void) | undefined;

  constructor(parts: UnitParts) {
    const { platform, areas, journal, outlet, identity } = parts;
    this.parts = parts;
    this.rights = new Rights(parts);
    this.claim = readClaim(areas.owner());
    this.station = new Station(
      platform,
      () => outlet.link?.start(this.awaited ? "now" : "spread"),
      () => outlet.link?.stop(),
    );
    this.adoption = new Adoption({
      ...parts,
      system: areas.system,
      station: this.station,
      claim: () => this.claim,
      reply: (message) => this.setUp.reply(message),
      onClaimed: (claim) => this.claimed(claim),
    });
    this.setUp = new SetUp(platform, areas.system, identity, {
      onOpened: () => {
        journal.record("set-up-opened");
        this.improv = new Improv(platform, {
          info: ["Thirteen", version, platform.board.name, accessPointName(identity.id)],
          owned: () => this.claim !== undefined,
          tryWifi: (wifi, onResult) => this.adoption.tryByCable(wifi, onResult),
        });
      },
      onClosed: () => this.setUpClosed(),
      onRefused: (reason) => {
        this.rights.refused();
        journal.record("pairing-refused", reason);
      },
      onRequest: (plaintext) => this.adoption.answer(plaintext),
    });
    this.input = new platform.Digital({
      pin: platform.board.button,
      mode: "input",
      onReadable: () => this.readButton(),
    });
    this.button = buttonAtStart(this.input.read() === 1);
    parts.anomalies.onResponse = (response, lastsMs) => this.respond(response, lastsMs);
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
    if (this.claim && this.parts.mode === "bare") this.station.keep(this.claim.wifi);
    else if (this.claim) this.connect(this.claim);
  }

  listen(onWish: (wish: UpdateWish) => void): void {
    this.onWish = onWish;
  }

  private readButton(): void {
    const { clock, timer } = this.parts.platform;
    const before = this.button;
    const { button, gesture } = readButton(before, this.input.read() === 1, clock.ticks());
    this.button = button;
    const look = nextLookMs(button);
    if (look !== undefined && look !== nextLookMs(before))
      timer.set(() => this.readButton(), Math.max(0, look - clock.ticks()));
    if (this.forgetting) return;
    // Until somebody owns the unit, there is nothing else a button could mean.
    if (gesture === "hold" || (gesture === "tap" && !this.claim)) this.openSetUp();
    else if (gesture === "tap") this.parts.running.tap();
    else if (gesture !== undefined) this.wipeByHand(gesture);
  }

  /** A unit that was tampered with takes no new network, broker or owner (EN 303 645 5.7-2). */
  private openSetUp(): void {
    if (this.parts.tampering === undefined) this.setUp.open();
    else this.parts.journal.record("pairing-refused", "tampered");
  }

  /** The button is held for longer than set-up needs: a warning first, and letting go decides. */
  private wipeByHand(gesture: "warn" | "arm" | "cancel" | "wipe"): void {
    this.parts.platform.trace("wipe", gesture);
    if (gesture === "warn") {
      this.setUp.close();
      this.parts.light.warn();
    } else if (gesture === "arm") this.parts.light.arm();
    else {
      this.parts.light.giveBack();
      if (this.parts.tampering !== undefined) this.parts.light.warn();
      const anything =
        this.claim || this.parts.tampering === "claim" || handedOn(this.parts.areas.system);
      if (gesture === "wipe" && anything) this.forget("button");
    }
  }

  /** Forgets the owner, says so to whoever may know it, and starts as a new unit. */
  private forget(cause: WipeCause, heir?: Uint8Array): void {
    const { areas, floor, platform, outlet, identity, journal } = this.parts;
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
      this.parts.light.done(() => platform.system.restart());
    });
  }

  private claimed(claim: Claim): void {
    if (!this.claim) this.rights.begin();
    this.parts.journal.record(this.claim ? "wifi-changed" : "claimed");
    writeClaim(this.parts.areas.owner() ?? this.parts.areas.beginOwner(), claim);
    this.parts.areas.markClaimed();
    forgetHeir(this.parts.areas.system);
    this.claim = claim;
    this.setUp.reply({ done: true });
    this.setUp.finish();
    this.awaited = true;
    this.connect(claim);
    this.awaited = false;
  }

  private setUpClosed(): void {
    this.parts.journal.record("set-up-closed");
    this.adoption.abandon();
    this.improv?.close();
    this.improv = undefined;
    // An attempt may have left the network for one that did not work.
    if (this.claim) this.station.keep(this.claim.wifi);
    else this.station.leave();
  }

  private connect({ wifi, broker }: Claim): void {
    const { network, timer, clock, random, trace } = this.parts.platform;
    const link = new Link({
      TLS: network.TLS,
      timer,
      clock,
      random,
      trace,
      endpoint: { ...broker, serverName: broker.host },
      limits: { backoff: { ...linkLimits.backoff, spreadMs: broker.spreadS * 1_000 } },
      identity: this.parts.identity,
      aged,
      onCommand: (bytes) => this.obey(bytes),
      onState: (state) => this.linkChanged(state),
      onRefused: (reason) => this.refused(reason),
    });
    this.parts.outlet.attach(link, () => this.rights.remind());
    this.station.keep(wifi);
  }

  private linkChanged(state: LinkState): void {
    this.linked = state.phase === "connected";
    this.rights.linked(this.linked);
    if (state.phase === "waiting" && state.reason !== "lost" && state.reason !== "held-off")
      this.parts.journal.record("link-refused", state.reason);
  }

  /** A command from the broker, as bytes. */
  private obey(bytes: Uint8Array): void {
    const { anomalies } = this.parts;
    anomalies.see("command");
    const outcome = runCommand(bytes, {
      unitId: this.parts.identity.id,
      ownerKey: this.claim?.owner,
      system: this.parts.areas.system,
      now: this.parts.floor.now(),
      crypto: this.parts.platform.crypto,
      schema: this.parts.schema,
      heeds: (kind) => anomalies.heeds(kind),
    });
    if (outcome.effect === "privileged") anomalies.vouched();
    if (outcome.effect === "erased") this.rights.erased(outcome.request);
    else if (!this.claim) return;
    else if (outcome.effect === "refused") this.refused(outcome.reason);
    else if (this.parts.tampering !== undefined && !isWipe(outcome)) this.refused("tampered");
    else if (outcome.effect === "privileged") this.perform(outcome.action);
    else if (outcome.effect === "update") this.wish(outcome.wish);
    else if (this.parts.mode !== "whole") this.refused("safe-mode");
    else {
      this.parts.platform.trace("commands", "set", { id: outcome.id });
      this.parts.running.apply(outcome.setting);
      this.parts.outlet.publish("event", { event: "command-done", id: outcome.id });
    }
  }

  /** What an anomaly calls for; the rest of it is asked for where it matters (`Anomalies.responds`). */
  private respond(response: AnomalyResponse, lastsMs: number): void {
    if (response === "shut-set-up") this.setUp.close();
    // In a moment: the owner hears of it first.
    if (response === "hang-up")
      this.parts.platform.timer.set(() => this.parts.outlet.link?.holdOff(lastsMs), 0);
  }

  private wish(wish: UpdateWish): void {
    if (this.onWish) this.onWish(wish);
    else this.refused("not-supported");
  }

  private refused(reason: string): void {
    this.rights.refused();
    this.parts.platform.trace("commands", "refused", { reason });
    this.parts.journal.record("command-refused", reason);
  }

  private perform(action: PrivilegedAction): void {
    this.parts.platform.trace("commands", action.cmd);
    switch (action.cmd) {
      case "wipe":
        this.forget("order");
        break;
      case "transfer-owner":
        this.forget("hand-over", heirMark(action.key, this.parts.platform.crypto));
        break;
      case "child-profile":
        this.rights.setChild(action.on);
        break;
      case "quiet-hours": {
        const owner = this.parts.areas.owner();
        if (owner) writeQuietHours(owner, action);
        this.parts.journal.record("quiet-hours", inWords(action));
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
