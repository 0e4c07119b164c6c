import { firstWait, longestReturn, nextWait, uniformOf } from "../../device/link/backoff.ts";
import {
  costOf,
  emptyOutbox,
  enqueue,
  expire,
  type Message,
  type Outbox,
  takeNext,
} from "../../device/link/outbox.ts";
import { prng } from "../prng.ts";
import type { Suite } from "../suite.ts";

const limits = { messageBytes: 500, totalBytes: 1_000, eventMs: 60_000 };

const message = (ticket: number, kind: Message["kind"], size: number, atMs = 0): Message => ({
  ticket,
  kind,
  payload: new Uint8Array(size),
  atMs,
});

function filled(...messages: Message[]): Outbox {
  let outbox = emptyOutbox;
  for (const entry of messages) outbox = enqueue(outbox, entry, limits).outbox;
  return outbox;
}

const tickets = (outbox: Outbox) => outbox.waiting.map((entry) => entry.ticket);

/** Random traffic through `add`: whether bytes are counted right and stay within the limit. */
function staysWithin(add: typeof enqueue): boolean {
  const random = prng(11);
  let outbox = emptyOutbox;
  for (let ticket = 1; ticket < 400; ticket++) {
    if (random() < 0.2) outbox = takeNext(outbox)?.outbox ?? outbox;
    const kind = random() < 0.3 ? "state" : random() < 0.5 ? "security" : "event";
    outbox = add(outbox, message(ticket, kind, Math.floor(random() * 500)), limits).outbox;
    const counted = outbox.waiting.reduce((sum, entry) => sum + costOf(entry), 0);
    if (outbox.bytes !== counted || counted > limits.totalBytes) return false;
    if (outbox.waiting.filter((entry) => entry.kind === "state").length > 1) return false;
  }
  return true;
}

export const outboxSuite: Suite = {
  room: "link: outbox",
  cases: {
    "first in, first out"(check) {
      let outbox = filled(
        message(1, "event", 10),
        message(2, "state", 10),
        message(3, "event", 10),
      );
      for (const ticket of [1, 2, 3]) {
        const next = takeNext(outbox);
        check.equal(next?.message.ticket, ticket);
        outbox = next?.outbox ?? outbox;
      }
      check.equal(outbox, emptyOutbox);
      check.equal(takeNext(outbox), undefined);
    },
    "a newer state replaces the older one and follows the events before it"(check) {
      const outbox = filled(
        message(1, "state", 10),
        message(2, "event", 10),
        message(3, "state", 20),
      );
      check.equal(tickets(outbox), [2, 3]);
      check.equal(outbox.dropped, 0);
    },
    "the oldest events go first, and are counted"(check) {
      const outbox = filled(
        message(1, "event", 300),
        message(2, "event", 300),
        message(3, "event", 100),
        message(4, "event", 300),
      );
      check.equal(tickets(outbox), [2, 3, 4]);
      check.equal(outbox.dropped, 1);
    },
    "events never push out a state; a state pushes out events"(check) {
      let outbox = filled(message(1, "state", 500));
      for (let ticket = 2; ticket < 30; ticket++)
        outbox = enqueue(outbox, message(ticket, "event", 300), limits).outbox;
      check.equal(tickets(outbox), [1, 29]);
      check.equal(outbox.dropped, 27);
      outbox = enqueue(outbox, message(30, "state", 900), limits).outbox;
      check.equal(tickets(outbox), [30]);
    },
    "what cannot fit at all is refused and leaves the line as it was"(check) {
      const before = filled(message(1, "event", 300), message(2, "state", 300));
      const { outbox, accepted } = enqueue(before, message(3, "event", 900), limits);
      check.equal(
        [accepted, tickets(outbox), outbox.bytes, outbox.dropped],
        [false, [1, 2], before.bytes, 1],
      );
    },
    "whatever waits makes room for what an attacker would want forgotten"(check) {
      const before = filled(message(1, "state", 400), message(2, "event", 300));
      const first = enqueue(before, message(3, "security", 300), limits).outbox;
      check.equal(tickets(first), [1, 3], "events first");
      const second = enqueue(first, message(4, "security", 300), limits).outbox;
      check.equal(tickets(second), [3, 4], "then the state");
      const third = enqueue(second, message(5, "security", 300), limits).outbox;
      check.equal(tickets(third), [4, 5], "then the oldest of its kind");
      check.equal(third.dropped, 3);
      for (const kind of ["state", "event"] as const)
        check.equal(enqueue(third, message(6, kind, 300), limits).accepted, false, kind);
    },
    "an answer that is too late is dropped and counted; states and security events keep"(check) {
      const waiting = filled(
        message(1, "event", 10, 0),
        message(2, "security", 10, 0),
        message(3, "state", 10, 0),
        message(4, "event", 10, 30_000),
      );
      check.equal(expire(waiting, 60_000, limits), waiting);
      const later = expire(waiting, 60_001, limits);
      check.equal(tickets(later), [2, 3, 4]);
      check.equal([later.dropped, later.bytes], [1, 3 * 74]);
    },
    "empty messages are not free"(check) {
      let outbox = emptyOutbox;
      for (let ticket = 1; ticket < 500; ticket++)
        outbox = enqueue(outbox, message(ticket, "event", 0), limits).outbox;
      check.ok(outbox.waiting.length <= limits.totalBytes / 64, "bounded count");
    },
    "random traffic stays within the byte limit"(check) {
      check.ok(staysWithin(enqueue), "within limit");
    },
    "control: an outbox that only appends is found out"(check) {
      const append: typeof enqueue = (outbox, entry) => ({
        outbox: {
          ...outbox,
          waiting: [...outbox.waiting, entry],
          bytes: outbox.bytes + costOf(entry),
        },
        accepted: true,
      });
      check.ok(!staysWithin(append), "unbounded outbox passes");
    },
  },
};

