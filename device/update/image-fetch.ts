/**
 * Brings one release into the spare slot: by a delta from the running image where there is one, else
 * whole; over as many connections as it takes; and after a power cut from where the last checkpoint
 * was. The whole is judged as it lies in the slot, whichever way it came.
 */
import { nextWait, uniformOf } from "../link/backoff.ts";
import { toHex } from "../platform/encoding.ts";
import type { Flash } from "../platform/platform.ts";
import { DeltaReader } from "./delta.ts";
import type { Feed, Repository } from "./download.ts";
import { imageOf } from "./image-facts.ts";
import { lookFor, type Refresh } from "./metadata/refresh.ts";
import type { VerifiedTarget } from "./metadata/targets.ts";
import { type Release, readRelease } from "./policy.ts";
import type { SpareWriter } from "./spare-writer.ts";
import type { UpdateParts } from "./update.ts";

export interface FetchOptions {
  readonly parts: UpdateParts;
  readonly repository: Repository;
  /** How often another connection is tried in vain. */
  readonly attempts?: number;
  readonly release: Release;
  readonly target: VerifiedTarget;
  readonly deltas: readonly string[];
  readonly refresh: Refresh;
  readonly onDone: (result: "whole" | { reason: string; refused: boolean }) => void;
}

const mostAttempts = 5;
const mostDeltas = 3;
const again = { baseMs: 1_000, capMs: 60_000 };
/** Before the delta reader's note: the first bytes of the digest of the delta it belongs to. */
const nameBytes = 8;

export class ImageFetch {
  private readonly options: FetchOptions;
  private writer: SpareWriter | undefined;
  private base: Flash | undefined;
  private attempts = 0;
  private waitMs = 0;

  constructor(options: FetchOptions) {
    this.options = options;
  }

  start(): void {
    const { parts, target, deltas, refresh } = this.options;
    const writer = parts.slots.open(target);
    if (writer === "waiting") {
      this.options.onDone("whole");
      return;
    }
    if (typeof writer === "string") {
      this.options.onDone({ reason: writer, refused: false });
      return;
    }
    this.writer = writer;
    parts.platform.trace("update", "fetching", { position: writer.position });
    // What came as the whole image goes on as the whole image.
    const delta = writer.position === 0 || (writer.note?.length ?? 0) > 0;
    this.nextDelta(refresh, delta ? deltas.slice(0, mostDeltas) : []);
  }

  private nextDelta(refresh: Refresh, [path, ...others]: readonly string[]): void {
    const next = path === undefined ? undefined : lookFor(refresh, path);
    if (!next) {
      this.whole();
      return;
    }
    this.options.repository.run(next, (done) => {
      const outcome = done.ask.ask === "nothing" ? done.ask.outcome : undefined;
      const target = outcome && "found" in outcome ? outcome.found : undefined;
      const reader = target && this.readerOf(target);
      if (!target || !reader) return this.nextDelta(done, others);
      this.options.parts.platform.trace("update", "delta", { bytes: target.length });
      this.stream(target, reader, (fault) => {
        this.options.parts.platform.trace("update", "delta-refused", { reason: fault });
        this.closeBase();
        if (fault === "another-base") this.nextDelta(done, others);
        else this.afresh();
      });
    });
  }

  /** A reader of the delta, if it belongs to this release; resumed if it was begun before. */
  private readerOf(target: VerifiedTarget): DeltaReader | undefined {
    const { parts, release } = this.options;
    const { writer } = this;
    const delta = readRelease(target);
    if (!writer || typeof delta === "string" || delta.base === undefined) return undefined;
    // The same image, by every word of it.
    if (JSON.stringify(imageOf(target)) !== JSON.stringify(release.image)) return undefined;
    const { flash, slots, Digest } = parts.platform;
    this.closeBase();
    this.base = flash.open({ path: slots.running, mode: "r" });
    const reader = new DeltaReader({
      base: this.base,
      baseSha256: delta.base,
      image: release.image,
      Digest,
      onBytes: (bytes) => void writer.write(bytes),
    });
    const name = target.digest.value.subarray(0, nameBytes);
    const { note = new Uint8Array(0), position } = writer;
    if (position > 0) {
      const own = toHex(note.subarray(0, nameBytes)) === toHex(name);
      if (!own || reader.resume(position, note.slice(nameBytes)) !== true) return undefined;
    }
    writer.noteAt = (at) => {
      const rest = reader.noteAt(at);
      const whole = new Uint8Array(nameBytes + rest.length);
      whole.set(name);
      whole.set(rest, nameBytes);
      return whole;
    };
    return reader;
  }

