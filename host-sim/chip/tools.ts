/**
 * What the device commands need and nobody can install for you: each is found, or the reason why not
 * is one line that says what to do.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { Fault } from "../../provisioning/fault.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The release everything here was built and run with, and the first that has the words we use. */
const sdkVersion = "8.2.3";
const idfVersion = "6.0";

/** Is `version` at least `least`? Numbers separated by dots. */
export function atLeast(version: string, least: string): boolean {
  const [have, need] = [version, least].map((text) => text.split(".").map(Number));
  for (let index = 0; index < need!.length; index++) {
    const difference = (have![index] ?? 0) - need![index]!;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function textOf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8").trim() : undefined;
}

export interface Sdk {
  readonly root: string;
  /** The folder of `mcconfig`, `xsc`, `xsl`. */
  readonly tools: string;
}

/** @throws Fault */
export function findSdk(environment: Environment = process.env): Sdk {
  const root = environment.MODDABLE;
  if (!root)
    throw new Fault(
      `MODDABLE is not set: install the Moddable SDK ${sdkVersion} (https://moddable.com) and point MODDABLE to its folder`,
    );
  const version = textOf(join(root, "tools/VERSION"));
  if (version === undefined)
    throw new Fault(`MODDABLE is ${root}, where no Moddable SDK is: tools/VERSION is not there`);
  if (!atLeast(version, sdkVersion))
    throw new Fault(`the Moddable SDK in ${root} is ${version}: ${sdkVersion} or later is needed`);
  const host = { linux: "lin", darwin: "mac", win32: "win" }[process.platform as "linux"];
  const tools = join(root, "build/bin", host ?? process.platform, "release");
  if (!existsSync(join(tools, "mcconfig")))
    throw new Fault(
      `the Moddable SDK's tools are not built: ${join(tools, "mcconfig")} is not there; see "Getting Started" of the SDK`,
    );
  return { root, tools };
}

/** The folder of ESP-IDF. @throws Fault */
export function findIdf(environment: Environment = process.env): string {
  const root = environment.IDF_PATH;
  if (!root)
    throw new Fault(
      `IDF_PATH is not set: install ESP-IDF ${idfVersion} and run its export script in this shell`,
    );
  const cmake = textOf(join(root, "tools/cmake/version.cmake"));
  if (cmake === undefined)
    throw new Fault(
      `IDF_PATH is ${root}, where no ESP-IDF is: tools/cmake/version.cmake is not there`,
    );
  const part = (name: string) => new RegExp(`IDF_VERSION_${name} (\\d+)`).exec(cmake)?.[1];
  const version = `${part("MAJOR")}.${part("MINOR")}`;
  if (version !== idfVersion)
    throw new Fault(`the ESP-IDF in ${root} is ${version}: the Moddable SDK wants ${idfVersion}`);
  return root;
}

/** An executable file of this name on the PATH. */
export function onPath(name: string, environment: Environment = process.env): string | undefined {
  const places = (environment.PATH ?? "").split(":").map((folder) => join(folder, name));
  return places.find((place) => existsSync(place));
}

/** The compiler that makes code for the chip. @throws Fault */
export function requireCompiler(
  target: "esp32" | "esp32c3",
  environment: Environment = process.env,
): void {
  const name = target === "esp32" ? "xtensa-esp-elf-gcc" : "riscv32-esp-elf-gcc";
  const older = target === "esp32" ? "xtensa-esp32-elf-gcc" : name;
  if (!onPath(name, environment) && !onPath(older, environment))
    throw new Fault(
      `${name} is not on the PATH: run ESP-IDF's install script for ${target}, then its export script`,
    );
}

export interface Mbedtls {
  readonly include: string;
  /** For the linker: static libraries where there are any, so that the program runs as it is. */
  readonly libraries: readonly string[];
}

/** Headers and libraries for the Linux build. @throws Fault */
export function findMbedtls(environment: Environment = process.env): Mbedtls {
  const root = environment.MBEDTLS_ROOT ?? "/usr";
  const include = join(root, "include");
  const facts = textOf(join(include, "mbedtls/build_info.h")) ?? "";
  const part = (name: string) => Number(new RegExp(`VERSION_${name} +(\\d+)`).exec(facts)?.[1]);
  const version = `${part("MAJOR")}.${part("MINOR")}`;
  if (!atLeast(version, "3.6"))
    throw new Fault(
      `mbedTLS 3.6 or later is not in ${root}: install libmbedtls-dev, or point MBEDTLS_ROOT to a folder with include and lib`,
    );
  const lib = join(root, "lib");
  const folders = [
    lib,
    ...(existsSync(lib) ? readdirSync(lib).map((name) => join(lib, name)) : []),
  ];
  const holds = (name: string) => (folder: string) => existsSync(join(folder, name));
  const folder = folders.find(holds("libmbedtls.a")) ?? folders.find(holds("libmbedtls.so"));
  if (!folder) throw new Fault(`mbedTLS's headers are in ${root}, its libraries are not`);
  const crypto = ["tfpsacrypto", "mbedcrypto"].find(
    (name) => holds(`lib${name}.a`)(folder) || holds(`lib${name}.so`)(folder),
  );
  const libraries = ["mbedtls", "mbedx509", crypto ?? "mbedcrypto"].map((name) =>
    holds(`lib${name}.a`)(folder) ? join(folder, `lib${name}.a`) : `-L${folder} -l${name}`,
  );
  return { include, libraries };
}

/** GLib's flags for the linker; the SDK's Linux runtime stands on it. @throws Fault */
export function requireGlib(): void {
  try {
    execFileSync("pkg-config", ["--exists", "gio-2.0"], { stdio: "ignore" });
  } catch {
    throw new Fault("GLib is not found by pkg-config: install pkg-config and libglib2.0-dev");
  }
}

/** Espressif's emulator. @throws Fault */
export function findEmulator(environment: Environment = process.env): string {
  const name = "qemu-system-riscv32";
  const below = join(
    environment.IDF_TOOLS_PATH ?? join(homedir(), ".espressif"),
    "tools/qemu-riscv32",
  );
  const installed = existsSync(below)
    ? readdirSync(below).map((version) => join(below, version, "qemu/bin", name))
    : [];
  const named = environment.THIRTEEN_QEMU;
  const candidates = named ? [named] : [onPath(name, environment), ...installed];
  const found = candidates.find((path) => path !== undefined && existsSync(path));
  if (!found)
    throw new Fault(
      `Espressif's ${name} is not found: run "python $IDF_PATH/tools/idf_tools.py install qemu-riscv32", or name it with THIRTEEN_QEMU`,
    );
  const machines = execFileSync(found, ["-M", "help"], { encoding: "utf8" });
  if (!machines.includes("esp32c3"))
    throw new Fault(
      `${found} emulates no ESP32-C3: it is not Espressif's; name theirs with THIRTEEN_QEMU`,
    );
  return found;
}
