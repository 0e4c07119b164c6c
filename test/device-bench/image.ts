/** Builds the bench's image for the emulated chip. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { forTheSdk } from "../../host-sim/chip/bundling.ts";
import { forPreload } from "../../host-sim/chip/modules.ts";
import { buildImage, type Image } from "../../host-sim/chip/sdk-build.ts";
import { root } from "../../host-sim/chip/targets.ts";
import type { Sdk } from "../../host-sim/chip/tools.ts";
import { factories } from "../../host-sim/runtime/bundle.ts";
import { unverified } from "../tls-native/impostors.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const folder = join(root, "build/device/bench");
const looseFolder = join(folder, "loose");
const tlsFolder = join(root, "device/platform/moddable/tls");

const tlsFiles = [
  "tls-session.c",
  "tls-session.h",
  "tls-work.c",
  "tls-work.h",
  "tls-xs.c",
  "tls-native.ts",
];

/**
 * The session once more with its verification taken out, under other names, so that one image holds
 * both: what the sound one refuses must get through this one.
 */
function makeLoose(): void {
  mkdirSync(looseFolder, { recursive: true });
  for (const file of tlsFiles) {
    let source = readFileSync(join(tlsFolder, file), "utf8");
    if (file === "tls-session.c")
      for (const [guard, broken] of unverified) {
        if (!source.includes(guard)) throw new Error(`nothing to sabotage: ${guard}`);
        source = source.replace(guard, broken);
      }
    const renamed = source
      .replace(/\btls(?=[A-Z])/g, "loose")
      .replaceAll("xs_tls_", "xs_loose_")
      .replace(/"tls-(?=\w+\.h")/g, '"loose-');
    writeFileSync(join(looseFolder, file.replace("tls-", "loose-")), renamed);
  }
}

const looseInPlace: Plugin = {
  name: "loose",
  setup({ onResolve }) {
    onResolve({ filter: /\/loose\.ts$/ }, () => ({ path: join(looseFolder, "loose-native.ts") }));
  },
};

/** `main` leaves the rig to the manifest, which has it preloaded. */
const rigApart: Plugin = {
  name: "rig-apart",
  setup({ onResolve }) {
    onResolve({ filter: /\/rig\.ts$/ }, ({ kind }) =>
      kind === "entry-point" ? undefined : { path: "rig", external: true },
    );
  },
};

async function makeModules(): Promise<void> {
  const modules = join(folder, "modules");
  rmSync(modules, { recursive: true, force: true });
  mkdirSync(modules, { recursive: true });
  const make = async (name: "main" | "rig", plugins: Plugin[]) => {
    const { outputFiles } = await build({
      ...forTheSdk,
      entryPoints: [here(`./${name}.ts`)],
      write: false,
      plugins,
    });
    const { text } = outputFiles[0]!;
    const module = name === "rig" ? await forPreload(text) : text;
    writeFileSync(join(modules, `${name}.js`), module);
  };
  await Promise.all([make("main", [rigApart]), make("rig", [looseInPlace, factories])]);
}

/** @throws Fault */
export async function benchImage(sdk: Sdk): Promise<Image> {
  makeLoose();
  await makeModules();
  return buildImage(sdk, "esp32c3-emulated", {
    manifest: "test/device-bench/manifest.json",
    output: join(folder, "image"),
  });
}
