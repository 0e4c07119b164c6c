/** A release as its signed description tells it: of an image for the desk's lamp. */
import type { JsonObject } from "../../device/commands/strict-json.ts";

export const sampleHash = "ab".repeat(32);

export const sampleRelease: JsonObject = {
  v: 1,
  product: "T13-LAMP-1",
  board: "desk",
  version: "1.2.3",
  counter: 7,
  kind: "image",
  text: { why: "Mends it.", risk: "It stays broken.", severity: "routine" },
  support: { end: "2031-10-31" },
  ring: { percent: 100 },
};

/** What makes it one of a delta. */
export const sampleDelta = (imageLength: number): JsonObject => ({
  kind: "delta",
  base: sampleHash,
  image: { length: imageLength, sha256: sampleHash },
});
