/** What `device:build` tells of an image, and the folder it makes for browsers. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { boardPartitions } from "../../host-sim/board/partitions.ts";
import { elfSections, factsLine, imageFacts } from "../../host-sim/chip/image-facts.ts";
import { type WebManifest, writeWebFolder } from "../../host-sim/chip/web-flash.ts";

/** A 32-bit ELF file with sections of these names and sizes and nothing in them. */
function elfWith(sections: readonly (readonly [name: string, size: number])[]): Uint8Array {
  const all = [["", 0], ...sections, [".shstrtab", 0]] as const;
  const names = `${all.map(([name]) => name).join("\0")}\0`;
  const table = 52 + names.length;
  const file = Buffer.alloc(table + all.length * 40);
  file.write("\x7fELF\x01\x01", 0, "latin1");
  file.writeUInt32LE(table, 32);
  file.writeUInt16LE(40, 46);
  file.writeUInt16LE(all.length, 48);
  file.writeUInt16LE(all.length - 1, 50);
  file.write(names, 52, "latin1");
  let offset = 0;
  for (const [index, [name, size]] of all.entries()) {
    file.writeUInt32LE(offset, table + index * 40);
    file.writeUInt32LE(52, table + index * 40 + 16);
    file.writeUInt32LE(size, table + index * 40 + 20);
    offset += name.length + 1;
  }
  return file;
}

const elf = elfWith([
  [".flash.text", 900_000],
  [".iram0.text", 1_000],
  [".dram0.data", 200],
  [".dram0.bss", 30],
  [".dram0.dummy", 1_000],
  [".noinit", 4],
]);

test("slot fill and static RAM are told", (t) => {
  const facts = imageFacts(new Uint8Array(1_015_808), elf, boardPartitions());
  t.deepEqual(facts.staticRam, { data: 234, code: 1_000 });
  t.is(
    factsLine(facts),
    "application 1015808 of 2031616 bytes of a slot (50.0 %); static RAM 1234 bytes: data 234, code 1000",
  );
});

test("what is no ELF file of the chip is said to be none", (t) => {
  t.throws(() => elfSections(new Uint8Array(64)), { instanceOf: RangeError });
});

test("a browser's folder has every part at its place, and nobody's identity", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "thirteen-web-"));
  const files = ["bootloader.bin", "partition-table.bin", "ota_data_initial.bin", "xs_esp32.bin"];
  const parts = files.map((name, index) => {
    writeFileSync(join(folder, name), name);
    return { offset: [0, 0x8000, 0xd000, 0x20000][index] as number, file: join(folder, name) };
  });
  const web = writeWebFolder(join(folder, "web"), "esp32c3", "1.2.3", parts);
  const manifest = JSON.parse(readFileSync(join(web, "manifest.json"), "utf8")) as WebManifest;
  const [build] = manifest.builds;
  t.is(build.chipFamily, "ESP32-C3");
  t.true(manifest.new_install_prompt_erase);
  for (const { path } of build.parts) t.true(existsSync(join(web, path)), path);
  const identity = boardPartitions().find(({ name }) => name === "factory");
  t.false(build.parts.some(({ offset }) => offset === identity?.offset));
  rmSync(folder, { recursive: true });
});
