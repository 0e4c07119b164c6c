/** ECMA-419 flash over a file, cut by the same partition table as the chip's. */
import type { ByteBuffer, Flash, FlashStatus, FlashStorage, SlotName } from "../../platform.ts";
import { type Partition, partitions } from "../partitions.ts";
import { boardNative } from "./board-native.ts";

const blockLength = 4096;

class FileFlash implements Flash {
  private readonly partition: Partition;
  private readonly writable: boolean;

  constructor(partition: Partition, writable: boolean) {
    this.partition = partition;
    this.writable = writable;
  }

  status(): FlashStatus {
    const { size } = this.partition;
    return { size, blockLength, blocks: size / blockLength };
  }

  read(byteLength: number, byteOffset: number): ArrayBuffer {
    return boardNative.flashRead(this.place(byteOffset, byteLength), byteLength);
  }

  write(buffer: ByteBuffer, byteOffset: number): void {
    this.mustBeWritable();
    boardNative.flashWrite(this.place(byteOffset, buffer.byteLength), buffer);
  }

  eraseBlock(start: number, end = start + 1): void {
    this.mustBeWritable();
    const length = (end - start) * blockLength;
    boardNative.flashErase(this.place(start * blockLength, length), length);
  }

  close(): void {}

  private mustBeWritable(): void {
    if (!this.writable) throw new Error(`partition "${this.partition.name}" is read-only`);
  }

  private place(at: number, length: number): number {
    const { offset, size } = this.partition;
    if (!(at >= 0 && length >= 0 && at + length <= size))
      throw new RangeError(`${at}+${length} is outside the partition`);
    return offset + at;
  }
}

/** `factory` and the slot that runs are never opened for writing. */
export function fileFlash(running: SlotName): FlashStorage {
  const table = partitions();
  return {
    open({ path, mode = "r+" }) {
      const partition = table.find(({ name }) => name === path);
      if (!partition) throw new Error(`no partition "${path}"`);
      if (mode === "r+" && (path === "factory" || path === running))
        throw new Error(`partition "${path}" is read-only`);
      return new FileFlash(partition, mode === "r+");
    },
    [Symbol.iterator]: () => table.map(({ name }) => name)[Symbol.iterator](),
  };
}
