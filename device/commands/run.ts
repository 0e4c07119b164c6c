/**
 * One command from bytes to effect: decoded, admitted, counted, run, answered. The counter is in
 * flash before a privileged command runs, so that a power cut cannot make it run twice.
 */
import type { Crypto } from "../crypto/crypto.ts";
import type { KeyValue } from "../storage/key-value.ts";
import { admit } from "./admit.ts";
import type { CommandRefusal, PrivilegedAction } from "./command.ts";
import { decodeCommand, type ParseSet } from "./decode.ts";

export interface CommandSurroundings<Setting> {
  readonly unitId: string;
  readonly ownerKey: Uint8Array;
  /** The owner's area: a new owner begins with a new counter. */
  readonly store: KeyValue;
  /** Seconds since 1970 by the time floor. */
  readonly now: number;
  readonly crypto: Crypto;
  readonly parseSet: ParseSet<Setting>;
}

export type CommandEffect<Setting> =
  | { readonly effect: "set"; readonly id: string; readonly setting: Setting }
  | { readonly effect: "privileged"; readonly action: PrivilegedAction }
  | { readonly effect: "refused"; readonly reason: CommandRefusal };

const counterKey = "counter";

export function runCommand<Setting>(
  bytes: Uint8Array,
  around: CommandSurroundings<Setting>,
): CommandEffect<Setting> {
  const command = decodeCommand(bytes, around.parseSet);
  if ("refused" in command) return { effect: "refused", reason: command.refused };
  const { unitId, ownerKey, now } = around;
  const counterFloor = readCounter(around.store.read(counterKey));
  const admitted = admit(command, { unitId, ownerKey, counterFloor, now }, () =>
    around.crypto.curves(),
  );
  if ("refused" in admitted) return { effect: "refused", reason: admitted.refused };
  if (admitted.kind === "product") return { effect: "set", id: admitted.id, setting: admitted.set };
  around.store.write(counterKey, encodeCounter(admitted.counter));
  return { effect: "privileged", action: admitted.action };
}

/** Eight bytes, two halves of a safe integer. A damaged one counts as used up, not as new. */
function readCounter(bytes: Uint8Array | undefined): number {
  if (bytes === undefined) return 0;
  if (bytes.length !== 8) return Number.MAX_SAFE_INTEGER;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return view.getUint32(0) * 0x1_0000_0000 + view.getUint32(4);
}

function encodeCounter(counter: number): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(counter / 0x1_0000_0000));
  view.setUint32(4, counter >>> 0);
  return bytes;
}
