/**
 * The whole firmware, for a root with a board of its own: the rooms, and the updates when the build put a
 * first root in (`update/root.ts`). Without one nothing could be verified, and nothing is looked for.
 */
import about from "./about/product.json" with { type: "json" };
import { start } from "./device.ts";
import type { Platform } from "./platform/platform.ts";
import type { Product } from "./product/capabilities.ts";
import { mirrors } from "./update/endpoint.ts";
import { firstRoot } from "./update/root.ts";
import { updatesFrom } from "./update/update.ts";

export function startFirmware(platform: Platform, product: Product): void {
  if (firstRoot === "") {
    start(platform, product);
    return;
  }
  const { model, supportEnd } = about;
  start(platform, product, updatesFrom({ root: firstRoot, product: model, supportEnd, mirrors }));
}
