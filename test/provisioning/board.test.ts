/** The board target with a stand-in for esptool: a program of the same arguments on a file for a flash. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import {
  boardRelease,
  boardTarget,
  factoryOffset,
  findEsptool,
  webManifest,
} from "../../provisioning/line/board.ts";
import { runLine } from "../../provisioning/line/line.ts";
import { readRegions } from "../../provisioning/line/release.ts";
import type { Target } from "../../provisioning/line/target.ts";
import { generateSerial } from "../../provisioning/serial.ts";
import { reel, scratchStation } from "./line-fixture.ts";
import { scratchFolder } from "./scratch.ts";

/** Writes and reads a 4 MB file as esptool would a chip. */
const standIn = `
import { existsSync, readFileSync, writeFileSync } from "node:fs";
const [, , , port, command, ...rest] = process.argv;
const flash = existsSync(port) ? readFileSync(port) : Buffer.alloc(0x400000, 0xff);
if (command === "write_flash")
  for (let at = 0; at < rest.length; at += 2) flash.set(readFileSync(rest[at + 1]), Number(rest[at]));
else writeFileSync(rest[2], flash.subarray(Number(rest[0]), Number(rest[0]) + Number(rest[1])));
writeFileSync(port, flash);
`;

function build(folder: string): string {
  const built = join(folder, "esp32c3");
  mkdirSync(built);
  writeFileSync(join(built, "app.bin"), Buffer.alloc(9000, 0xe9));
  writeFileSync(join(built, "table.bin"), Buffer.alloc(3072, 0xaa));
  const list = join(built, "flash.txt");
  writeFileSync(list, "--flash_mode dio\n0x8000 table.bin\n0x20000 app.bin\n");
  return list;
}

test("a board is flashed, read back and labelled over its cable; another board in its place is refused", async (t) => {
  const folder = scratchFolder(t);
  const tool = join(folder, "esptool.mjs");
  writeFileSync(tool, standIn);
  chmodSync(tool, 0o700);
  const station = await scratchStation(t);
  const release = boardRelease(station.folder, build(folder), "1.2.3");
  const serials = [generateSerial(), generateSerial()];
  const row = { name: "PO", count: 2, release: JSON.stringify(release), ordered_at: "2026-11-25" };
  await station.ledger.order(row, serials);
  // A folder of its own, to see that nothing stays in it.
  const temporary = join(folder, "tmp");
  mkdirSync(temporary);
  process.env.TMPDIR = temporary;
  const esptool = [process.execPath, tool];
  // The operator puts each unit's own board on the cable.
  const boardOf = (serial: string) =>
    boardTarget({ port: join(folder, `${serial}.board`), esptool });
  const target: Target = {
    kind: "board",
    isSerial: true,
    write: (serial, regions) => boardOf(serial).write(serial, regions),
    read: (serial, places) => boardOf(serial).read(serial, places),
    async close() {},
  };
  // Careless at read-back: the other unit's board is on the cable.
  const swapped: Target = {
    ...target,
    read: (serial, places) => target.read(serials.find((other) => other !== serial)!, places),
  };
  const refused = await runLine(station, { order: "PO", target: swapped, printer: reel() });
  t.deepEqual(
    refused.turned.map(({ reason }) => reason),
    ["other-unit", "other-unit"],
  );
  t.is((await runLine(station, { order: "PO", target, printer: reel() })).labelled, 2);
  // Nothing of a unit's image stays in a temporary folder.
  t.deepEqual(readdirSync(temporary), []);
});

test("a list that names nothing, a missing file or the unit's own place is refused", (t) => {
  const folder = scratchFolder(t);
  const list = build(folder);
  t.throws(() => boardRelease(folder, join(folder, "no.txt"), "1"), { message: /no such file/ });
  writeFileSync(list, "--flash_mode dio\n");
  t.throws(() => boardRelease(folder, list, "1"), { message: /names nothing/ });
  writeFileSync(list, "0x8000 gone.bin\n");
  t.throws(() => boardRelease(folder, list, "1"), { message: /not there/ });
  writeFileSync(list, "0x12000 app.bin\n");
  t.throws(() => boardRelease(folder, list, "1"), { message: /unit's own partition/ });
});

test("a browser's manifest names the same places", (t) => {
  const folder = scratchFolder(t);
  const release = boardRelease(folder, build(folder), "1.2.3");
  t.is(readRegions(folder, release).length, 2);
  const manifest = webManifest(release, "ESP32-C3", (name) => `${name}.bin`);
  t.like(manifest, {
    builds: [
      {
        chipFamily: "ESP32-C3",
        parts: [
          { path: "table.bin", offset: 0x8000 },
          { path: "app.bin", offset: 0x20000 },
          { path: "factory.bin", offset: factoryOffset },
        ],
      },
    ],
  });
});

test("the vendor's own check of a board's images, where its tool and a build are", (t) => {
  const esptool = findEsptool();
  const built = "build/device/esp32c3/flash.txt";
  const names = esptool ? safeList(built) : [];
  if (!esptool || names.length === 0) {
    t.log(`skipped: ${esptool ? "no board image is built" : "esptool is not installed"} here`);
    t.pass();
    return;
  }
  const [program = "", ...first] = esptool;
  for (const name of names) {
    const read = spawnSync(program, [...first, "image_info", name], { encoding: "utf8" });
    t.is(read.status, 0, `${name}: ${read.stderr}`);
    t.regex(read.stdout, /valid/i);
  }
});

/** The bootable images of a build. */
function safeList(list: string): string[] {
  try {
    const files = [...readFileSync(list, "utf8").matchAll(/^0x\S+ (.+\.bin)$/gm)].map(([, name]) =>
      join(list, "..", name!),
    );
    return files.filter((file) => readFileSync(file)[0] === 0xe9);
  } catch {
    return [];
  }
}
