/**
 * A real board on a cable, by esptool as its users have it (`esptool`, or Python's module): one at a
 * time, on one port. What was written is read back over the same cable and compared here, not by the
 * programmer's own word.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errorCode, Fault } from "../fault.ts";
import { makePrivateFolder } from "../private-file.ts";
import type { Target } from "./target.ts";

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
