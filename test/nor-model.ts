/**
 * The smallest NOR partition that can be hurt, for suites that also run on XS: bits only clear
 * until a block is erased, and power can go before, during or after one chosen operation.
 * The desk's board (host-sim/board) is the full model; this one needs no host.
 */
import type { ByteBuffer, Flash } from "../device/platform/platform.ts";

export type Phase = "before" | "during" | "after";

export class PowerGone extends Error {}

export class NorModel implements Flash {
  readonly bytes: Uint8Array;
  readonly blockLength: number;
  operations = 0;
  cut: { readonly operation: number; readonly phase: Phase; readonly random: () => number } | null =
    null;
  #dead = false;

  constructor(blocks: number, blockLength = 4096) {
    this.blockLength = blockLength;
    this.bytes = new Uint8Array(blocks * blockLength).fill(0xff);
  }

  /** The same cells with power back. */
  restore(): void {
    this.#dead = false;
    this.cut = null;
    this.operations = 0;
  }

  status() {
    return {
      size: this.bytes.length,
      blockLength: this.blockLength,
      blocks: this.bytes.length / this.blockLength,
    };
  }

  read(byteLength: number, byteOffset: number): ArrayBuffer {
    if (this.#dead) throw new PowerGone();
    if (byteOffset + byteLength > this.bytes.length) throw new Error("read past the partition");
    return this.bytes.slice(byteOffset, byteOffset + byteLength).buffer;
  }

  write(buffer: ByteBuffer, byteOffset: number): void {
    const source = buffer instanceof Uint8Array ? buffer : new Uint8Array(buffer);
    if (byteOffset + source.length > this.bytes.length) throw new Error("write past the partition");
    for (let index = 0; index < source.length; index++)
      if ((source[index] as number) & ~(this.bytes[byteOffset + index] as number))
        throw new Error(`write at ${byteOffset + index} would set a bit`);
    this.#operate(
      () => this.bytes.set(source, byteOffset),
      (random) => {
        const whole = Math.floor(random() * source.length);
        this.bytes.set(source.subarray(0, whole), byteOffset);
        const torn = byteOffset + whole;
        const mask = Math.floor(random() * 256);
        this.bytes[torn] = (this.bytes[torn] as number) & ((source[whole] as number) | mask);
      },
    );
  }

  eraseBlock(start: number, end = start + 1): void {
    for (let block = start; block < end; block++) {
      const from = block * this.blockLength;
      this.#operate(
        () => this.bytes.fill(0xff, from, from + this.blockLength),
        (random) => {
          for (let index = from; index < from + this.blockLength; index++)
            this.bytes[index] = (this.bytes[index] as number) | Math.floor(random() * 256);
        },
      );
    }
  }

  close(): void {}

  #operate(whole: () => void, torn: (random: () => number) => void): void {
    if (this.#dead) throw new PowerGone();
    this.operations++;
    const cut = this.cut;
    if (cut === null || cut.operation !== this.operations) {
      whole();
      return;
    }
    this.#dead = true;
    if (cut.phase === "during") torn(cut.random);
    if (cut.phase === "after") whole();
    throw new PowerGone();
  }
}
