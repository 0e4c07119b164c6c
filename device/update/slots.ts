/**
 * The two slots: an image comes into the spare one, is verified as it lies there, is tried, and is
 * kept or given up (EN 303 645 5.3-2, 5.3-4). The running slot is never touched.
 *
 * Only a `VerifiedTarget` opens the spare slot. The digest is taken of what is read back from the
 * flash, block by block, so what is checked is what will boot; it is switched to without being read
 * again, or, after a restart in between, only when it is checked anew.
 */
import type { Flash, Platform } from "../platform/platform.ts";
import type { KeyValue } from "../storage/key-value.ts";
import {
  confirmed,
  decodeRecord,
  encodeRecord,
  type GivenUp,
  givenUp,
  type ImageFacts,
  judgeStart,
  keeping,
  type SlotRecord,
  type Start,
  type Trial,
} from "./boot.ts";
import { imageOf } from "./image-facts.ts";
import { expectedImage, type KeptImage } from "./integrity.ts";
import type { VerifiedTarget } from "./metadata/targets.ts";
import { SpareWriter, sha256Of } from "./spare-writer.ts";

export type SlotsBoard = Pick<Platform, "flash" | "update" | "slots" | "Digest" | "system">;

const recordKey = "update.slots";
const progressKey = "update.progress";

/** Why the spare slot is not opened. */
export type OpenRefusal =
  /** The release describes no image in the terms of this device. */
  | "not-an-image"
  /** Its counter is not above the rollback floor. */
  | "below-floor"
  /** This very image was given up before; a newer one is awaited. */
  | "given-up-before"
  | "too-large"
  /** The running image has not been confirmed yet: the spare slot is the way back. */
  | "on-trial"
  /** It is in the spare slot already, whole: `install`. */
  | "waiting";

export class Slots {
  /** What this start meant. */
  readonly start: Start;
  private readonly board: SlotsBoard;
  private readonly store: KeyValue;
  private readonly owned: () => boolean;
  private record: SlotRecord;
  /** The waiting image was verified in this life. */
  private verified = false;
  /** The running image has still to prove itself. */
  private proving: boolean;

  /**
   * Judges the start and remembers it, before anything else can go wrong: call first.
   * @param owned whether the unit has an owner now: the new image must find it again.
   */
  constructor(board: SlotsBoard, system: KeyValue, owned: () => boolean) {
    this.board = board;
    this.store = system;
    this.owned = owned;
    const { running, state, rolledBack } = board.slots;
    const { resetReason } = board.system;
    this.record = decodeRecord(system.read(recordKey));
    const before = this.record;
    this.start = judgeStart(before, { running, state, rolledBack, resetReason });
    if (this.start.record !== before) this.save(this.start.record);
    this.proving = this.start.next === "self-check";
    if (this.start.next === "give-up") this.goBack("crashed");
  }

  /** The counter of the last confirmed image: nothing older, nor the same again, is installed. */
  get floor(): number {
    return this.record.floor;
  }

  /** The image that was given up last, and why. */
  get verdict(): SlotRecord["verdict"] {
    return this.record.verdict;
  }

  /** The image on trial or waiting for it. */
  get trial(): Trial | undefined {
    return this.record.trial;
  }

  /** The image that may run now; undefined when nothing was measured yet. */
  get expected(): KeptImage | undefined {
    return expectedImage(this.record, this.board.slots.running);
  }

  /** What runs was measured for the first time. */
  keep(image: KeptImage): void {
    this.save({ ...this.record, ...keeping(image) });
  }

  /** A whole and verified image in the spare slot that `install` would switch to. */
  get waiting(): ImageFacts | undefined {
    const { trial } = this.record;
    return trial && trial.slot !== this.board.slots.running ? trial : undefined;
  }

  /**
   * Opens the spare slot for this image, where an earlier life left off if it was the same. An image
   * that waited there is forgotten.
   */
  open(target: VerifiedTarget): SpareWriter | OpenRefusal {
    const image = imageOf(target);
    if (image === undefined) return "not-an-image";
    const { slots, flash, Digest } = this.board;
    const { floor, verdict, trial } = this.record;
    if (slots.state === "pending" || this.proving) return "on-trial";
    if (image.counter <= floor) return "below-floor";
    if (verdict?.sha256 === image.sha256) return "given-up-before";
    if (trial?.sha256 === image.sha256) return "waiting";
    const { spare } = slots;
    const partition = flash.open({ path: spare, mode: "r+" });
    if (image.length > partition.status().size) {
      partition.close();
      return "too-large";
    }
    if (trial) {
      const { trial: _, ...rest } = this.record;
      this.save(rest);
    }
    return new SpareWriter({
      image,
      partition,
      digest: new Digest(),
      progress: {
        read: () => this.store.read(progressKey),
        write: (bytes) => this.store.write(progressKey, bytes),
        delete: () => this.store.delete(progressKey),
      },
      onWhole: () => {
        this.verified = true;
        const owned = this.owned();
        const tried = { slot: spare, owned, tries: 0, out: false, starts: 0 };
        this.save({ ...this.record, trial: { ...image, ...tried } });
      },
    });
  }

  /**
   * Restarts into the waiting image, on trial: does not return. `makeSafe` brings the product to
   * rest first: a restart must not surprise anybody.
   */
  install(makeSafe: () => void): "nothing-waiting" | "damaged" {
    const { trial } = this.record;
    const { slots, flash, update, system } = this.board;
    if (!trial || trial.slot === slots.running) return "nothing-waiting";
    const partition = flash.open({ path: trial.slot, mode: "r" });
    if (!this.verified && this.digestOf(partition, trial.length) !== trial.sha256) {
      partition.close();
      const { trial: _, ...rest } = this.record;
      this.save(rest);
      return "damaged";
    }
    this.save({ ...this.record, trial: { ...trial, tries: trial.tries + 1, out: true } });
    makeSafe();
    try {
      update.open({ partition, mode: "a", byteLength: trial.length }).complete();
    } catch {
      // The bootloader would not have it now. The next start judges that, and it counts as a try.
    }
    system.restart();
    return "nothing-waiting";
  }

  /** The running image has proved itself: first it is kept, and only then is the floor raised. */
  confirm(): void {
    this.board.slots.confirm();
    this.save(confirmed(this.record));
    this.proving = false;
  }

  /**
   * Gives the running image up and restarts into the one before: does not return, unless there is
   * nothing to go back to. Then a unit that is not well is better than none, and it is kept, without
   * its counter becoming the floor.
   */
  goBack(reason: GivenUp): void {
    const { trial } = this.record;
    if (trial) this.save({ ...this.record, trial: { ...trial, failed: reason } });
    // Not by an exception: whatever else goes wrong here must never end in a confirmation.
    if (this.board.slots.rollBack() !== false) return;
    this.board.slots.confirm();
    if (trial) this.save({ ...givenUp(this.record, trial, reason), ...keeping(trial) });
  }

  private save(record: SlotRecord): void {
    this.store.write(recordKey, encodeRecord(record));
    this.record = record;
  }

  private digestOf(partition: Flash, length: number): string {
    return sha256Of(new this.board.Digest(), partition, length);
  }
}
