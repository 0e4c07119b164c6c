/**
 * A release that was offered, from the first word to the owner until the restart into it: kept across the
 * plug, postponed within limits, never installed while the product is in use (EN 303 645 5.3-5, 5.3-6,
 * 5.3-11). Whether now is the time is decided in `policy.ts`.
 */
import type { UpdateWish } from "../commands/command.ts";
import { forgetOffer, type Offer, readOffer, writeOffer } from "./offer.ts";
import { judgeMoment, postponementS } from "./policy.ts";
import type { UpdateParts } from "./update.ts";

/** So that the owner still hears of it before the restart, and can think better of it. */
const farewellMs = 2_000;
/** Until the broker has everything; with a broker that takes nothing, no longer than this. */
const longestFarewellMs = 10_000;
const lookMs = 200;

export class WaitingRelease {
  private readonly parts: UpdateParts;
  private readonly onGone: () => void;
  private offer: Offer | undefined;
  private timer: number | undefined;
  private told = "";

  /** @param onGone called when what waited was not whole any more */
  constructor(parts: UpdateParts, onGone: () => void) {
    this.parts = parts;
    this.onGone = onGone;
    this.offer = this.settled();
  }

  get offered(): boolean {
    return this.offer !== undefined;
  }

  /** What was offered before the start and still is. */
  private settled(): Offer | undefined {
    const { slots, system } = this.parts;
    const offer = readOffer(system);
    if (!offer) return undefined;
    const over = offer.counter <= slots.floor || offer.sha256 === slots.verdict?.sha256;
    if (over) forgetOffer(system);
    return over ? undefined : offer;
  }

  begin(): void {
    if (this.offer) this.judgeAfter(farewellMs);
  }

  /** The owner is told once of each image; an offer that stands keeps its date and her wish. */
  offerOnce(release: Omit<Offer, "offeredAt">): void {
    const { platform, journal, time } = this.parts;
    const { version, severity } = release;
    if (this.offer?.sha256 === release.sha256) return;
    this.keep({ ...release, offeredAt: time.now() });
    platform.trace("update", "offered", { version, severity });
    journal.record("update-offered", version);
  }

  wish(wish: Exclude<UpdateWish, "check">): void {
    if (!this.offer) return;
    const now = this.parts.time.now();
    this.keep(
      wish === "install"
        ? { ...this.offer, wanted: true }
        : { ...this.offer, wanted: false, postponedTo: now + postponementS },
    );
    this.judge();
  }

  /** Restarts into what waits, if now is the time. */
  judge(): void {
    const { parts, offer } = this;
    this.judgeAfter(undefined);
    if (!offer || parts.slots.waiting?.sha256 !== offer.sha256) return;
    const decision = judgeMoment(offer, {
      now: parts.time.now(),
      quiet: parts.quiet(),
      atRest: parts.atRest(),
    });
    if (decision.do === "install") {
      parts.platform.trace("update", "installing", { version: offer.version });
      parts.journal.record("update-installing", offer.version);
      this.restartAfter(farewellMs, farewellMs);
    } else {
      if (this.told !== decision.reason) parts.journal.record("update-waiting", decision.reason);
      this.told = decision.reason;
      parts.platform.trace("update", "waiting", { reason: decision.reason });
      if (decision.do === "wait") this.judgeAfter(decision.retryAfterMs);
    }
  }

  /** It is offered no longer. */
  withdraw(): void {
    if (this.offer) forgetOffer(this.parts.system);
    this.offer = undefined;
    this.judgeAfter(undefined);
  }

  private restartAfter(ms: number, waitedMs: number): void {
    this.timer = this.parts.platform.timer.set(() => this.restart(waitedMs), ms);
  }

  private restart(waitedMs: number): void {
    this.timer = undefined;
    // Somebody may have switched it on meanwhile.
    if (!this.offer || !this.parts.atRest()) {
      this.judge();
      return;
    }
    // What waits is lost with this life: who switched the lamp off would see it lit.
    if (this.parts.unsent() > 0 && waitedMs < longestFarewellMs) {
      this.restartAfter(lookMs, waitedMs + lookMs);
      return;
    }
    this.parts.install();
    // Still here.
    this.onGone();
  }

  private keep(offer: Offer): void {
    this.offer = offer;
    writeOffer(this.parts.system, offer);
  }

  private judgeAfter(ms: number | undefined): void {
    const { timer } = this.parts.platform;
    if (this.timer !== undefined) timer.clear(this.timer);
    this.timer =
      ms === undefined
        ? undefined
        : timer.set(() => {
            this.timer = undefined;
            this.judge();
          }, ms);
  }
}
