/** Numbers and states in words. Pure, so that tests can read them. */
import type { FlashOperation, OwnerView, Partition, UnitView } from "../view.ts";

const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

/** Unix milliseconds → "14:03:09", in the visitor's time zone. */
export const timeOfDay = (atMs: number): string => clock.format(atMs);

/** Bytes → "96 bytes", "12 kB", "4 MB" (binary multiples, as flash sizes are). */
export function sizeInWords(bytes: number): string {
  if (bytes === 1) return "1 byte";
  if (bytes < 1024) return `${bytes} bytes`;
  const [value, unit] = bytes < 1_048_576 ? [bytes / 1024, "kB"] : [bytes / 1_048_576, "MB"];
  return `${value >= 10 || Number.isInteger(value) ? Math.round(value) : value.toFixed(1)} ${unit}`;
}

export const hexAddress = (offset: number): string => `0x${offset.toString(16).padStart(6, "0")}`;

export interface Standing {
  /** What the device is doing. */
  now: string;
  /** What the visitor can do next. */
  next: string;
}

/** One sentence on the device and one on what to do. */
export function standing(unit: UnitView, owner: OwnerView): Standing {
  if (!unit.powered) return { now: "The device has no power.", next: "Plug it in." };
  if (unit.booting) return { now: "The device is starting.", next: "It takes a moment." };
  if (["finding", "proving", "joining"].includes(owner.stage))
    return { now: "The owner is setting it up.", next: "Follow it on the owner's phone." };
  if (unit.life === "set-up")
    return owner.stage === "done"
      ? {
          now: "Its set-up network is open for a few minutes; the lamp works on as before.",
          next: "It closes by itself.",
        }
      : {
          now: "Its set-up network is open for five minutes.",
          next: "Enter the label's password on the owner's phone.",
        };
  if (unit.life === "new")
    return {
      now: "It has no owner, and nothing on it listens.",
      next: "Press its button to open the set-up window.",
    };
  if (!unit.cable)
    return {
      now: unit.connected
        ? "The network cable is out; the device hears only silence so far."
        : "The network is down; the lamp works on, and the device keeps trying.",
      next: "Push the cable back in and watch it return.",
    };
  if (unit.connected)
    return {
      now: "Connected, encrypted both ways. It obeys its owner only.",
      next: "Switch the lamp, or be the attacker.",
    };
  return { now: "It has an owner and is connecting.", next: "It takes a moment." };
}

/** What a press of the button does now: `device/setup/button.ts`, in words. */
export function buttonInWords(unit: UnitView, owner: OwnerView): string {
  if (unit.life === "claimed" || owner.stage === "done")
    return "A tap switches the lamp; held for three seconds, it opens the set-up window; held until the lamp blinks and then stays lit, letting go erases everything of the owner.";
  if (unit.life === "set-up")
    return "A press keeps the set-up window open for another five minutes.";
  return "A press opens the set-up window for five minutes.";
}

export interface Placed {
  partition: Partition | undefined;
  text: string;
}

/** A flash operation in words, e.g. "Wrote 96 bytes to system at 0x014060". */
export function operationInWords(
  operation: FlashOperation,
  partitions: readonly Partition[],
): string {
  const home = partitions.find(
    ({ offset, size }) => operation.offset >= offset && operation.offset < offset + size,
  );
  const done =
    operation.kind === "write"
      ? `Wrote ${sizeInWords(operation.length)} to`
      : `Erased ${sizeInWords(operation.length)} of`;
  const where = `${home?.name ?? "unused flash"} at ${hexAddress(operation.offset)}`;
  return operation.cut ? `${done} ${where}; power was cut ${operation.cut} it` : `${done} ${where}`;
}
