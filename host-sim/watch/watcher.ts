/**
 * Notices devices and fleets that deviate. Pure but for what it remembers: events in, flags out, no
 * clock and no socket. It remembers when the newest few events of each rule came, and nothing of what
 * they said; bounded by `mostUnits`, the one not heard of for longest goes first.
 */
import type { BrokerEvent } from "../broker/broker-type.ts";
import { type Observed, type Rule, rules, type Signal } from "./signals.ts";

export interface Flag {
  readonly signal: Signal;
  /** A unit's id, "broker" for who never got in, "fleet" for many units at once. */
  readonly about: string;
  readonly atMs: number;
  /** Events it took. */
  readonly events: number;
  readonly words: string;
}

export const mostUnits = 100_000;
/** Of one thing it speaks once an hour. */
const quietMs = 60 * 60_000;
/** So many units at once are a fleet's affair: five, or one in fifty of those that are known. */
const fleetUnits = 5;
const fleetShare = 0.02;
/** Numbers that never came: an outage may cost a few, a journal that was cut costs more. */
const fewMissing = 5;

interface Memory {
  /** Times of the newest events that counted, by rule; at most `atLeast` each. */
  readonly times: number[][];
  readonly flaggedAt: Partial<Record<Signal, number>>;
  sequence: number | undefined;
  /** The newest entry of its journal that carries a mark. */
  linked: { readonly sequence: number; readonly mark: string } | undefined;
}

const newMemory = (): Memory => ({
  times: rules.map(() => []),
  flaggedAt: {},
  sequence: undefined,
  linked: undefined,
});

export class Watcher {
  readonly #units = new Map<string, Memory>();
  readonly #broker = newMemory();
  readonly #fleet = newMemory();
  /** Unit → when it last did what a rule counts. */
  readonly #affected = new Map<Signal, Map<string, number>>();

  /** The units it has heard of. */
  get known(): number {
    return this.#units.size;
  }

  observe(seen: Observed): Flag[] {
    const { unit = "broker", atMs } = seen;
    const memory = unit === "broker" ? this.#broker : this.#memoryOf(unit);
    const flags: Flag[] = [];
    const raise = (about: string, of: Memory, signal: Signal, events: number, words: string) => {
      const before = of.flaggedAt[signal];
      if (before !== undefined && atMs - before < quietMs) return;
      of.flaggedAt[signal] = atMs;
      flags.push({ signal, about, atMs, events, words });
    };
    rules.forEach((rule, index) => {
      if (!rule.counts(seen)) return;
      const count = remember(memory.times[index]!, rule, seen);
      if (count >= rule.atLeast) raise(unit, memory, rule.signal, count, rule.words);
      if (!rule.fleet || unit === "broker") return;
      const many = this.#affect(rule, unit, atMs);
      if (many >= Math.max(fleetUnits, this.known * fleetShare))
        raise("fleet", this.#fleet, rule.signal, many, `At ${many} devices at once: ${rule.words}`);
    });
    if (isBroken(memory, seen))
      raise(unit, memory, "broken-chain", 1, "Its journal was changed: its entries do not follow.");
    const gap = missingBefore(memory, seen);
    if (gap > fewMissing)
      raise(unit, memory, "missing-events", gap, `${gap} events of its journal never came.`);
    else if (gap < 0)
      raise(unit, memory, "missing-events", 1, "Its journal has begun anew: it was erased.");
    return flags;
  }

  /** It could not listen for a while: the next number of each journal is not held against the last. */
  wasAway(): void {
    for (const memory of this.#units.values()) memory.sequence = undefined;
  }

  #memoryOf(unit: string): Memory {
    const memory = this.#units.get(unit) ?? newMemory();
    this.#units.delete(unit);
    this.#units.set(unit, memory);
    if (this.#units.size > mostUnits) this.#units.delete(this.#units.keys().next().value!);
    return memory;
  }

  /** How many units this rule has counted at of late. */
  #affect({ signal, withinMs }: Rule, unit: string, atMs: number): number {
    const affected = this.#affected.get(signal) ?? new Map<string, number>();
    this.#affected.set(signal, affected);
    affected.delete(unit);
    affected.set(unit, atMs);
    for (const [other, at] of affected) {
      if (atMs - at < Math.min(withinMs, quietMs)) break;
      affected.delete(other);
    }
    return affected.size;
  }
}

/** Counts the event, and as many more as the device had counted; the sum within the rule's time. */
function remember(times: number[], { atLeast, withinMs }: Rule, seen: Observed): number {
  for (let left = Math.min(seen.times ?? 1, atLeast); left > 0; left--) times.push(seen.atMs);
  while (times.length > atLeast) times.shift();
  while (times.length > 0 && seen.atMs - (times[0] as number) >= withinMs) times.shift();
  return times.length;
}

/**
 * The entry claims to follow one that it does not, or bears the number of another. The key is the
 * device's, so the watcher can only compare; whoever has rewritten the newest entries shows all the same.
 */
function isBroken(memory: Memory, { sequence, after, prev, mark }: Observed): boolean {
  if (sequence === undefined || mark === undefined) return false;
  const before = memory.linked;
  if (before === undefined || sequence > before.sequence) memory.linked = { sequence, mark };
  if (before === undefined) return false;
  if (sequence === before.sequence) return mark !== before.mark;
  return after === before.sequence && prev !== before.mark;
}

/** How many numbers of its journal were passed over; -1 when they went back by more than a resend. */
function missingBefore(memory: Memory, { sequence }: Observed): number {
  if (sequence === undefined) return 0;
  const before = memory.sequence;
  if (before !== undefined && sequence <= before) {
    // MQTT may deliver twice, and the newest are sent again after a loss.
    if (before - sequence <= 16) return 0;
    memory.sequence = sequence;
    return -1;
  }
  memory.sequence = sequence;
  return before === undefined ? 0 : sequence - before - 1;
}

/** What the watcher may know of a broker's event; undefined for what is not a unit's or a stranger's. */
export function observedOf(event: BrokerEvent, atMs: number): Observed | undefined {
  const { type } = event;
  if ("role" in event && event.role !== "unit") return undefined;
  const name = "name" in event ? event.name : undefined;
  // Owners' apps are nobody's fleet.
  if (name !== undefined && /^(?:owner|watcher)-/.test(name)) return undefined;
  const base = { atMs, type, ...(name === undefined ? {} : { unit: name }) };
  if (type === "refused") return { ...base, reason: event.reason };
  if (type !== "published" || !event.topic.endsWith("/event")) return base;
  return { ...base, ...securityEvent(event.payload) };
}

/** The bounded few fields of a security event that are counted. A device is not believed to be honest. */
function securityEvent(payload: Uint8Array): Partial<Observed> {
  if (payload.length > 2_048) return {};
  try {
    const told = JSON.parse(Buffer.from(payload).toString());
    const { event, reason, times, sequence, after, prev, mark } = told;
    return {
      ...(typeof event === "string" ? { event } : {}),
      ...(typeof reason === "string" ? { reason } : {}),
      ...(Number.isSafeInteger(times) && times > 0 ? { times } : {}),
      ...(Number.isSafeInteger(sequence) && sequence > 0 ? { sequence } : {}),
      ...(Number.isSafeInteger(after) && isMark(prev) && isMark(mark) ? { after, prev, mark } : {}),
    };
  } catch {
    return {};
  }
}

/** Eight bytes in hex, or nothing before the first. */
const isMark = (value: unknown): boolean =>
  typeof value === "string" && /^(?:[0-9a-f]{16})?$/.test(value);
