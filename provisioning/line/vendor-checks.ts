/**
 * The chip vendor's own checks of what a board is flashed with, where its tools are installed: its
 * partition tool on our table, its size check on what the build left, its parser on the bootable
 * images and on the NVS area, and its flasher's idea of the whole flash. None of them is ours, and
 * none comes with this project: what is missing is skipped by name.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makePrivateFolder } from "../private-file.ts";
import { findEsptool } from "./board.ts";
import type { RegionBytes } from "./release.ts";

export interface BoardImages {
  /** As esptool calls it, e.g. esp32c3. */
  readonly chip: string;
  /** The partition table as ESP-IDF's CSV. */
  readonly table: string;
  /** What every unit is flashed with, and one unit's own partition. */
  readonly regions: readonly RegionBytes[];
}

export interface VendorTools {
  readonly esptool: readonly string[] | undefined;
  /** Folder of ESP-IDF. */
  readonly idf: string | undefined;
}

export interface VendorCheck {
  readonly what: string;
  readonly tool: string;
  readonly result: "passed" | "refused" | "skipped";
  /** Why it was refused or skipped; what the tool said when it passed. */
  readonly detail: string;
}

export function findVendorTools(environment: NodeJS.ProcessEnv = process.env): VendorTools {
  const idf = environment.IDF_PATH;
  return { esptool: findEsptool(), idf: idf && existsSync(idf) ? idf : undefined };
}

const tableOffset = 0x8000;
/** The first byte of every image that ROM loader or bootloader start ("Firmware Image Format" of esptool). */
const imageMagic = 0xe9;

const partitionTool = "components/partition_table/gen_esp32part.py";
const sizeTool = "components/partition_table/check_sizes.py";
const nvsTool = "components/nvs_flash/nvs_partition_tool/nvs_tool.py";

export function vendorChecks(images: BoardImages, tools: VendorTools): VendorCheck[] {
  const folder = mkdtempSync(join(tmpdir(), "thirteen-vendor-"));
  makePrivateFolder(folder);
  try {
    return new Checks(folder, images, tools).run();
  } finally {
    // A unit's image was among them.
    rmSync(folder, { recursive: true, force: true });
  }
}

type Verdict = { readonly fault: string } | { readonly said: string };

class Checks {
  readonly #folder: string;
  readonly #images: BoardImages;
  readonly #tools: VendorTools;

  constructor(folder: string, images: BoardImages, tools: VendorTools) {
    this.#folder = folder;
    this.#images = images;
    this.#tools = tools;
  }

