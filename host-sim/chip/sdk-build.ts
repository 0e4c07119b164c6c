/** Runs the Moddable SDK's tools, and ESP-IDF's through them, on a manifest of ours. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { Fault } from "../../provisioning/fault.ts";
import { boardsFolder, type FlashPart, flashParts, root, type Target } from "./targets.ts";
import { findIdf, findMbedtls, requireCompiler, requireGlib, type Sdk } from "./tools.ts";

/** What is built, and the folder for everything that comes of it. */
export interface Project {
  /** From the project's root. */
  readonly manifest: string;
  readonly output: string;
  /** Of the manifest's `config`, e.g. "development=true". */
  readonly settings?: readonly string[];
  /** The board's folder, named as the target is; that of `device/platform/boards` when absent. */
  readonly board?: string;
}

/** @throws Fault: what the program said is on the terminal already. */
function run(
  command: string,
  args: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>>,
): void {
  const { status, error } = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...environment },
    stdio: ["ignore", 2, 2],
  });
  if (error || status !== 0)
    throw new Fault(
      `${command} failed${error ? `: ${error.message}` : ", see its messages above"}`,
    );
}

const pathWith = ({ tools }: Sdk) => ({
  PATH: [tools, join(root, "node_modules/.bin"), process.env.PATH].join(":"),
});

/** The one project below, whatever the checkout's folder is called. */
function projectFolder(below: string): string {
  const [name, another] = readdirSync(below).filter((entry) => entry !== "lib");
  if (name === undefined || another !== undefined)
    throw new Fault(`${below} is not as mcconfig leaves it: delete it and build again`);
  return join(below, name);
}

function configure(sdk: Sdk, platform: string, { manifest, output, settings = [] }: Project): void {
  mkdirSync(output, { recursive: true });
  run("mcconfig", ["-p", platform, "-o", output, manifest, ...settings], root, pathWith(sdk));
}

/** @returns the program. @throws Fault */
export function buildProgram(sdk: Sdk, project: Project): string {
  const { include, libraries } = findMbedtls();
  requireGlib();
  configure(sdk, "x-cli-lin", project);
  const made = projectFolder(join(project.output, "tmp/lin/release"));
  const libs = [
    ...libraries,
    "-lm -lc $(shell pkg-config --libs gio-2.0) -latomic -lpthread -ldl",
  ].join(" ");
  run("make", [`LIBRARIES=${libs}`], made, { ...pathWith(sdk), C_INCLUDE_PATH: include });
  return projectFolder(join(project.output, "bin/lin/release"));
}

/** Headers of ESP-IDF's mbedTLS that the SDK's makefile does not know of. */
function mbedtlsHeaders(idf: string): string {
  const component = join(idf, "components/mbedtls");
  const crypto = "mbedtls/tf-psa-crypto";
  const folders = ["port/include", `${crypto}/include`, `${crypto}/drivers/builtin/include`];
  return folders.map((folder) => join(component, folder)).join(" ");
}

/** ESP-IDF goes on with the settings of the build before, whatever has become of the board's since. */
function dropOldSettings(settings: string, board: string): void {
  if (!existsSync(settings)) return;
  const { mtimeMs } = statSync(settings);
  const own = join(board, "sdkconfig");
  const isNewer = (name: string) => statSync(join(own, name)).mtimeMs > mtimeMs;
  if (readdirSync(own).some(isNewer)) rmSync(settings);
}

export interface Image {
  /** What goes where in the flash. */
  readonly parts: readonly FlashPart[];
  /** The folder of ESP-IDF's build. */
  readonly folder: string;
}

/** @throws Fault */
export function buildImage(sdk: Sdk, target: Exclude<Target, "linux">, project: Project): Image {
  const idf = findIdf();
  const chip = target === "esp32" ? "esp32" : "esp32c3";
  requireCompiler(chip);
  const board = project.board ?? join(boardsFolder, target);
  configure(sdk, `esp32:${board}`, project);
  const made = projectFolder(join(project.output, `tmp/esp32/${target}/release`));
  const folder = join(made, `xsProj-${chip}`, "build");
  dropOldSettings(join(made, `xsProj-${chip}`, "sdkconfig"), board);
  const image = join(folder, "xs_esp32.bin");
  // With its stamp, without which ESP-IDF takes an image that is not there for made.
  for (const file of [image, join(folder, ".bin_timestamp")]) rmSync(file, { force: true });
  // The makefile's place for headers of components that are not ESP-IDF's; we have none.
  run("make", ["build", `MANAGED_COMPONENT_DIRS=${mbedtlsHeaders(idf)}`], made, pathWith(sdk));
  // The makefile goes on when ESP-IDF's build has failed.
  if (!existsSync(image)) throw new Fault("ESP-IDF's build failed: see its messages above");
  return { parts: flashParts(join(dirname(image), "flash_args")), folder };
}
