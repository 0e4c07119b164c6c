/** Reads what an image says it is for: the mark of device/update/image-mark.ts. */
import type { ImageFor } from "../../device/update/image-mark.ts";
import { Fault } from "../fault.ts";

const mark = /T13I1:([A-Za-z0-9-]{1,32})\/([A-Za-z0-9-]{1,32})\/(\d{1,5}\.\d{1,5}\.\d{1,5});/g;

/** @throws Fault when there is no mark in the image, or marks that contradict each other. */
export function readImageFor(image: Uint8Array, file: string): ImageFor {
  const found = new Set<string>();
  let said: ImageFor | undefined;
  for (const [text, product, board, version] of Buffer.from(image)
    .toString("latin1")
    .matchAll(mark)) {
    found.add(text);
    said = { product: product!, board: board!, version: version! };
  }
  if (!said)
    throw new Fault(
      `${file}: no mark of what it is for (T13I1:…); is it a firmware image of ours?`,
    );
  if (found.size > 1)
    throw new Fault(`${file}: marked for ${[...found].join(" and ")}; build it again, once`);
  return said;
}
