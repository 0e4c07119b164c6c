/**
 * How many dials a broker takes on: at most so many in any second, by time stamps of its own. A
 * handshake costs a signature; a dial that is hung up on before it costs next to nothing, and the
 * device that made it comes back with jitter (EN 303 645 5.9-3).
 */

/** The quota that AWS IoT Core gives an account by default; an ordinary machine does a few thousand. */
export const usualConnectsPerSecond = 500;

/** Says for each dial, by its time in ms, whether it is taken on. */
export function admission(perSecond: number): (nowMs: number) => boolean {
  const admitted: number[] = [];
  return (nowMs) => {
    while (admitted.length > 0 && (admitted[0] as number) <= nowMs - 1_000) admitted.shift();
    if (admitted.length >= perSecond) return false;
    admitted.push(nowMs);
    return true;
  };
}
