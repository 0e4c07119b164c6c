/**
 * What the running firmware can ask of `otadata`: ESP-IDF's `esp_ota_set_boot_partition`,
 * `esp_ota_mark_app_valid_cancel_rollback` and `esp_ota_mark_app_invalid_rollback_and_reboot`, with
 * the same flash writes.
 */
import type { BootSlots } from "../../device/platform/platform.ts";
import type { NorFlash } from "../board/nor-flash.ts";
import type { Partition } from "../board/partitions.ts";
import { readSlot, type Slot } from "./image.ts";
import {
  activePlace,
  isGivenUp,
  type OtaEntry,
  type Place,
  readOtaData,
  slotOf,
  writeOtaEntry,
} from "./ota-data.ts";

export type SlotFigures = Pick<BootSlots, "running" | "spare" | "state" | "rolledBack">;

export class SlotControl {
  readonly #flash: NorFlash;
  readonly #partitions: readonly Partition[];
  readonly #running: Slot;

  constructor(flash: NorFlash, partitions: readonly Partition[], running: Slot) {
    this.#flash = flash;
    this.#partitions = partitions;
    this.#running = running;
  }

  get #spare(): Slot {
    return this.#running === 0 ? 1 : 0;
  }

  figures(): SlotFigures {
    const data = readOtaData(this.#flash, this.#partitions);
    const { entry } = this.#active();
    // An image that the bootloader could not load is still "pending" until the next start.
    const rolledBack = data.some(
      (one) => one && slotOf(one) === this.#spare && (isGivenUp(one) || one.state === "pending"),
    );
    const onTrial = entry && slotOf(entry) === this.#running && entry.state === "pending";
    return {
      running: `slot${this.#running}`,
      spare: `slot${this.#spare}`,
      state: onTrial ? "pending" : "valid",
      rolledBack,
    };
  }

  /** The spare slot's image is the next to boot. @throws Error, as `Updater.complete` says. */
  select(): void {
    const fault = readSlot(this.#flash, this.#partitions, this.#spare);
    if ("fault" in fault) throw new Error(`slot${this.#spare} holds no image: ${fault.fault}`);
    const { place, entry } = this.#active();
    // To choose now would overwrite the one entry that leads back to the running image.
    if (entry && slotOf(entry) !== this.#running)
      throw new Error("the bootloader has not settled its last choice");
    const sequence = nextSequence(entry?.sequence ?? 0, this.#spare);
    const target: Place = place === 0 ? 1 : 0;
    writeOtaEntry(this.#flash, this.#partitions, target, { sequence, state: "new" });
  }

  confirm(): void {
    const { place, entry } = this.#active();
    if (place === undefined || !entry || entry.state === "valid") return;
    if (slotOf(entry) !== this.#running) throw new Error("another image is about to be tried");
    writeOtaEntry(this.#flash, this.#partitions, place, { ...entry, state: "valid" });
  }

  /** The running image is given up at the next start; false when there is no way back. */
  giveUp(): boolean {
    const { place, entry } = this.#active();
    const other = place === undefined ? undefined : this.#read()[place === 0 ? 1 : 0];
    const wayBack =
      other &&
      !isGivenUp(other) &&
      slotOf(other) === this.#spare &&
      !("fault" in readSlot(this.#flash, this.#partitions, this.#spare));
    if (place === undefined || !entry || !wayBack) return false;
    writeOtaEntry(this.#flash, this.#partitions, place, { ...entry, state: "invalid" });
    return true;
  }

  #read() {
    return readOtaData(this.#flash, this.#partitions);
  }

  #active(): { place: Place | undefined; entry: OtaEntry | undefined } {
    const data = this.#read();
    const place = activePlace(data);
    return { place, entry: place === undefined ? undefined : data[place] };
  }
}

/** The lowest sequence from `current` on that means `slot`. */
function nextSequence(current: number, slot: Slot): number {
  const next = Math.max(current, 1);
  return (next - 1) % 2 === slot ? next : next + 1;
}
