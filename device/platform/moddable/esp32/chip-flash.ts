/** ECMA-419 flash and update over ESP-IDF's partitions (flash-natives.c). */
import type {
  BootSlots,
  ByteBuffer,
  Flash,
  FlashStatus,
  FlashStorage,
  Update,
} from "../../platform.ts";
import { partitions } from "../partitions.ts";

/** `native` is a word of the Moddable compiler (xsc). */
declare function native(name: string): { call(self: unknown, ...values: unknown[]): never };

const chipFlashNative = {
  size: (name: string): number => native("xs_flash_size").call(undefined, name),
  read: (name: string, length: number, offset: number): ArrayBuffer =>
    native("xs_flash_read").call(undefined, name, length, offset),
  write: (name: string, bytes: ByteBuffer, offset: number): void =>
    native("xs_flash_write").call(undefined, name, bytes, offset),
  erase: (name: string, start: number, end: number): void =>
    native("xs_flash_erase").call(undefined, name, start, end),
  /** Throws when the bootloader would not start it. */
  bootNext: (name: string): void => native("xs_flash_boot_next").call(undefined, name),
};

const blockLength = 4096;

class PartitionFlash implements Flash {
  readonly name: string;
  private readonly writable: boolean;
  private readonly size: number;

  constructor(name: string, writable: boolean) {
    this.name = name;
    this.writable = writable;
    this.size = chipFlashNative.size(name);
  }

  status(): FlashStatus {
    const { size } = this;
    return { size, blockLength, blocks: size / blockLength };
  }

  read(byteLength: number, byteOffset: number): ArrayBuffer {
    return chipFlashNative.read(this.name, byteLength, byteOffset);
  }

  write(buffer: ByteBuffer, byteOffset: number): void {
    this.mustBeWritable();
    chipFlashNative.write(this.name, buffer, byteOffset);
  }

  eraseBlock(start: number, end = start + 1): void {
    this.mustBeWritable();
    chipFlashNative.erase(this.name, start, end);
  }

  close(): void {}

  private mustBeWritable(): void {
    if (!this.writable) throw new Error(`partition "${this.name}" is read-only`);
  }
}

/** `factory` is written on the line, and the image that runs by nobody. */
export const chipFlash = (slots: Pick<BootSlots, "running">): FlashStorage => ({
  open({ path, mode = "r+" }) {
    if (mode === "r+" && (path === "factory" || path === slots.running))
      throw new Error(`partition "${path}" is read-only`);
    return new PartitionFlash(path, mode === "r+");
  },
  [Symbol.iterator]: () =>
    partitions()
      .map(({ name }) => name)
      [Symbol.iterator](),
});

/** What is in the slot was written as flash, block by block, and verified: here it is only chosen. */
export const chipUpdate: Update = {
  open: ({ partition }) => ({
    write() {
      throw new Error("an image is written as flash");
    },
    complete() {
      if (!(partition instanceof PartitionFlash)) throw new Error("no partition of this chip");
      chipFlashNative.bootNext(partition.name);
    },
    close() {},
  }),
};
