/** The board target with a stand-in for esptool: a program of the same arguments on a file for a flash. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { boardPartitions } from "../../host-sim/board/partitions.ts";
import { boardTarget } from "../../provisioning/line/board.ts";
import { boardRelease } from "../../provisioning/line/board-release.ts";
import { runLine } from "../../provisioning/line/line.ts";
import { flashStep } from "../../provisioning/line/steps.ts";
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
  writeFileSync(join(built, "choice.bin"), Buffer.alloc(8192, 0xff));
  const list = join(built, "flash.txt");
  writeFileSync(list, "--flash_mode dio\n0x8000 table.bin\n0xd000 choice.bin\n0x20000 app.bin\n");
  return list;
}

test("a board is flashed, read back and labelled over its cable; another board in its place is refused", async (t) => {
  const folder = scratchFolder(t);
  const tool = join(folder, "esptool.mjs");
  writeFileSync(tool, standIn);
  chmodSync(tool, 0o700);
  const station = await scratchStation(t);
  const release = boardRelease(station.folder, build(folder), "1.2.3", boardPartitions());
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
  t.throws(() => boardRelease(folder, join(folder, "no.txt"), "1", []), {
    message: /no such file/,
  });
  writeFileSync(list, "--flash_mode dio\n");
  t.throws(() => boardRelease(folder, list, "1", []), { message: /names nothing/ });
  writeFileSync(list, "0x8000 gone.bin\n");
  t.throws(() => boardRelease(folder, list, "1", []), { message: /not there/ });
  writeFileSync(list, "0x12000 app.bin\n");
  t.throws(() => boardRelease(folder, list, "1", []), { message: /unit's own partition/ });
});

test("a board that started between flashing and read-back is held to what it must not change", async (t) => {
  const folder = scratchFolder(t);
  const tool = join(folder, "esptool.mjs");
  writeFileSync(tool, standIn);
  const station = await scratchStation(t);
  const release = boardRelease(station.folder, build(folder), "1.2.3", boardPartitions());
  const serial = generateSerial();
  const row = { name: "PO", count: 1, release: JSON.stringify(release), ordered_at: "2026-11-25" };
  await station.ledger.order(row, [serial]);
  const port = join(folder, "board");
  // A board that had another life before.
  const used = Buffer.alloc(0x400000, 0xff);
  for (const { offset } of boardPartitions()) used.write("another life", offset);
  writeFileSync(port, used);
  const target = boardTarget({ port, esptool: [process.execPath, tool] });
  let damage = 0x20000;
  const started: Target = {
    ...target,
    async write(own, regions) {
      await target.write(own, regions);
      const flash = readFileSync(port);
      for (const { name, offset } of boardPartitions()) {
        if (name === "slot1") continue;
        t.not(flash.toString("latin1", offset, offset + 12), "another life", name);
        if (ownAreas.has(name)) flash.write("its own life", offset);
      }
      flash[damage] = 0;
      writeFileSync(port, flash);
    },
  };
  const torn = await runLine(station, { order: "PO", target: started, printer: reel() });
  t.deepEqual(
    torn.turned.map(({ reason }) => reason),
    ["other-release (app)"],
  );
  damage = 0x3fffff;
  // Until it is flashed again, it stays refused.
  const [unit] = await station.ledger.atStation(station.station, "flashed", 9);
  await flashStep(station, started, [unit!]);
  t.is((await runLine(station, { order: "PO", target: started, printer: reel() })).labelled, 1);
});

/** What a unit writes to from its first start. */
const ownAreas = new Set(["nvs", "otadata", "nvs_keys", "system", "owner"]);
