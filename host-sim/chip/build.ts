/** `npm run device:build`: the firmware as the Moddable SDK builds it. */
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { Fault } from "../../provisioning/fault.ts";
import { oneOf, runCommandLine } from "../command-line.ts";
import { makeModules } from "./modules.ts";
import {
  boardFolder,
  flashParts,
  outputFolder,
  productOf,
  root,
  type Target,
  targetNames,
} from "./targets.ts";
import { findIdf, findMbedtls, findSdk, requireCompiler, requireGlib, type Sdk } from "./tools.ts";

const usage = `usage: npm run device:build -- --target linux|esp32c3-emulated|esp32c3|esp32

  Builds with the Moddable SDK at $MODDABLE (8.2.3 or later); for chips also with ESP-IDF 6.0 at
  $IDF_PATH, for Linux also with mbedTLS 3.6 or later (of the system, or at $MBEDTLS_ROOT).`;

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

function buildForLinux(sdk: Sdk): void {
  const { include, libraries } = findMbedtls();
  requireGlib();
  const output = outputFolder("linux");
  run("mcconfig", ["-p", "x-cli-lin", "-o", output, "manifest.json"], root, pathWith(sdk));
  const project = projectFolder(join(output, "tmp/lin/release"));
  const libs = [
    ...libraries,
    "-lm -lc $(shell pkg-config --libs gio-2.0) -latomic -lpthread -ldl",
  ].join(" ");
  run("make", [`LIBRARIES=${libs}`], project, { ...pathWith(sdk), C_INCLUDE_PATH: include });
  copyFileSync(projectFolder(join(output, "bin/lin/release")), productOf("linux"));
  console.log(`${productOf("linux")}, ${statSync(productOf("linux")).size} bytes`);
}

/** Headers of ESP-IDF's mbedTLS that the SDK's makefile does not know of. */
function mbedtlsHeaders(idf: string): string {
  const component = join(idf, "components/mbedtls");
  const crypto = "mbedtls/tf-psa-crypto";
  const folders = ["port/include", `${crypto}/include`, `${crypto}/drivers/builtin/include`];
  return folders.map((folder) => join(component, folder)).join(" ");
}

function buildForChip(sdk: Sdk, target: Exclude<Target, "linux">): void {
  const idf = findIdf();
  const chip = target === "esp32" ? "esp32" : "esp32c3";
  requireCompiler(chip);
  const output = outputFolder(target);
  const board = join(root, "device/platform/boards", target);
  run("mcconfig", ["-p", `esp32:${board}`, "-o", output, "manifest.json"], root, pathWith(sdk));
  const project = projectFolder(join(output, `tmp/esp32/${target}/release`));
  const image = join(project, `xsProj-${chip}`, "build/xs_esp32.bin");
  rmSync(image, { force: true });
  // The makefile's place for headers of components that are not ESP-IDF's; we have none.
  run("make", ["build", `MANAGED_COMPONENT_DIRS=${mbedtlsHeaders(idf)}`], project, pathWith(sdk));
  // The makefile goes on when ESP-IDF's build has failed.
  if (!existsSync(image)) throw new Fault("ESP-IDF's build failed: see its messages above");
  const parts = flashParts(join(dirname(image), "flash_args"));
  const list = parts.map(({ offset, file }) => `0x${offset.toString(16)} ${file}\n`);
  writeFileSync(productOf(target), list.join(""));
  for (const { offset, file } of parts)
    console.log(`0x${offset.toString(16).padStart(6, "0")}  ${statSync(file).size} bytes  ${file}`);
}

await runCommandLine(usage, async () => {
  const { values } = parseArgs({ options: { target: { type: "string" } } });
  const target = oneOf("--target", values.target ?? "", targetNames);
  const sdk = findSdk();
  if (target === "linux") findMbedtls();
  else findIdf();
  await makeModules(boardFolder(target));
  mkdirSync(outputFolder(target), { recursive: true });
  if (target === "linux") buildForLinux(sdk);
  else buildForChip(sdk, target);
});
