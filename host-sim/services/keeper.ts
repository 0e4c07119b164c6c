/**
 * The service that keeps what a unit reports: its owner's history, and what the maker is sent if she
 * agreed. It is a peer of the broker like any other, with grants of its own, and does what the notice
 * says of it: keeps no longer than it may, erases when the unit or its owner asks, and says so
 * (EN 303 645 5.11-2, 6-3, 6-6).
 */
import { dataMap } from "../../device/privacy/data-map.ts";
import { type Datum, isPurpose, type Purpose } from "../../device/privacy/datum.ts";
import type { OwnerApp } from "../owner/owner-app.ts";

const dayMs = 24 * 3_600_000;
/** How long each kind of message is kept; what is not named here is not kept at all. */
export const keptMs: Readonly<Record<string, number>> = {
  state: 396 * dayMs,
  event: 396 * dayMs,
  diagnostics: 90 * dayMs,
};

export interface Row {
  readonly unit: string;
  readonly topic: string;
  readonly atMs: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export class Keeper {
  readonly app: OwnerApp;
  #rows: Row[] = [];
  /** Requests that were answered: one that is repeated must not erase what came after. */
  readonly #answered = new Set<string>();
  readonly #now: () => number;

  constructor(app: OwnerApp, now: () => number) {
    this.app = app;
    this.#now = now;
    app.on("message", (unit, topic, body) => void this.#take(unit, topic, body));
  }

  /** What is held, and no row for longer than it may be. */
  rows(unit?: string): readonly Row[] {
    this.#rows = this.#rows.filter(({ topic, atMs }) => this.#now() - atMs < (keptMs[topic] ?? 0));
    return this.#rows.filter((row) => unit === undefined || row.unit === unit);
  }

  /** Erases what is held of a unit: all of it, or what a purpose allowed. */
  erase(unit: string, purpose?: Purpose): void {
    if (purpose === undefined) this.#rows = this.#rows.filter((row) => row.unit !== unit);
    else
      this.#rows = this.#rows.flatMap((row) => {
        const body = row.unit === unit ? without(row.body, purpose) : row.body;
        return Object.keys(body).length === 0 ? [] : [{ ...row, body }];
      });
  }

  async #take(unit: string, topic: string, body: unknown): Promise<void> {
    if (typeof body !== "object" || body === null) return;
    const fields = body as Readonly<Record<string, unknown>>;
    if (fields.event === "erase-requested") return this.#answer(unit, fields);
    // What the unit says goodbye with is for its owner, not for us to keep.
    if (keptMs[topic] === undefined || fields.event === "wiped") return;
    this.#rows.push({ unit, topic, atMs: this.#now(), body: fields });
  }

  async #answer(unit: string, fields: Readonly<Record<string, unknown>>): Promise<void> {
    const { request, reason } = fields;
    if (typeof request !== "string") return;
    if (!this.#answered.has(request)) {
      this.erase(unit, isPurpose(reason) ? reason : undefined);
      this.#answered.add(request);
    }
    const answer = { v: 1, id: "services", erased: request };
    await this.app.publish(unit, Buffer.from(JSON.stringify(answer))).catch(() => {});
  }
}

/** The fields that did not need this purpose's consent. */
function without(body: Row["body"], purpose: Purpose): Row["body"] {
  const map: Readonly<Record<string, Datum>> = dataMap;
  return Object.fromEntries(
    Object.entries(body).filter(([name]) => map[name]?.consent !== purpose),
  );
}
