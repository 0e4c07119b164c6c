/** The firmware as an image for a chip: today's, or one that differs from it. */
import { withRoot } from "../runtime/first-root.ts";
import { type Changes, withVersion } from "../runtime/variants.ts";
import { markModules } from "./image-mark.ts";
import { makeModules } from "./modules.ts";
import { buildImage, type Image, type Project } from "./sdk-build.ts";
import { boardFolder, outputFolder, type Target } from "./targets.ts";
import type { Sdk } from "./tools.ts";

export interface FirmwareWish {
  /** The text of the root that it trusts; without one it has no updates. */
  readonly root?: string;
  /** In place of the version in `device/about/version.ts`. */
  readonly version?: string;
  readonly changes?: Changes;
}

/** From the wish to the modules that `manifest.json` lists. @throws what `makeModules` throws. */
export async function makeFirmware(
  target: Target,
  { root, version, changes = {} }: FirmwareWish = {},
): Promise<void> {
  const trusting = root === undefined ? changes : withRoot(root, changes);
  await makeModules(boardFolder(target), {
    changes: version === undefined ? trusting : withVersion(version, trusting),
  });
  markModules(target, version === undefined ? {} : { version });
}

export const projectOf = (target: Target, output = outputFolder(target)): Project => ({
  manifest: "manifest.json",
  output,
});

/** @param output where all of the build goes. @throws Fault */
export async function buildFirmware(
  sdk: Sdk,
  target: Exclude<Target, "linux">,
  wish: FirmwareWish,
  output: string,
): Promise<Image> {
  await makeFirmware(target, wish);
  return buildImage(sdk, target, projectOf(target, output));
}
