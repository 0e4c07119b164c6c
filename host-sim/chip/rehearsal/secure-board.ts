/** A board as it ships, locked: its release settings with secure boot and flash encryption laid over. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { boardsFolder, type Target } from "../targets.ts";

/**
 * Makes the board's folder for mcconfig; nothing of it stays in the sources, so that nobody builds a locked
 * image by mistake.
 * @returns the folder, named as the target is.
 */
export function writeSecureBoard(target: Exclude<Target, "linux">, into: string): string {
  rmSync(into, { recursive: true, force: true });
  const from = join(boardsFolder, target);
  const board = join(into, target);
  mkdirSync(join(board, "sdkconfig"), { recursive: true });
  copyFileSync(join(boardsFolder, "partitions.csv"), join(into, "partitions.csv"));
  copyFileSync(join(from, "manifest.json"), join(board, "manifest.json"));
  const settings = "sdkconfig/sdkconfig.defaults";
  copyFileSync(join(from, settings), join(board, settings));
  const release = [join(from, `${settings}.release`), join(boardsFolder, "sdkconfig.secure")];
  writeFileSync(
    join(board, `${settings}.release`),
    release.map((file) => readFileSync(file, "utf8")).join("\n"),
  );
  return board;
}
