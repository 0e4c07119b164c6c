/**
 * Keeps the unit on its network: joins, notices the loss, joins again with jitter, so that a street
 * of devices does not come back from a power cut in one breath (EN 303 645 5.9-2, 5.9-3).
 */
import { nextWait, uniformOf } from "../link/backoff.ts";
import type { JoinFailure, NetworkInterface, Platform } from "../platform/platform.ts";
import type { Wifi } from "./claim.ts";

/** A radio that has said nothing for this long has failed. */
const joinTimeoutMs = 30_000;
const retry = { baseMs: 1_000, capMs: 60_000 };

export type JoinResult = "ready" | JoinFailure;

export class Station {
  private readonly platform: Platform;
  private readonly interface: NetworkInterface;
  /** The network to stay on; while undefined, nothing is retried. */
  private kept: Wifi | undefined;
  private attempt: ((result: JoinResult) => void) | undefined;
  private timer: number | undefined;
  private waitMs = 0;
  private ready = false;
  private readonly onReady: () => void;
  private readonly onLost: () => void;

  /** `onReady` and `onLost` alternate, and are called for a kept network only. */
  constructor(platform: Platform, onReady: () => void, onLost: () => void) {
    this.platform = platform;
    this.onReady = onReady;
    this.onLost = onLost;
    this.interface = new platform.network.Interface({ onChanged: () => this.changed() });
  }

  /** Joins once and says how it went; for set-up, where a person waits for the answer. */
  tryJoin(wifi: Wifi, onResult: (result: JoinResult) => void): void {
    this.leave();
    this.attempt = onResult;
    this.connect(wifi);
  }

  /** Joins and stays joined; takes over a network that `tryJoin` has just joined. */
  keep(wifi: Wifi): void {
    this.kept = wifi;
    if (this.interface.connection === 3) this.changed();
    else this.connect(wifi);
  }

  leave(): void {
    this.kept = undefined;
    this.attempt = undefined;
    this.clearTimer();
    this.interface.disconnect();
    this.lost();
  }

  private connect({ ssid, password }: Wifi): void {
    this.clearTimer();
    this.interface.connect({ SSID: ssid, ...(password === "" ? {} : { password }) });
    this.timer = this.platform.timer.set(() => this.failed("no-address"), joinTimeoutMs);
  }

  private changed(): void {
    const { connection, failure } = this.interface;
    if (connection === 3) this.joined();
    else if (connection === 0) this.failed(failure ?? "lost");
  }

  private joined(): void {
    this.clearTimer();
    this.waitMs = 0;
    this.finish("ready");
    if (this.kept === undefined || this.ready) return;
    this.ready = true;
    this.platform.trace("setup", "wifi-ready", { address: this.interface.address ?? "" });
    this.onReady();
  }

  private failed(failure: JoinFailure): void {
    this.clearTimer();
    this.lost();
    this.finish(failure);
    const wifi = this.kept;
    if (wifi === undefined) return;
    this.waitMs = nextWait(retry, this.waitMs, uniformOf(this.platform.random(4)));
    this.platform.trace("setup", "wifi-retry", { reason: failure, waitMs: this.waitMs });
    this.timer = this.platform.timer.set(() => this.connect(wifi), this.waitMs);
  }

  private lost(): void {
    if (!this.ready) return;
    this.ready = false;
    this.onLost();
  }

  private finish(result: JoinResult): void {
    const attempt = this.attempt;
    this.attempt = undefined;
    attempt?.(result);
  }

  private clearTimer(): void {
    if (this.timer !== undefined) this.platform.timer.clear(this.timer);
    this.timer = undefined;
  }
}
