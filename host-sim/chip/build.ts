/** `npm run device:build`: the firmware as the Moddable SDK builds it. */
import { copyFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { version } from "../../device/about/version.ts";
import { boardPartitions } from "../board/partitions.ts";
import { oneOf, runCommandLine } from "../command-line.ts";
import { readRoot } from "../runtime/first-root.ts";
import { makeFirmware, projectOf } from "./firmware-image.ts";
import { factsLine, imageFacts } from "./image-facts.ts";
import { buildImage, buildProgram } from "./sdk-build.ts";
import { outputFolder, productOf, type Target, targetNames } from "./targets.ts";
import { findIdf, findMbedtls, findSdk, type Sdk } from "./tools.ts";
import { writeWebFolder } from "./web-flash.ts";

const usage = `usage: npm run device:build -- --target linux|esp32c3-emulated|esp32c3|esp32 [--root 1.root.json]

  Builds with the Moddable SDK at $MODDABLE (8.2.3 or later); for chips also with ESP-IDF 6.0 at
  $IDF_PATH, for Linux also with mbedTLS 3.6 or later (of the system, or at $MBEDTLS_ROOT).

  --root  the release desk's first root: what this firmware trusts from then on. Without one it is never updated`;

function buildForLinux(sdk: Sdk): void {
  copyFileSync(buildProgram(sdk, projectOf("linux")), productOf("linux"));
  console.log(`${productOf("linux")}, ${statSync(productOf("linux")).size} bytes`);
}

function buildForChip(sdk: Sdk, target: Exclude<Target, "linux">): void {
  const { parts, folder } = buildImage(sdk, target, projectOf(target));
  const list = parts.map(({ offset, file }) => `0x${offset.toString(16)} ${file}\n`);
  writeFileSync(productOf(target), list.join(""));
  for (const { offset, file } of parts)
    console.log(`0x${offset.toString(16).padStart(6, "0")}  ${statSync(file).size} bytes  ${file}`);
  const [application, elf] = ["xs_esp32.bin", "xs_esp32.elf"].map((name) =>
    readFileSync(join(folder, name)),
  ) as [Buffer, Buffer];
  console.log(factsLine(imageFacts(application, elf, boardPartitions())));
  if (target !== "esp32c3-emulated")
    console.log(
      `for a browser: ${writeWebFolder(join(outputFolder(target), "web"), target, version, parts)}`,
    );
}

await runCommandLine(usage, async () => {
  const { values } = parseArgs({
    options: { target: { type: "string" }, root: { type: "string" } },
  });
  const target = oneOf("--target", values.target ?? "", targetNames);
  const sdk = findSdk();
  if (target === "linux") findMbedtls();
  else findIdf();
  await makeFirmware(target, values.root === undefined ? {} : { root: readRoot(values.root) });
  if (target === "linux") buildForLinux(sdk);
  else buildForChip(sdk, target);
});
