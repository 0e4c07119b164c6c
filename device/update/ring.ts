/**
 * Staged roll-out: a release is offered to a share of the units, and each unit knows by itself whether it
 * is among them, so the repository stays a folder of static files that knows no unit. Both the
 * device and the release desk use this function.
 */
import { encodeText } from "../platform/text.ts";

/**
 * True when the unit `id` is among the first `percent` (0 to 100) of the release `counter`. A unit
 * that is in stays in when the ring widens; who goes first changes from release to release.
 *
 * Not a secret and no protection: an owner's wish or a withdrawn release is decided elsewhere.
 */
export function isInRing(
  id: string,
  counter: number,
  percent: number,
  sha256: (bytes: Uint8Array) => Uint8Array,
): boolean {
  const digest = sha256(encodeText(`${counter}:${id}`));
  let draw = 0;
  for (let index = 0; index < 4; index++) draw = draw * 256 + (digest[index] as number);
  return draw % 10_000 < percent * 100;
}
