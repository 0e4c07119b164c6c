/**
 * The chip vendor's own tools on what a board is flashed with: visibly skipped where ESP-IDF (IDF_PATH),
 * esptool or a build is not there.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { boardPartitions, partition, partitionTable } from "../../host-sim/board/partitions.ts";
import { boardImages } from "../../provisioning/line/board-release.ts";
import { trialIdentity } from "../../provisioning/line/check-images.ts";
import {
  type BoardImages,
  findVendorTools,
  type VendorTools,
  vendorChecks,
} from "../../provisioning/line/vendor-checks.ts";
import { scratchFolder } from "./scratch.ts";

const table = readFileSync(partitionTable, "utf8");
const tools = findVendorTools();
const built = ["esp32c3", "esp32"]
  .map((board) => join("build", "device", board, "flash.txt"))
  .find(existsSync);

/** A build of the vendor's own table and an application that no chip starts. */
async function sketch(t: ExecutionContext): Promise<BoardImages> {
  const folder = scratchFolder(t);
  const csv = join(folder, "table.csv");
  writeFileSync(csv, table);
  const tool = join(tools.idf ?? "", "components/partition_table/gen_esp32part.py");
  if (tools.idf) spawnSync("python3", [tool, "--quiet", csv, join(folder, "table.bin")]);
  else writeFileSync(join(folder, "table.bin"), "");
  writeFileSync(join(folder, "app.bin"), Buffer.alloc(9000, 0x55));
  const list = join(folder, "flash.txt");
  writeFileSync(list, "--flash_mode dio\n0x8000 table.bin\n0x20000 app.bin\n");
  const images = boardImages(list, table, boardPartitions());
  return { ...images, chip: "esp32c3", regions: [...images.regions, await trialIdentity()] };
}

function changed(images: BoardImages, name: string, change: (bytes: Buffer) => void): BoardImages {
  const regions = images.regions.map((region) => {
    if (region.name !== name) return region;
    const bytes = Buffer.from(region.bytes);
    change(bytes);
    return { ...region, bytes };
  });
  return { ...images, regions };
}

const refusals = (images: BoardImages, with_: VendorTools = tools) =>
  vendorChecks(images, with_).filter(({ result }) => result === "refused");

test("without the vendor's tools each check is skipped by name", async (t) => {
  const checks = vendorChecks(await sketch(t), { esptool: undefined, idf: undefined });
  t.true(checks.length >= 3);
  for (const { result, detail } of checks) {
    t.is(result, "skipped");
    t.regex(detail, /IDF_PATH|esptool/);
  }
});

(tools.idf ? test : test.skip)("partition and NVS tools take what is flashed", async (t) => {
  const images = await sketch(t);
  t.deepEqual(refusals(images), []);
  // Controls: another table, an NVS area with something in it, an identity where no partition is.
  const other = { ...images, table: table.replace("0x6000\nowner", "0x5000\nowner") };
  t.not(other.table, table);
  t.like(refusals(other), [{ what: "the partition table is the build's" }]);
  const damaged = changed(images, "nvs", (bytes) => bytes.write("damaged", 0));
  t.like(refusals(damaged), [{ what: "the NVS area is whole" }]);
  const slot1 = partition(boardPartitions(), "slot1");
  const regions = images.regions.map((region) =>
    region.name === "factory" ? { ...region, offset: slot1.offset + slot1.size } : region,
  );
  t.regex(refusals({ ...images, regions })[0]?.detail ?? "", /factory lies in no partition/);
});

(tools.idf && tools.esptool && built ? test : test.skip)(
  "the vendor's tools take a build and a unit's identity, and nothing is skipped",
  async (t) => {
    const images = boardImages(built!, table, boardPartitions());
    const whole = { ...images, regions: [...images.regions, await trialIdentity()] };
    const checks = vendorChecks(whole, tools);
    t.deepEqual(
      checks.filter(({ result }) => result !== "passed"),
      [],
    );
    // Control: one bit of the application.
    const slot0 = partition(boardPartitions(), "slot0");
    const { name } = images.regions.find(({ offset }) => offset === slot0.offset)!;
    const flipped = changed(whole, name, (bytes) => {
      bytes[5000]! ^= 1;
    });
    t.like(refusals(flipped), [{ what: `${name} is a valid image` }]);
  },
);
