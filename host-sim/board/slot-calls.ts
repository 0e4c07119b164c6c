/** ECMA-419 update, the two slots, and the board's own SHA-256. */
import { createHash, type Hash } from "node:crypto";
import type { SlotControl } from "../bootloader/slot-control.ts";
import { type Calls, Handles } from "./calls.ts";

type SlotCalls = Pick<
  Calls,
  | "update.complete"
  | "slots.figures"
  | "slots.confirm"
  | "slots.rollBack"
  | "digest.open"
  | "digest.write"
  | "digest.close"
>;

export interface SlotWiring {
  slots: SlotControl;
  /** Must not return: the machine that called is gone. */
  restart: () => never;
}

export function slotCalls({ slots, restart }: SlotWiring): SlotCalls {
  const digests = new Handles<Hash>("digest");
  return {
    "update.complete": () => slots.select(),
    "slots.figures": () => slots.figures(),
    "slots.confirm": () => slots.confirm(),
    "slots.rollBack": () => (slots.giveUp() ? restart() : false),
    "digest.open": ({ id }) => void digests.set(id, createHash("sha256")),
    "digest.write": ({ id }, bytes = new Uint8Array(0)) => void digests.get(id).update(bytes),
    "digest.close"({ id }) {
      const digest = new Uint8Array(digests.get(id).digest());
      digests.take(id);
      return digest;
    },
  };
}