  run(): VendorCheck[] {
    const { regions } = this.#images;
    const bootable = regions.filter(({ bytes }) => bytes[0] === imageMagic);
    return [
      this.#idf("the partition table is the build's", partitionTool, (tool) => this.#table(tool)),
      ...bootable.map((region) =>
        this.#idf(`${region.name} fits where it goes`, sizeTool, (tool) =>
          this.#fits(tool, region),
        ),
      ),
      this.#idf("the NVS area is whole", nvsTool, (tool) => this.#nvs(tool)),
      ...bootable.map((region) =>
        this.#esptool(`${region.name} is a valid image`, "image_info", () => this.#isImage(region)),
      ),
      this.#esptool("the whole flash is what the regions say", "merge_bin", () => this.#merge()),
    ];
  }

  #idf(what: string, tool: string, check: (path: string) => Verdict): VendorCheck {
    const { idf } = this.#tools;
    if (idf === undefined)
      return { what, tool, result: "skipped", detail: "IDF_PATH names no ESP-IDF" };
    return verdict(what, tool, check(join(idf, tool)));
  }

  #esptool(what: string, command: string, check: () => Verdict): VendorCheck {
    const tool = `esptool ${command}`;
    if (!this.#tools.esptool)
      return { what, tool, result: "skipped", detail: "esptool is not installed" };
    return verdict(what, tool, check());
  }

  #file(name: string, content: Uint8Array | string): string {
    const file = join(this.#folder, name);
    writeFileSync(file, content, { mode: 0o600 });
    return file;
  }

  #call(program: string, args: readonly string[]): Verdict {
    const { status, error, stdout, stderr } = spawnSync(program, [...args], { encoding: "utf8" });
    if (error) return { fault: error.message };
    return status === 0
      ? { said: stdout }
      : { fault: lastLine(stderr) || lastLine(stdout) || `exit ${status}` };
  }

  #python(tool: string, ...args: string[]): Verdict {
    return this.#call("python3", [tool, ...args]);
  }

  /**
   * The vendor reads our table and the build's as one and the same, and each region lies in a partition.
   * Not byte for byte: a checksum after the entries is a setting of the build.
   */
  #table(tool: string): Verdict {
    const csv = this.#file("table.csv", this.#images.table);
    const binary = join(this.#folder, "table.bin");
    const made = this.#python(tool, "--quiet", "--flash-size", "4MB", csv, binary);
    if ("fault" in made) return made;
    const built = this.#images.regions.find(({ offset }) => offset === tableOffset);
    if (!built) return { fault: "the build has no partition table at 0x8000" };
    const ours = this.#python(tool, "--quiet", binary);
    if ("fault" in ours) return ours;
    const read = this.#python(tool, "--quiet", this.#file("built-table.bin", built.bytes));
    if ("fault" in read) return read;
    if (read.said !== ours.said)
      return { fault: "the build's table is not the one in partitions.csv: build again" };
    const partitions = partitionsOf(read.said);
    const lost = this.#images.regions.find(
      ({ offset, bytes }) =>
        offset > tableOffset &&
        !partitions.some(
          (one) => offset >= one.offset && offset + bytes.length <= one.offset + one.size,
        ),
    );
    if (lost) return { fault: `${lost.name} lies in no partition of the vendor's reading` };
    return { said: `${partitions.length} partitions` };
  }

  #fits(tool: string, { name, offset, bytes }: RegionBytes): Verdict {
    const file = this.#file(`${name}.bin`, bytes);
    const place = ["--offset", `0x${tableOffset.toString(16)}`];
    if (offset < tableOffset)
      return this.#python(tool, ...place, "bootloader", `0x${offset.toString(16)}`, file);
    const table = this.#images.regions.find((region) => region.offset === tableOffset);
    if (!table) return { fault: "the build has no partition table at 0x8000" };
    const tableFile = this.#file("built-table.bin", table.bytes);
    return this.#python(tool, ...place, "partition", "--type", "app", tableFile, file);
  }

  /** The tool exits with 0 whatever it finds: what it finds is read. */
  #nvs(tool: string): Verdict {
    const area = this.#images.regions.find(({ name }) => name === "nvs");
    if (!area) return { fault: "no NVS area is written" };
    const file = this.#file("nvs.bin", area.bytes);
    const said = this.#python(tool, "-i", "-d", "none", "--color", "never", file);
    if ("fault" in said) return said;
    const bad = said.said
      .split("\n")
      .find((line) => !/^\s*(Page \w+|Page no\. \d+\s+CRC32: OK)?\s*$/.test(line));
    return bad === undefined ? { said: `${area.bytes.length} bytes` } : { fault: bad.trim() };
  }

  #isImage({ name, bytes }: RegionBytes): Verdict {
    const [program = "", ...first] = this.#tools.esptool!;
    const file = this.#file(`${name}.bin`, bytes);
    const read = this.#call(program, [...first, "--chip", this.#images.chip, "image_info", file]);
    if ("fault" in read) return read;
    const marks = [...read.said.matchAll(/^(Checksum|Validation hash): \S+ \((\w+)\)/gim)];
    const bad = marks.find(([, , mark]) => mark !== "valid");
    if (marks.length < 2 || bad)
      return { fault: bad ? `${bad[1]} is ${bad[2]}` : "has no checksum and hash to check" };
    return { said: "checksum and hash valid" };
  }

  /** What esptool would hand to a programmer in one piece holds each region, and 0xff between them. */
  #merge(): Verdict {
    const { chip, regions } = this.#images;
    const [program = "", ...first] = this.#tools.esptool!;
    const output = join(this.#folder, "flash.bin");
    const parts = regions.flatMap(({ name, offset, bytes }) => [
      `0x${offset.toString(16)}`,
      this.#file(`${name}.bin`, bytes),
    ]);
    const made = this.#call(program, [
      ...first,
      "--chip",
      chip,
      "merge_bin",
      "-o",
      output,
      ...parts,
    ]);
    if ("fault" in made) return made;
    const merged = readFileSync(output);
    const own = Buffer.alloc(merged.length, 0xff);
    for (const { offset, bytes } of regions) own.set(bytes, offset);
    return merged.equals(own)
      ? { said: `${merged.length} bytes` }
      : { fault: "esptool puts something else together" };
  }
}

function verdict(what: string, tool: string, found: Verdict): VendorCheck {
  return "fault" in found
    ? { what, tool, result: "refused", detail: found.fault }
    : { what, tool, result: "passed", detail: lastLine(found.said) };
}

/** Lines of gen_esp32part.py's CSV: sizes in bytes, or with K or M. */
function partitionsOf(csv: string): { offset: number; size: number }[] {
  return [...csv.matchAll(/^[^#,]+,[^,]*,[^,]*,(0x[0-9a-f]+),(\d+)([KM]?),/gim)].map(
    ([, offset, size, unit = ""]) => ({
      offset: Number(offset),
      size: Number(size) * { "": 1, K: 1024, M: 1024 * 1024 }[unit.toUpperCase()]!,
    }),
  );
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.trim() ?? "";
}
