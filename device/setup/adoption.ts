/**
 * What is asked inside the set-up session, from the request to the claim: the network and the service are
 * tried while the owner still listens, and nothing is kept that does not work (EN 303 645 5.12-1).
 */
import { version } from "../about/version.ts";
import type { Platform } from "../platform/platform.ts";
import type { Identity } from "../storage/identity.ts";
import type { KeyValue } from "../storage/key-value.ts";
import type { Mode } from "../storage/restart-loop.ts";
import type { TimeFloor } from "../storage/time-floor.ts";
import { receiptOf } from "../wipe/receipt.ts";
import { mayClaim, readWipe } from "../wipe/wipe.ts";
import type { Claim, Wifi } from "./claim.ts";
import { reach } from "./reach.ts";
import { grantSetUp, parseRequest, type SetUpReply, type SetUpRequest } from "./request.ts";

import type { Station } from "./wifi.ts";

export interface AdoptionParts {
  readonly platform: Platform;
  readonly system: KeyValue;
  readonly identity: Identity;
  readonly floor: TimeFloor;
  readonly station: Station;
  readonly mode: Mode;
  /** Of whoever owns the unit now. */
  claim(): Claim | undefined;
  reply(message: SetUpReply): void;
  /** It works, so it is hers. */
  onClaimed(claim: Claim): void;
}

export class Adoption {
  private readonly parts: AdoptionParts;
  /** Counts what was tried for an owner, so that a result that comes too late is nobody's. */
  private attempt = 0;
  private byCable: Wifi | undefined;

  constructor(parts: AdoptionParts) {
    this.parts = parts;
  }

  /** Whoever waited for an attempt is gone. */
  abandon(): void {
    this.attempt++;
    this.byCable = undefined;
  }

  /** One request from inside the set-up session. */
  answer(plaintext: Uint8Array): void {
    const { parts } = this;
    const request = parseRequest(plaintext);
    if (request === undefined) parts.reply({ refused: "bad-request" });
    else if (request.do === "set-up") this.adopt(request);
    else if (request.do === "receipt") this.giveReceipt();
    else
      parts.reply({
        status: {
          id: parts.identity.id,
          version,
          owned: parts.claim() !== undefined,
          ...(parts.mode === "whole" ? {} : { safeMode: true }),
        },
      });
  }

  /** A network from the cable: kept for the owner who claims the unit in this window, and no longer. */
  tryByCable(wifi: Wifi, onResult: (joined: boolean) => void): void {
    const attempt = ++this.attempt;
    this.byCable = undefined;
    this.parts.station.tryJoin(wifi, (result) => {
      if (attempt !== this.attempt) return;
      if (result === "ready") this.byCable = wifi;
      onResult(result === "ready");
    });
  }

  /** To whoever holds label and button, of a unit that nobody owns. */
  private giveReceipt(): void {
    const { system, identity, platform } = this.parts;
    const wipe = this.parts.claim() ? undefined : readWipe(system);
    const receipt = wipe && receiptOf(wipe, identity, version, platform.crypto);
    this.parts.reply(receipt === undefined ? { refused: "no-receipt" } : { receipt });
  }

  /**
   * Tries the network, and the service through it, while the owner still listens; keeps nothing that does
   * not work.
   */
  private adopt(request: Extract<SetUpRequest, { do: "set-up" }>): void {
    const { system, platform, floor, station } = this.parts;
    const granted = grantSetUp(request, this.parts.claim(), this.byCable);
    const heir = mayClaim(system, request.owner, platform.crypto);
    if (typeof granted === "string" || !heir) {
      const refused = typeof granted === "string" ? granted : "handed-to-another";
      this.parts.reply({ refused });
      return;
    }
    floor.raise(request.time);
    this.parts.reply({ progress: "joining" });
    const attempt = ++this.attempt;
    station.tryJoin(granted.wifi, (result) => {
      if (attempt !== this.attempt) return;
      if (result === "ready") this.reach(granted, attempt);
      else this.parts.reply({ refused: `wifi-${result}` });
    });
  }

  private reach(claim: Claim, attempt: number): void {
    const { platform, identity } = this.parts;
    this.parts.reply({ progress: "reaching" });
    reach(platform, claim.broker, identity, (reached) => {
      if (attempt !== this.attempt) return;
      if (reached) this.parts.onClaimed(claim);
      else this.parts.reply({ refused: "broker-not-reached" });
    });
  }
}