const backoff = { baseMs: 1_000, capMs: 60_000 };

/** Share of waits in each tenth between base and 3 × base, over many units at once. */
function tenths(next: typeof nextWait): number[] {
  const random = prng(17);
  const counts = new Array<number>(10).fill(0);
  for (let unit = 0; unit < 5_000; unit++) {
    const wait = next(backoff, 0, random());
    const tenth = Math.min(9, Math.floor((wait - 1_000) / 200));
    counts[tenth] = (counts[tenth] as number) + 1;
  }
  return counts;
}

const isSpread = (counts: readonly number[]) => counts.every((count) => count > 400 && count < 600);

export const backoffSuite: Suite = {
  room: "link: backoff",
  cases: {
    "each wait lies between the base and three times the last, up to the cap"(check) {
      const random = prng(13);
      let previous = 0;
      for (let round = 0; round < 3_000; round++) {
        const wait = nextWait(backoff, previous, random());
        const highest = Math.min(backoff.capMs, Math.max(previous, backoff.baseMs) * 3);
        check.ok(wait >= backoff.baseMs && wait <= highest, `${wait} after ${previous}`);
        previous = random() < 0.02 ? 0 : wait;
      }
      check.equal(nextWait(backoff, 0, 0), 1_000);
      check.equal(nextWait(backoff, 1e9, 0.999999999), 59_999);
    },
    "it grows towards the cap while nothing answers"(check) {
      const random = prng(19);
      let sum = 0;
      for (let unit = 0; unit < 200; unit++) {
        let wait = 0;
        for (let attempt = 0; attempt < 12; attempt++) wait = nextWait(backoff, wait, random());
        sum += wait;
      }
      check.ok(sum / 200 > 20_000, `mean ${sum / 200}`);
    },
    "a fleet that fell together comes back spread out"(check) {
      check.ok(isSpread(tenths(nextWait)), "spread");
    },
    "control: backoff without jitter is found out"(check) {
      check.ok(
        !isSpread(tenths(({ baseMs }, previous) => Math.max(baseMs, previous * 2))),
        "no jitter passes",
      );
    },
    "after a refusal the wait has a higher floor and still jitter"(check) {
      const refused = { baseMs: 60_000, capMs: 3_600_000 };
      check.equal(nextWait(refused, 1_500, 0), 60_000);
      check.ok(nextWait(refused, 1_500, 0.9) > 150_000, "jitter above the floor");
    },
    "no window is narrower than the fleet's spread, and none is wider than the cap"(check) {
      const fleet = { ...backoff, spreadMs: 40_000 };
      check.equal(nextWait(fleet, 0, 0.999999999), 39_999);
      check.equal(nextWait(fleet, 2_000, 0.999999999), 39_999);
      check.equal(nextWait(fleet, 15_000, 0.999999999), 44_999);
      check.equal(nextWait({ ...fleet, spreadMs: 1e9 }, 0, 0.999999999), 59_999);
      check.equal(firstWait(fleet, 0), 0);
      check.equal(firstWait(fleet, 0.5), 20_000);
      check.equal(firstWait(backoff, 0.5), 0);
    },
    "nobody waits longer for a broker that is back than was computed"(check) {
      const random = prng(23);
      const fleet = { ...backoff, spreadMs: 20_000 };
      for (const awayMs of [0, 1_000, 9_000, 30_000, 1e6]) {
        const bound = longestReturn(fleet, awayMs);
        for (let unit = 0; unit < 400; unit++) {
          let wait = nextWait(fleet, 0, random());
          let at = wait;
          for (; at < awayMs; at += wait) wait = nextWait(fleet, wait, random());
          check.ok(at - awayMs <= bound, `${at - awayMs} ms after ${awayMs}`);
        }
      }
    },
    "entropy becomes a number from 0 up to but not 1"(check) {
      check.equal(uniformOf(new Uint8Array(4)), 0);
      check.equal(uniformOf(new Uint8Array([0x80, 0, 0, 0])), 0.5);
      check.ok(uniformOf(new Uint8Array(4).fill(255)) < 1, "below 1");
    },
  },
};
