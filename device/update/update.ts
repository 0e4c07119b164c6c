/**
 * Keeps the firmware new: looks for a release once a day, fetches it into the spare slot, and restarts
 * into it when that suits the owner (EN 303 645 5.3-2 to 5.3-5). What is believed is decided in
 * `metadata/`, what is wanted in `policy.ts`, when it is installed in `waiting-release.ts`, what is kept
 * in `slots.ts`; this joins them to a host and a timer.
 */
import type { UpdateWish } from "../commands/command.ts";
import { nextWait, uniformOf } from "../link/backoff.ts";
import type { Platform } from "../platform/platform.ts";
import { encodeText } from "../platform/text.ts";
import type { Identity } from "../storage/identity.ts";
import type { KeyValue } from "../storage/key-value.ts";
import type { TimeFloor } from "../storage/time-floor.ts";
import type { Journal } from "../telemetry/journal.ts";
import { Repository } from "./download.ts";
import type { Mirror } from "./endpoint.ts";
import { ImageFetch } from "./image-fetch.ts";
import { deviceLimits } from "./metadata/limits.ts";
import { nobleCryptography } from "./metadata/noble-check.ts";
import { isRefused } from "./metadata/refusal.ts";
import { trustRoot } from "./metadata/trusted-set.ts";
import { decodeState, encodeState } from "./metadata/trusted-state.ts";
import { judgeInTurns, restMs } from "./metadata/turns.ts";
import { type QuietHours, supportOf } from "./policy.ts";
import { type Found, ReleaseSearch } from "./release-search.ts";
import type { Slots } from "./slots.ts";
import { WaitingRelease } from "./waiting-release.ts";

/** All that an update may touch. */
export interface UpdateParts {
  readonly platform: Platform;
  readonly slots: Slots;
  readonly system: KeyValue;
  /** Restarts into the image that waits; comes back only when nothing did. */
  install(): void;
  /** Undefined: a unit without an identity reaches nobody, so it stays as it is. */
  readonly identity: Identity | undefined;
  readonly time: TimeFloor;
  readonly journal: Journal;
  /** Of the running firmware. */
  readonly version: string;
  /** The owner's quiet hours. */
  quiet(): QuietHours;
  /** The product may be restarted. */
  atRest(): boolean;
  /** Messages to the owner that the broker has not acknowledged. */
  unsent(): number;
  /** Too much was refused of late to look again soon. */
  putOff(): boolean;
  /** The owner's wishes go to `onWish` from now on. */
  listen(onWish: (wish: UpdateWish) => void): void;
}

export interface UpdateOptions {
  /** The text of root.json version 1: on a chip a text of the firmware's own lies in flash, its bytes would not. */
  readonly root: string;
  /** The product's model, as releases name it. */
  readonly product: string;
  /** Last day of support as the firmware knows it; a release may say a later one. */
  readonly supportEnd: string;
  /** At least one. */
  readonly mirrors: readonly Mirror[];
}

const dayMs = 86_400_000;
/** The first look after a start; a street that comes back from a power cut does not ask as one. */
const firstLook = { baseMs: 30_000, capMs: 90_000 };
const retry = { baseMs: 300_000, capMs: dayMs / 4 };
/**
 * No repository signs a timestamp for longer: one that is over at T was signed after T less this, and
 * that is what the time floor learns of it. Shorter ones only leave the floor lower, which is safe.
 */
const longestTimestampS = 31 * 86_400;
const stateKey = "update.trusted";

export class Updates {
  private readonly parts: UpdateParts;
  private readonly options: UpdateOptions;
  private readonly identity: Identity;
  private readonly waiting: WaitingRelease;
  private repository: Repository | undefined;
  /** The first root is being verified: a second time beside it could undo what was trusted since. */
  private beginning = false;
  private mirror = 0;
  /** Mirrors tried in this look without success. */
  private failed = 0;
  private waitMs = 0;
  /** The timestamp of the repository in which there was nothing to do. */
  private handled: number | undefined;
  private lookTimer: number | undefined;

  /** Begins at once; nothing is asked of the network before half a minute has passed. */
  constructor(parts: UpdateParts, identity: Identity, options: UpdateOptions) {
    this.parts = parts;
    this.identity = identity;
    this.options = options;
    this.waiting = new WaitingRelease(parts, () => {
      this.handled = undefined;
      this.look();
    });
    parts.listen((wish) => this.wish(wish));
    this.judgeSupport(options.supportEnd);
    this.lookAfter(nextWait(firstLook, 0, this.uniform()));
    this.waiting.begin();
  }

  private wish(wish: UpdateWish): void {
    this.parts.platform.trace("update", "wish", { wish });
    // From the bottom of the stack: a signature needs most of it.
    if (wish === "check") {
      if (!this.repository && !this.beginning) this.lookAfter(0);
      return;
    }
    this.waiting.wish(wish);
  }