  private whole(): void {
    const { target } = this.options;
    const { writer } = this;
    if (!writer) return;
    this.closeBase();
    writer.noteAt = undefined;
    const feed: Feed<"too-long"> = {
      get offset() {
        return writer.taken;
      },
      push: (bytes) => writer.write(bytes),
    };
    this.stream(target, feed, (fault) => this.fail(fault, true));
  }

  /** The slot holds what a bad delta made: without it. */
  private afresh(): void {
    const { parts, target } = this.options;
    this.writer?.discard();
    const writer = parts.slots.open(target);
    this.writer = typeof writer === "string" ? undefined : writer;
    if (typeof writer === "string") this.options.onDone({ reason: writer, refused: false });
    else this.whole();
  }

  /** Streams, and goes on where it was when a connection ends. `onFault`: the file is no good. */
  private stream<Fault extends string>(
    target: VerifiedTarget,
    feed: Feed<Fault> & { finish?: () => Fault | undefined },
    onFault: (fault: Fault | "wrong-digest") => void,
  ): void {
    const { repository, parts, attempts = mostAttempts } = this.options;
    const before = feed.offset;
    repository.stream(target, feed, (end) => {
      if (end === "whole") {
        const fault = feed.finish?.();
        return fault === undefined ? this.finish(onFault) : onFault(fault);
      }
      if (isTrouble(end)) {
        if (feed.offset > before) this.attempts = 0;
        if (++this.attempts >= attempts) return this.fail(end, false);
        const { timer, random, trace } = parts.platform;
        this.waitMs = nextWait(again, this.waitMs, uniformOf(random(4)));
        trace("update", "interrupted", { reason: end, position: feed.offset });
        timer.set(() => this.stream(target, feed, onFault), this.waitMs);
        return;
      }
      // A delta is a favour: without it the image comes whole.
      if (isHttpRefusal(end) && this.base === undefined) return this.fail(end, true);
      onFault(end as Fault);
    });
  }

  private finish<Fault extends string>(onFault: (fault: Fault | "wrong-digest") => void): void {
    const { writer } = this;
    const result = writer?.finish();
    if (result === "whole") {
      this.writer = undefined;
      this.closeBase();
      this.options.onDone("whole");
    } else if (result === "wrong-digest") this.wrong(onFault);
    else this.fail("too-short", true);
  }

  private wrong<Fault extends string>(onFault: (fault: Fault | "wrong-digest") => void): void {
    const byDelta = this.base !== undefined;
    this.writer = undefined;
    if (byDelta) {
      onFault("wrong-digest");
      return;
    }
    this.fail("wrong-digest", true);
  }

  private fail(reason: string, refused: boolean): void {
    this.writer?.close();
    this.writer = undefined;
    this.closeBase();
    this.options.onDone({ reason: `image: ${reason}`, refused });
  }

  private closeBase(): void {
    this.base?.close();
    this.base = undefined;
  }
}

const troubles = ["not-reached", "closed", "silent", "too-slow", "server-error"];
const refusals = [
  "bad-response",
  "header-too-large",
  "chunked",
  "encoded",
  "no-length",
  "too-large",
  "wrong-length",
  "wrong-range",
  "absent",
  "bad-status",
];
const isTrouble = (end: string) => troubles.includes(end);
const isHttpRefusal = (end: string) => refusals.includes(end);
