/**
 * May this command be run (EN 303 645 5.5-7, 5.13-1)? Product commands come by the broker's authority:
 * it let only the owner publish on this unit's topic. What an owner would mind losing needs the
 * owner's own signature as well, so that a broker, or who took it over, cannot wipe or take a unit.
 *
 * Cheap checks come first, because a signature costs the chip a second. They only refuse: no claim is
 * believed before the signature over it has been verified.
 */
import type { Signatures } from "../crypto/crypto.ts";
import type { AdmittedCommand, Claims, Command, CommandRefusal, Refused } from "./command.ts";
import { verifyCompact } from "./jws.ts";

/** The longest a signed command may stay valid, seconds: a kept one must not fire months later. */
export const LONGEST_LIFETIME_S = 24 * 60 * 60;

export interface Authority {
  /** Ed25519, 32 bytes; undefined while nobody owns the unit. */
  readonly ownerKey: Uint8Array | undefined;
  readonly unitId: string;
  /** The highest counter admitted under this owner's key, 0 for a new one; asked for signed orders. */
  counterFloor(): number;
  /**
   * Seconds since 1970, not later than the time it is: all that a unit without a clock can know
   * (`docs/adr/0008-time-floor.md`). So an order may be refused for being over, and none for not having
   * begun: a unit that was off for months would refuse its own owner.
   */
  readonly now: number;
}

/** @param signatures called only if one must be checked; the result is dropped at once. */
export function admit<T>(
  command: Command<T>,
  authority: Authority,
  signatures: () => Signatures,
): AdmittedCommand<T> | Refused {
  // The one place where the brand is given.
  if (command.kind !== "signed") return command as unknown as AdmittedCommand<T>;
  const { ownerKey } = authority;
  if (!ownerKey) return { refused: "no-owner" };
  const wrong = refuseClaims(command.claims, authority);
  if (wrong) return { refused: wrong };
  if (!verifyCompact(signatures(), command, ownerKey)) return { refused: "wrong-signature" };
  const { claims, action } = command;
  return { kind: "privileged", counter: claims.ctr, action } as AdmittedCommand<T>;
}

function refuseClaims(claims: Claims, authority: Authority): CommandRefusal | undefined {
  const { now, unitId } = authority;
  if (claims.aud !== unitId) return "wrong-device";
  if (claims.exp - claims.iat > LONGEST_LIFETIME_S) return "bad-field";
  if (claims.exp <= now) return "expired";
  return claims.ctr <= authority.counterFloor() ? "replayed" : undefined;
}