  /** Asks the repository, unless that is under way. */
  private look(): void {
    const { platform, system } = this.parts;
    if (this.repository || this.beginning) return;
    this.lookAfter(undefined);
    const mirror = this.options.mirrors[this.mirror % this.options.mirrors.length] as Mirror;
    platform.trace("update", "looking", { host: mirror.host });
    const stored = system.read(stateKey);
    const state = stored && decodeState(stored);
    if (!state) {
      this.trustFirstRoot();
      return;
    }
    const repository = new Repository({
      platform,
      identity: this.identity,
      mirror,
      onTrusted: (next) => system.write(stateKey, encodeState(next)),
    });
    this.repository = repository;
    new ReleaseSearch({
      repository,
      state,
      unit: this.unit(),
      now: this.parts.time.now(),
      handledTimestamp:
        this.waiting.offered && !this.parts.slots.waiting ? undefined : this.handled,
      onDone: (found) => this.found(repository, found),
    }).start();
  }

  private unit() {
    const { platform, slots, version } = this.parts;
    const spare = platform.flash.open({ path: platform.slots.spare, mode: "r" });
    const { size } = spare.status();
    spare.close();
    return {
      id: this.identity.id,
      product: this.options.product,
      board: platform.board.name,
      version,
      floor: slots.floor,
      slotBytes: size,
      givenUp: slots.verdict?.sha256,
      sha256: (bytes: Uint8Array) => {
        const digest = new platform.Digest();
        digest.write(bytes);
        return digest.close();
      },
    };
  }

  /** Begins with the root that came with the firmware; looks on in a turn after it, as after every step that verifies. */
  private trustFirstRoot(): void {
    const { platform, system, time } = this.parts;
    const bytes = encodeText(this.options.root);
    const standing = { now: time.now(), limits: deviceLimits };
    this.beginning = true;
    judgeInTurns(
      platform.timer,
      nobleCryptography(platform.crypto),
      (cryptography) => trustRoot(bytes, { ...standing, ...cryptography }),
      (first) => {
        this.beginning = false;
        if (isRefused(first)) this.refused(`first root: ${first.refused}`);
        else system.write(stateKey, encodeState(first));
        this.lookAfter(isRefused(first) ? dayMs : restMs);
      },
    );
  }

  private found(repository: Repository, found: Found): void {
    const { time } = this.parts;
    const timestamp = found.state.timestamp;
    if (timestamp) time.raise(timestamp.expires - longestTimestampS);
    if (found.result === "failed") {
      this.lookFailed(found.reason, found.refused);
      return;
    }
    this.failed = 0;
    this.waitMs = 0;
    if (found.result === "unchanged") {
      this.done("unchanged");
      return;
    }
    if (found.supportEnd !== undefined) this.judgeSupport(found.supportEnd);
    if (found.result === "nothing") {
      // What was offered and is offered no longer (a halted release) is not installed.
      this.waiting.withdraw();
      this.handled = timestamp?.version;
      if (found.refused) this.refused(found.reason);
      this.done(found.reason);
      return;
    }
    this.fetch(repository, found);
  }

  private fetch(repository: Repository, found: Extract<Found, { result: "release" }>): void {
    const { parts } = this;
    const { image, why, risk, severity } = found.release;
    const { sha256, counter, version } = image;
    this.waiting.offerOnce({ sha256, counter, version, why, risk, severity });
    if (parts.slots.waiting?.sha256 === sha256) {
      this.ready(found);
      return;
    }
    new ImageFetch({
      ...found,
      parts,
      repository,
      onDone: (result) => {
        if (result === "whole") this.ready(found);
        else this.lookFailed(result.reason, result.refused);
      },
    }).start();
  }

  private ready({ state }: Found): void {
    this.handled = state.timestamp?.version;
    this.done("ready");
    this.waiting.judge();
  }

  private done(outcome: string): void {
    this.parts.platform.trace("update", "looked", { outcome });
    this.closeRepository();
    this.lookAfter(dayMs * (0.9 + 0.2 * this.uniform()));
  }

  /** Another mirror may do better; after the last, a while. */
  private lookFailed(reason: string, refused: boolean): void {
    this.closeRepository();
    if (refused) this.refused(reason);
    else this.parts.platform.trace("update", "failed", { reason });
    this.mirror++;
    this.failed++;
    if (this.failed < this.options.mirrors.length) {
      this.lookAfter(1_000);
      return;
    }
    this.failed = 0;
    this.waitMs = nextWait(retry, this.waitMs, this.uniform());
    this.lookAfter(this.parts.putOff() ? dayMs : this.waitMs);
  }

  private refused(reason: string): void {
    this.parts.platform.trace("update", "refused", { reason });
    this.parts.journal.record("update-refused", reason);
  }

  /** Said once after each start: the maker no longer mends this product. */
  private judgeSupport(end: string): void {
    const { journal, time } = this.parts;
    if (supportOf(end, time.now()) === "ended") journal.record("support-ended", end);
  }

  private closeRepository(): void {
    this.repository?.close();
    this.repository = undefined;
  }

  private lookAfter(ms: number | undefined): void {
    const { timer } = this.parts.platform;
    if (this.lookTimer !== undefined) timer.clear(this.lookTimer);
    this.lookTimer = ms === undefined ? undefined : timer.set(() => this.lookDue(), ms);
  }

  private lookDue(): void {
    this.lookTimer = undefined;
    this.look();
  }

  private uniform(): number {
    return uniformOf(this.parts.platform.random(4));
  }
}

/** What `device.ts` is started with, in a firmware that updates itself. */
export function updatesFrom(options: UpdateOptions): (parts: UpdateParts) => void {
  return (parts) => {
    if (parts.identity) new Updates(parts, parts.identity, options);
  };
}
