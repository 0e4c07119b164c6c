/** What every ESP32 board has in common: flash, slots, randomness, clock, reasons. */
import type { BootSlots, Platform, ResetReason, SlotName } from "../../platform.ts";
import { crypto } from "../crypto.ts";
import { NativeDigest } from "../digest.ts";
import { openTimer } from "../timer.ts";
import { boardNative } from "./board-native.ts";
import { chipFlash, chipUpdate } from "./chip-flash.ts";

const name = (index: 0 | 1): SlotName => (index === 1 ? "slot1" : "slot0");

const slots: BootSlots = {
  get running() {
    return name(boardNative.running());
  },
  get spare() {
    return name(boardNative.running() === 1 ? 0 : 1);
  },
  get state() {
    return boardNative.onTrial() ? "pending" : "valid";
  },
  get rolledBack() {
    return boardNative.rolledBack() === 1;
  },
  confirm() {
    boardNative.confirm();
  },
  rollBack() {
    return boardNative.rollBack();
  },
};

type Chip = Pick<Platform, "flash" | "update" | "slots" | "Digest" | "timer" | "clock" | "random"> &
  Pick<Platform, "crypto" | "system">;

/**
 * The SDK's abort hook (`defines.xs.abortHook`): the engine's last call before it resets. The journal
 * has the reason at the next start, when there is memory to write with.
 */
function announceEnds(): void {
  globalThis.abort = (reason) => boardNative.announce(reason === "memory full" ? 2 : 3);
}

export function openChip(): Chip {
  const resetReason = boardNative.resetReason() as ResetReason;
  announceEnds();
  return {
    flash: chipFlash(slots),
    update: chipUpdate,
    slots,
    Digest: NativeDigest,
    timer: openTimer(),
    // No clock of its own: what TLS goes by is what was vouched for (storage/time-floor.ts).
    clock: {
      ticks: () => boardNative.ticks(),
      wall: () => undefined,
      raise: (seconds) => boardNative.raiseClock(seconds),
    },
    random: (length) => new Uint8Array(boardNative.random(length)),
    crypto,
    system: {
      resetReason,
      restart: () => boardNative.restart(),
      heap: () => ({
        slots: boardNative.heap(0),
        slotsPeak: boardNative.heap(1),
        chunks: boardNative.heap(2),
        chunksPeak: boardNative.heap(3),
      }),
    },
  };
}
