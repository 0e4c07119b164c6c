/**
 * Two slots and a bootloader, small enough for every engine: what the board remembers of the slots
 * is atomic here (the desk's bootloader is the one whose own writes are cut).
 */
import { toHex } from "../../device/platform/encoding.ts";
import type { ByteBuffer, ResetReason, SlotName } from "../../device/platform/platform.ts";
import { openKeyValue } from "../../device/storage/key-value.ts";
import type { VerifiedTarget } from "../../device/update/metadata/targets.ts";
import { Slots, type SlotsBoard } from "../../device/update/slots.ts";
import { NorModel, PowerGone } from "../nor-model.ts";
import { prng, randomBytes } from "../prng.ts";

/** The firmware has restarted: nothing of this life goes on. */
export class Restarted extends Error {}

export const slotBlocks = 40;

/** Not SHA-256, and quick: what is tested is which bytes it is fed. */
class ToyDigest {
  private state = 0x811c9dc5;
  private length = 0;

  write(bytes: ByteBuffer): void {
    for (const byte of bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes))
      this.state = Math.imul(this.state ^ byte, 0x01000193);
    this.length += bytes.byteLength;
  }

  close(): Uint8Array {
    return randomBytes(prng(this.state ^ this.length), 32);
  }
}

export interface Offer {
  readonly bytes: Uint8Array;
  readonly target: VerifiedTarget;
}

/** An image and its description, as verification would hand it over. */
export function offerOf(seed: number, length: number, counter: number, change = {}): Offer {
  const bytes = randomBytes(prng(seed), length);
  const digest = new ToyDigest();
  digest.write(bytes);
  const value = digest.close();
  const custom = { kind: "image", version: `1.${counter}.0`, counter, ...change };
  const described = { path: "", file: "", length, digest: { algorithm: "sha256", value }, custom };
  return { bytes, target: described as unknown as VerifiedTarget };
}

export const hashOf = ({ target }: Offer) => toHex(target.digest.value);

export class SlotBoard {
  readonly flash: Record<string, NorModel> = {
    system: new NorModel(6),
    slot0: new NorModel(slotBlocks),
    slot1: new NorModel(slotBlocks),
  };
  running: SlotName = "slot0";
  state: "valid" | "pending" = "valid";
  rolledBack = false;
  /** What the bootloader tries at the next start. */
  next: SlotName | undefined;
  owned = true;
  /** The other slot holds an image. */
  wayBack = true;
  /** What the board was told, in order. */
  readonly log: string[] = [];

  get spare(): SlotName {
    return this.running === "slot0" ? "slot1" : "slot0";
  }

  /** Starts the firmware: after a restart, a crash, or with power back. */
  boot(resetReason: ResetReason = "power-on"): Slots {
    for (const partition of Object.values(this.flash)) partition.restore();
    if (this.next !== undefined) {
      this.running = this.next;
      this.state = "pending";
      this.rolledBack = false;
      this.next = undefined;
    } else if (this.state === "pending") {
      this.running = this.spare;
      this.state = "valid";
      this.rolledBack = true;
    }
    const system = openKeyValue(this.flash.system as NorModel);
    return new Slots(this.board(resetReason), system, () => this.owned);
  }

  /** Runs a life until it restarts, or power goes. */
  live(act: () => void): "restarted" | "cut" | "went on" {
    try {
      act();
      return "went on";
    } catch (error) {
      if (error instanceof Restarted) return "restarted";
      if (error instanceof PowerGone) return "cut";
      throw error;
    }
  }

  holds(slot: SlotName, { bytes }: Offer): boolean {
    const held = (this.flash[slot] as NorModel).bytes;
    return bytes.every((byte, index) => held[index] === byte);
  }

  private board(resetReason: ResetReason): SlotsBoard {
    const model = this;
    return {
      flash: {
        open: ({ path }) => {
          this.log.push(`open ${path}`);
          return this.flash[path] as NorModel;
        },
        *[Symbol.iterator]() {
          yield* Object.keys(model.flash);
        },
      },
      update: {
        open: () => ({
          write() {},
          complete: () => {
            this.log.push("complete");
            this.next = this.spare;
          },
          close() {},
        }),
      },
      slots: {
        get running() {
          return model.running;
        },
        get spare() {
          return model.spare;
        },
        get state() {
          return model.state;
        },
        get rolledBack() {
          return model.rolledBack;
        },
        confirm: () => {
          this.log.push("confirm");
          this.state = "valid";
        },
        rollBack: () => {
          this.log.push("roll back");
          if (!this.wayBack) return false;
          throw new Restarted();
        },
      },
      Digest: ToyDigest,
      system: {
        resetReason,
        restart: () => {
          this.log.push("restart");
          throw new Restarted();
        },
        heap: () => ({ slots: 0, slotsPeak: 0, chunks: 0, chunksPeak: 0 }),
      },
    };
  }
}

/** Feeds an image from where its writer is, and finishes. */
export function bring(slots: Slots, offer: Offer): string {
  const writer = slots.open(offer.target);
  if (typeof writer === "string") return writer;
  for (let at = writer.position; at < offer.bytes.length; at += 1000)
    writer.write(offer.bytes.subarray(at, at + 1000));
  return writer.finish();
}
