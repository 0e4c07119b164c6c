/**
 * Where reports leave. The argument types are the data map's, so nothing else can; and what needs the
 * owner's agreement leaves only while it is there (EN 303 645 6-2, 6-3).
 */
import type { Link } from "../link/link.ts";
import { channelOf, type MessageKind } from "../link/outbox.ts";
import { encodeText } from "../platform/text.ts";
import { askedNothing, type Consents, permits } from "./consent.ts";
import { declared, type Report } from "./data-map.ts";
import type { Purpose } from "./datum.ts";

const every: readonly MessageKind[] = [
  "state",
  "event",
  "security",
  "diagnostics",
  "discovery",
  "sight",
];

export class Outlet {
  link: Link | undefined;
  private state: Report = {};
  /** Of the product nothing leaves: the owner is gone, or the unit was tampered with. */
  private eventsOnly = false;
  private consents: Consents = askedNothing;

  /** Messages that the broker has not acknowledged. */
  get unsent(): number {
    const { waiting = 0, inFlight = 0 } = this.link?.figures() ?? {};
    return waiting + inFlight;
  }

  permits(purpose: Purpose): boolean {
    return permits(this.consents, purpose);
  }

  /** The ticket of its acknowledgement; undefined when it was not queued. */
  publish(kind: MessageKind, report: Report): number | undefined {
    if (this.eventsOnly && channelOf(kind) !== "event") return undefined;
    if (kind === "state") this.state = { ...this.state, ...report };
    const sent = declared(kind, kind === "state" ? this.state : report, (purpose) =>
      this.permits(purpose),
    );
    if (Object.keys(sent).length === 0) return undefined;
    return this.queue(kind, encodeText(JSON.stringify(sent)));
  }

  /** A text of its own form, such as what Home Assistant reads; it must be somebody's purpose. */
  announce(purpose: Purpose, text: () => string): void {
    if (!this.eventsOnly && this.permits(purpose)) this.queue("discovery", encodeText(text()));
  }

  /** Makes the broker forget what it keeps of this kind. */
  clear(kind: "state" | "discovery"): number | undefined {
    this.link?.forget(kind);
    return this.queue(kind, new Uint8Array(0));
  }

  /** The owner has chosen anew: what is not agreed to any more leaves the queue and the broker. */
  obey(consents: Consents): void {
    const had = (purpose: Purpose) => this.permits(purpose) && !permits(consents, purpose);
    const withdrawn = { diagnostics: had("diagnostics"), home: had("home-assistant") };
    this.consents = consents;
    this.link?.forget("state");
    if (withdrawn.diagnostics) this.link?.forget("diagnostics");
    if (withdrawn.home) this.clear("discovery");
    // The broker's copy of the state is replaced by one with no more in it than is agreed to.
    this.publish("state", {});
  }

  /** The owner is gone: what was queued for her is dropped, and of the product nothing leaves any more. */
  forget(): void {
    this.alertsOnly();
    for (const kind of every) this.link?.forget(kind);
  }

  /** From now on security events leave, and nothing else (EN 303 645 5.7-2). */
  alertsOnly(): void {
    this.eventsOnly = true;
  }

  /** A new link begins with what is still to be asked, and then the newest state. */
  attach(link: Link, ask: () => void): void {
    this.link?.stop();
    this.link = link;
    ask();
    this.publish("state", {});
  }

  private queue(kind: MessageKind, payload: Uint8Array): number | undefined {
    const ticket = this.link?.publish(kind, payload);
    return typeof ticket === "number" ? ticket : undefined;
  }
}
