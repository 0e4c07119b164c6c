/**
 * What an owner may do about her data, on the device: choose, see, and have the services forget
 * (EN 303 645 5.11-2, 6-2, 6-3; UK GDPR articles 7, 15 and 17). What she asked of the services is asked again
 * on every connection until they have said that it is done.
 */
import about from "../about/product.json" with { type: "json" };
import { version } from "../about/version.ts";
import { toHex } from "../platform/encoding.ts";
import type { Platform } from "../platform/platform.ts";
import type { Claim } from "../setup/claim.ts";
import type { Areas } from "../storage/areas.ts";
import type { Identity } from "../storage/identity.ts";
import type { TimeFloor } from "../storage/time-floor.ts";
import type { Anomalies } from "../telemetry/anomaly.ts";
import type { Journal } from "../telemetry/journal.ts";
import { offerReport } from "../update/offer.ts";
import { inWords, readQuietHours } from "../update/quiet-hours.ts";
import { confirmWipe, readWipe } from "../wipe/wipe.ts";
import {
  answered,
  type ConsentRefusal,
  type Consents,
  choose,
  readConsents,
  setChild,
  writeConsents,
} from "./consent.ts";
import { beginCustody, custodySince } from "./custody.ts";
import { isPurpose, type Purpose, purposes } from "./datum.ts";
import { discoveryOf } from "./home-assistant.ts";
import { noticeVersion } from "./notice.ts";
import type { Outlet } from "./outlet.ts";
import { sightOf } from "./sight.ts";

const diagnosticsPeriodMs = 24 * 60 * 60_000;
const requestBytes = 8;
/** Memory in steps: the exact figure would tell one device from another. */
const memoryStepKiB = 8;

export interface RightsParts {
  readonly platform: Platform;
  readonly areas: Areas;
  readonly outlet: Outlet;
  readonly journal: Journal;
  readonly anomalies: Pick<Anomalies, "noticed">;
  readonly floor: TimeFloor;
  readonly identity: Identity;
}

export class Rights {
  private readonly parts: RightsParts;
  private consents: Consents;
  private connected = false;
  /** Commands and passwords refused since the last report to the maker. */
  private refusals = 0;

  constructor(parts: RightsParts) {
    this.parts = parts;
    this.consents = readConsents(parts.areas.owner());
    parts.outlet.obey(this.consents);
    const { timer } = parts.platform;
    const daily = () => {
      timer.set(daily, diagnosticsPeriodMs);
      this.diagnose();
    };
    timer.set(daily, diagnosticsPeriodMs);
  }

  /** Somebody makes the unit hers: nothing is agreed to, and nothing of before is hers to see. */
  begin(): void {
    const { areas, journal } = this.parts;
    const newest = journal.entries().reduce((most, { sequence }) => Math.max(most, sequence), 0);
    const owner = areas.owner() ?? areas.beginOwner();
    beginCustody(owner, newest);
  }

  refused(): void {
    this.refusals++;
  }

  /** The broker is there: what only it can do is asked of it now. */
  linked(linked: boolean): void {
    if (linked && !this.connected) this.speak();
    this.connected = linked;
  }

  choose(purpose: string, granted: boolean): ConsentRefusal | undefined {
    if (!isPurpose(purpose)) return "unknown-purpose";
    const asked = granted ? {} : { asked: this.newRequest() };
    const choice = { granted, notice: noticeVersion, at: this.parts.floor.now(), ...asked };
    const chosen = choose(this.consents, purpose, choice);
    if (typeof chosen === "string") return chosen;
    this.keep(chosen);
    this.parts.journal.record(granted ? "consent-given" : "consent-withdrawn", purpose);
    if (granted && purpose === "diagnostics") this.diagnose();
    return undefined;
  }

  setChild(child: boolean): void {
    const made = { notice: noticeVersion, at: this.parts.floor.now() };
    this.keep(setChild(this.consents, child, made, () => this.newRequest()));
    this.parts.journal.record("child-profile", child ? "on" : "off");
  }

  /** Sends the owner what is held. */
  show(claim: Claim): void {
    const { areas, outlet, journal, platform } = this.parts;
    const held = {
      claim,
      consents: this.consents,
      quiet: inWords(readQuietHours(areas.owner())),
      since: custodySince(areas.owner()),
      entries: journal.entries(),
    };
    for (const report of sightOf(held, platform.crypto)) outlet.publish("sight", report);
  }

  /** A service has erased what `request` asked it to. */
  erased(request: string): void {
    const { areas, platform } = this.parts;
    const consents = answered(this.consents, request);
    const ours = consents !== this.consents;
    if (ours) this.store(consents);
    if (confirmWipe(areas.system, request) || ours)
      platform.trace("privacy", "services-erased", { request });
  }

  private keep(consents: Consents): void {
    this.store(consents);
    this.parts.outlet.obey(consents);
    this.speak();
  }

  private store(consents: Consents): void {
    const owner = this.parts.areas.owner();
    if (owner) writeConsents(owner, consents);
    this.consents = consents;
  }

  private newRequest(): string {
    return toHex(this.parts.platform.random(requestBytes));
  }

  /** Tells the broker what follows from the choices, and asks again what was not answered. */
  private speak(): void {
    this.remind();
    this.announce();
  }

  /** Asks of the services what they have not said is done. */
  remind(): void {
    const { areas, outlet } = this.parts;
    const wipe = readWipe(areas.system);
    if (wipe) {
      // Of the owner before: what the broker keeps of her goes before anything of today's comes.
      outlet.clear("discovery");
      this.ask(wipe.request, "everything");
    }
    for (const purpose of purposes) {
      const asked = this.consents.choices[purpose]?.asked;
      if (asked !== undefined) this.ask(asked, purpose);
    }
  }

  private ask(request: string, reason: Purpose | "everything"): void {
    this.parts.outlet.publish("security", { event: "erase-requested", request, reason });
  }

  private announce(): void {
    const { outlet, identity, areas } = this.parts;
    if (!outlet.permits("home-assistant")) return;
    const { name, model, maker } = about;
    const { version: offered } = offerReport(areas.system);
    outlet.publish("state", {
      installed: version,
      ...(offered === undefined ? {} : { offered }),
    });
    const facts = { id: identity.id, name, model, maker, firmware: version };
    outlet.announce("home-assistant", () =>
      discoveryOf({ ...facts, climate: outlet.permits("climate") }),
    );
  }

  private diagnose(): void {
    const { platform, outlet, anomalies } = this.parts;
    const { slotsPeak, chunksPeak } = platform.system.heap();
    const kib = (slotsPeak + chunksPeak) / 1024;
    outlet.publish("diagnostics", {
      firmware: version,
      hours: Math.floor(platform.clock.ticks() / 3_600_000),
      memory: memoryStepKiB * Math.ceil(kib / memoryStepKiB),
      refusals: this.refusals,
      anomalies: anomalies.noticed,
      dropped: outlet.link?.figures().dropped ?? 0,
    });
    this.refusals = 0;
    anomalies.noticed = 0;
  }
}
