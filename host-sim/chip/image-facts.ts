/** What an image takes of the chip: of its slot, and of the RAM before anything runs. */
import { type Partition, partition } from "../board/partitions.ts";

export interface ImageFacts {
  readonly application: number;
  readonly slot: number;
  /** Bytes of data, code and zeroes that lie in RAM from the start; the heap has the rest. */
  readonly staticRam: { readonly data: number; readonly code: number };
}

interface Section {
  readonly name: string;
  readonly size: number;
}

/** Sections of a 32-bit little-endian ELF file. @throws RangeError for what is none. */
export function elfSections(elf: Uint8Array): Section[] {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength);
  if (view.getUint32(0) !== 0x7f454c46 || elf[4] !== 1 || elf[5] !== 1)
    throw new RangeError("no 32-bit little-endian ELF file");
  const table = view.getUint32(32, true);
  const entry = view.getUint16(46, true);
  const count = view.getUint16(48, true);
  const names = view.getUint16(50, true);
  const at = (index: number, field: number) => view.getUint32(table + index * entry + field, true);
  const nameAt = (offset: number) => {
    const start = at(names, 16) + offset;
    return Buffer.from(elf.subarray(start, elf.indexOf(0, start))).toString("latin1");
  };
  return Array.from({ length: count }, (_, index) => ({
    name: nameAt(at(index, 0)),
    size: at(index, 20),
  }));
}

/** ESP-IDF's names: `.dram0.data`, `.dram0.bss`, `.noinit` hold data in RAM, `.iram0.*` code. */
export function staticRamOf(elf: Uint8Array): ImageFacts["staticRam"] {
  const sum = (isPart: (name: string) => boolean) =>
    elfSections(elf).reduce((all, { name, size }) => (isPart(name) ? all + size : all), 0);
  return {
    data: sum((name) => /^\.(dram0\.(data|bss)|noinit)$/.test(name)),
    // `.dram0.dummy` stands for the same bytes on the data bus.
    code: sum((name) => /^\.iram0\.(vectors|text|data|bss)$/.test(name)),
  };
}

export function imageFacts(
  application: Uint8Array,
  elf: Uint8Array,
  partitions: readonly Partition[],
): ImageFacts {
  return {
    application: application.length,
    slot: partition(partitions, "slot0").size,
    staticRam: staticRamOf(elf),
  };
}

/** One line for a terminal. */
export function factsLine({ application, slot, staticRam }: ImageFacts): string {
  const fill = ((100 * application) / slot).toFixed(1);
  const { data, code } = staticRam;
  return `application ${application} of ${slot} bytes of a slot (${fill} %); static RAM ${data + code} bytes: data ${data}, code ${code}`;
}
