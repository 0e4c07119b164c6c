/** ECMA-419 flash over the partitions of the NOR flash. */
import type { SlotName } from "../../device/platform/platform.ts";
import { type Calls, Handles } from "./calls.ts";
import { blockLength, type NorFlash } from "./nor-flash.ts";
import { type Partition, partition } from "./partitions.ts";

type FlashCalls = Pick<
  Calls,
  "flash.list" | "flash.open" | "flash.read" | "flash.write" | "flash.erase" | "flash.close"
>;

export interface FlashWiring {
  flash: NorFlash;
  partitions: readonly Partition[];
  /** The `factory` partition can be written only at the factory's station (EN 303 645 5.4-2). */
  inFactory: boolean;
  /** The slot whose image runs. No firmware may write over itself. */
  running: SlotName;
}

interface Opened extends Partition {
  writable: boolean;
}

export function flashCalls({ flash, partitions, inFactory, running }: FlashWiring): FlashCalls {
  const opened = new Handles<Opened>("flash partition");

  /** The range's place in the whole flash. */
  function place({ size, offset }: Opened, at: number, length: number): number {
    if (!Number.isInteger(at) || !Number.isInteger(length) || at < 0 || length < 0)
      throw new RangeError(`${at}+${length} is not a range`);
    if (at + length > size) throw new RangeError(`${at}+${length} ends behind the partition`);
    return offset + at;
  }

  function writable(id: number): Opened {
    const target = opened.get(id);
    if (!target.writable) throw new Error(`partition "${target.name}" is open for reading only`);
    return target;
  }

  return {
    "flash.list": () => partitions.map(({ name }) => name),
    "flash.open"({ id, path, mode }) {
      const target = partition(partitions, path);
      if (mode === "r+" && path === "factory" && !inFactory)
        throw new Error('partition "factory" is read-only outside the factory');
      if (mode === "r+" && path === running)
        throw new Error(`partition "${path}" holds the running image`);
      opened.set(id, { ...target, writable: mode === "r+" });
      return { size: target.size, blockLength, blocks: target.size / blockLength };
    },
    "flash.read": ({ id, length, offset }) =>
      flash.read(place(opened.get(id), offset, length), length),
    "flash.write"({ id, offset }, bytes = new Uint8Array(0)) {
      flash.write(place(writable(id), offset, bytes.length), bytes);
    },
    "flash.erase"({ id, start, end }) {
      const from = place(writable(id), start * blockLength, (end - start) * blockLength);
      for (let block = 0; block < end - start; block++)
        flash.eraseBlock(from / blockLength + block);
    },
    "flash.close": ({ id }) => void opened.take(id),
  };
}
