/** How the tests tell their small firmwares what to do: JSON at the start of the `system` area. */

import type { Platform } from "../../../device/platform/platform.ts";
import { decodeText } from "../../../device/platform/text.ts";

export function readOrder<Order>(platform: Platform): Order {
  const flash = platform.flash.open({ path: "system", mode: "r" });
  const bytes = new Uint8Array(flash.read(flash.status().size, 0));
  flash.close();
  const end = bytes.indexOf(0xff);
  return JSON.parse(decodeText(bytes.subarray(0, end)) ?? "");
}
