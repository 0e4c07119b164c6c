/**
 * May this command be run (EN 303 645 5.5-7, 5.13-1)? Product commands come by the broker's authority:
 * it let only the owner publish on this unit's topic. What an owner would mind losing needs the
 * owner's own signature as well, so that a broker, or who took it over, cannot wipe or take a unit.
 *
 * Cheap checks come first, because a signature costs the chip a second. They only refuse: no claim is
 * believed before the signature over it has been verified.
 */
import type { Curves } from "../crypto/crypto.ts";
import type {
  AdmittedCommand,
  Claims,
  Command,
  CommandRefusal,
  ProductCommand,
  Refused,
} from "./command.ts";
import { verifyCompact } from "./jws.ts";

/** How far the owner's clock may be ahead of ours, seconds. */
export const CLOCK_SKEW_S = 60;
/** The longest a signed command may stay valid, seconds: a kept one must not fire months later. */
export const LONGEST_LIFETIME_S = 24 * 60 * 60;

export interface Authority {
  /** Ed25519, 32 bytes; undefined while nobody owns the unit. */
  readonly ownerKey: Uint8Array | undefined;
  readonly unitId: string;
  /** The highest counter admitted from this owner, 0 for a new one. Survives restarts. */
  readonly counterFloor: number;
  /** Seconds since 1970 by a clock the unit trusts; undefined when it has none. */
  readonly now: number | undefined;
}

/** @param curves called only if a signature must be checked; the result is dropped at once. */
export function admit<T>(
  command: Command<T>,
  authority: Authority,
  curves: () => Curves,
): AdmittedCommand<T> | Refused {
  // The one place where the brand is given.
  if (command.kind === "product") return command as ProductCommand<T> as AdmittedCommand<T>;
  const { ownerKey } = authority;
  if (!ownerKey) return { refused: "no-owner" };
  const wrong = refuseClaims(command.claims, authority);
  if (wrong) return { refused: wrong };
  if (!verifyCompact(curves(), command, ownerKey)) return { refused: "wrong-signature" };
  const { claims, action } = command;
  return { kind: "privileged", counter: claims.ctr, action } as AdmittedCommand<T>;
}

function refuseClaims(claims: Claims, authority: Authority): CommandRefusal | undefined {
  const { now, unitId, counterFloor } = authority;
  if (claims.aud !== unitId) return "wrong-device";
  if (claims.ctr <= counterFloor) return "replayed";
  if (claims.exp - claims.iat > LONGEST_LIFETIME_S) return "bad-field";
  if (now === undefined) return "no-clock";
  if (claims.iat > now + CLOCK_SKEW_S) return "not-yet-valid";
  return claims.exp <= now ? "expired" : undefined;
}
