/**
 * A real board on a cable, by esptool as its users have it (`esptool`, or Python's module): one at a
 * time, on one port. What was written is read back over the same cable and compared here, not by the
 * programmer's own word.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { errorCode, Fault } from "../fault.ts";
import { makePrivateFolder } from "../private-file.ts";
import { keepRelease, type LineRelease, type RegionBytes } from "./release.ts";
import type { Target } from "./target.ts";

/** Of `factory` in device/platform/boards/partitions.csv. */
export const factoryOffset = 0x10000;

export interface BoardOptions {
  /** E.g. /dev/ttyUSB0. */
  readonly port: string;
  /** Command and first arguments; found when absent. */
  readonly esptool?: readonly string[];
  /** Asks for the next board; resolves when it is on the cable. */
  readonly next?: (serial: string, what: "flash" | "read back") => Promise<void>;
}

/** How esptool is called here; undefined where it is not installed. */
export function findEsptool(): readonly string[] | undefined {
  const forms = [["esptool"], ["esptool.py"], ["python3", "-m", "esptool"]] as const;
  return forms.find(([command, ...rest]) => {
    const { status, error } = spawnSync(command, [...rest, "version"], { stdio: "ignore" });
    return !error && status === 0;
  });
}

export function boardTarget({ port, esptool, next }: BoardOptions): Target {
  const command = esptool ?? findEsptool();
  if (!command)
    throw new Fault("esptool is not installed: pip install esptool (or use --target simulator)");
  const [program = "", ...first] = command;
  const call = (args: readonly string[]) => {
    const { status, error } = spawnSync(program, [...first, "--port", port, ...args], {
      stdio: ["ignore", 2, 2],
    });
    if (errorCode(error) === "ENOENT") throw new Fault(`${program} is not installed`);
    if (status !== 0) throw new Fault(`esptool failed at ${port}: see its message above`);
  };
  /** The unit's image is a secret: its file lives as long as the call. */
  const withFolder = <T>(use: (folder: string) => T): T => {
    const folder = mkdtempSync(join(tmpdir(), "thirteen-board-"));
    makePrivateFolder(folder);
    try {
      return use(folder);
    } finally {
      for (const name of ["own.bin"]) {
        const file = join(folder, name);
        if (existsSync(file)) writeFileSync(file, Buffer.alloc(readFileSync(file).length));
      }
      rmSync(folder, { recursive: true, force: true });
    }
  };
  return {
    kind: "board",
    isSerial: true,
    async write(serial, regions) {
      await next?.(serial, "flash");
      withFolder((folder) => {
        const parts = regions.flatMap(({ name, offset, bytes }, index) => {
          const file = join(folder, name === "factory" ? "own.bin" : `${index}.bin`);
          writeFileSync(file, bytes, { mode: 0o600 });
          return [`0x${offset.toString(16)}`, file];
        });
        call(["write_flash", ...parts]);
      });
    },
    async read(serial, places) {
      await next?.(serial, "read back");
      return withFolder((folder) =>
        places.map(({ offset, length }) => {
          const file = join(folder, "own.bin");
          call(["read_flash", `0x${offset.toString(16)}`, String(length), file]);
          return new Uint8Array(readFileSync(file));
        }),
      );
    },
    async close() {},
  };
}

/**
 * What a build left for a board: ESP-IDF's `flash_args`, a line of options and then an offset and a
 * file a line. @throws Fault
 */
export function boardRelease(folder: string, flashArgs: string, version: string): LineRelease {
  if (!existsSync(flashArgs))
    throw new Fault(`${flashArgs}: no such file; build the board's firmware first`);
  const regions: RegionBytes[] = [];
  for (const line of readFileSync(flashArgs, "utf8").split("\n")) {
    const [, offset, file] = /^(0x[0-9a-fA-F]+) (.+)$/.exec(line.trim()) ?? [];
    if (!offset || !file) continue;
    const path = resolve(dirname(flashArgs), file);
    if (!existsSync(path)) throw new Fault(`${path}: named in ${flashArgs}, and not there`);
    regions.push({
      name: basename(file).replace(/\.bin$/, ""),
      offset: Number(offset),
      bytes: readFileSync(path),
    });
  }
  if (regions.length === 0) throw new Fault(`${flashArgs}: names nothing to flash`);
  const own = regions.find(
    ({ offset, bytes }) => offset < factoryOffset + 0x4000 && offset + bytes.length > factoryOffset,
  );
  if (own)
    throw new Fault(`${own.name} would lie on the unit's own partition; check the partition table`);
  const board = basename(dirname(flashArgs));
  return keepRelease(folder, { board, version, factoryOffset }, regions);
}

/** ESP Web Tools' manifest of one unit: what a browser flashes, by Web Serial. */
export function webManifest(
  release: LineRelease,
  chipFamily: string,
  fileOf: (name: string) => string,
): object {
  const parts = [
    ...release.regions.map(({ name, offset }) => ({ path: fileOf(name), offset })),
    { path: fileOf("factory"), offset: release.factoryOffset },
  ];
  return {
    name: release.board,
    version: release.version,
    new_install_prompt_erase: true,
    builds: [{ chipFamily, parts }],
  };
}
