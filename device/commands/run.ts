/**
 * One command from bytes to effect: decoded, admitted, counted, run, answered. The counter is in
 * flash before a privileged command runs, so that a power cut cannot make it run twice.
 */
import type { Crypto } from "../crypto/crypto.ts";
import type { KeyValue } from "../storage/key-value.ts";
import { admit } from "./admit.ts";
import type { Command, CommandRefusal, PrivilegedAction, UpdateWish } from "./command.ts";
import { counterFloor, fingerprintOf, raiseCounterFloor } from "./counter-floor.ts";
import { decodeCommand, type SetSchema } from "./decode.ts";

export interface CommandSurroundings<Setting> {
  readonly unitId: string;
  /** Undefined when nobody owns the unit. */
  readonly ownerKey: Uint8Array | undefined;
  /** The area that survives a wipe. */
  readonly system: KeyValue;
  /** Seconds since 1970 by the time floor. */
  readonly now: number;
  readonly crypto: Crypto;
  readonly schema: SetSchema<Setting>;
  /** Whether commands of this kind are looked at now; all are when absent. */
  readonly heeds?: (kind: Command<Setting>["kind"]) => boolean;
}

export type CommandEffect<Setting> =
  | { readonly effect: "set"; readonly id: string; readonly setting: Setting }
  | { readonly effect: "update"; readonly id: string; readonly wish: UpdateWish }
  | { readonly effect: "erased"; readonly request: string }
  | { readonly effect: "privileged"; readonly action: PrivilegedAction }
  | { readonly effect: "refused"; readonly reason: CommandRefusal };

export function runCommand<Setting>(
  bytes: Uint8Array,
  around: CommandSurroundings<Setting>,
): CommandEffect<Setting> {
  const command = decodeCommand(bytes, around.schema);
  if ("refused" in command) return { effect: "refused", reason: command.refused };
  if (around.heeds?.(command.kind) === false) return { effect: "refused", reason: "not-heeded" };
  const { unitId, ownerKey, system, now, crypto } = around;
  // Made for signed orders only; a light switch does not wait for a hash.
  const owner = () => fingerprintOf(crypto.hashes(), unitId, ownerKey ?? new Uint8Array(0));
  const authority = { unitId, ownerKey, now, counterFloor: () => counterFloor(system, owner()) };
  const admitted = admit(command, authority, () => crypto.signatures());
  if ("refused" in admitted) return { effect: "refused", reason: admitted.refused };
  if (admitted.kind === "product") return { effect: "set", id: admitted.id, setting: admitted.set };
  if (admitted.kind === "update") return { effect: "update", id: admitted.id, wish: admitted.wish };
  if (admitted.kind === "erased") return { effect: "erased", request: admitted.request };
  raiseCounterFloor(system, owner(), admitted.counter);
  return { effect: "privileged", action: admitted.action };
}
