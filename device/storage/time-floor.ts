/**
 * Time without a clock that can be trusted: a floor, in seconds since 1970, that only moves
 * forward and survives restarts. It starts at the firmware's build and is raised by what an owner
 * has signed or proved. A lying wall clock can make something look expired too early, which is
 * safe; it can never bring something expired back to life, and it is never written down.
 */
import type { Clock } from "../platform/platform.ts";
import type { KeyValue } from "./key-value.ts";

export interface TimeFloor {
  /** Seconds since 1970, not earlier than any time that was ever vouched for. */
  now(): number;
  /** `seconds` was vouched for by somebody with authority. Written at most once an hour of progress. */
  raise(seconds: number): void;
}

const key = "time-floor";
const worthWritingSeconds = 3600;
/** A floor beyond this is a mistake or an attack: nothing could ever be "not yet expired" again. */
const latestSeconds = 0xffffffff;

export function openTimeFloor(system: KeyValue, clock: Clock, builtSeconds: number): TimeFloor {
  let stored = readSeconds(system.read(key));
  let floor = Math.max(stored, builtSeconds);
  let sinceTicks = clock.ticks();
  clock.raise?.(floor);
  const now = () => {
    const elapsed = Math.floor((clock.ticks() - sinceTicks) / 1000);
    return Math.max(floor + elapsed, clock.wall() ?? 0);
  };
  return {
    now,
    raise(seconds) {
      const elapsed = Math.floor((clock.ticks() - sinceTicks) / 1000);
      if (!(seconds > floor + elapsed && seconds <= latestSeconds)) return;
      floor = Math.floor(seconds);
      sinceTicks = clock.ticks();
      clock.raise?.(floor);
      if (floor < stored + worthWritingSeconds) return;
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setUint32(0, floor, true);
      system.write(key, bytes);
      stored = floor;
    },
  };
}

function readSeconds(bytes: Uint8Array | undefined): number {
  if (bytes?.length !== 4) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}
