/**
 * Where a sweep's firmware gets its next image: the partition "feed", in place of a download. Block 0
 * holds the release as JSON, the image begins in block 1.
 */
import { fromHex } from "../../../device/platform/encoding.ts";
import { decodeText } from "../../../device/platform/text.ts";
import type { VerifiedTarget } from "../../../device/update/metadata/targets.ts";
import type { UpdateParts } from "../../../device/update/update.ts";

export const feedPartition = "feed";

export interface Release {
  readonly version: string;
  readonly counter: number;
  /** Bytes. */
  readonly length: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** Blocks in one go, before the event loop has its turn. */
const blocksAtOnce = 16;
const installAfterMs = 1_000;

export function feed({ platform, slots, install }: UpdateParts): void {
  const { flash, timer, trace } = platform;
  const source = flash.open({ path: feedPartition, mode: "r" });
  const { blockLength } = source.status();
  const head = new Uint8Array(source.read(blockLength, 0));
  const release: Release = JSON.parse(decodeText(head.subarray(0, head.indexOf(0xff))) ?? "");
  const { version, counter, length, sha256 } = release;
  const digest = { algorithm: "sha256", value: fromHex(sha256) as Uint8Array };
  const custom = { kind: "image", version, counter };
  // A sweep of the slots begins where verification ends.
  const target = { path: "", file: "", length, digest, custom } as unknown as VerifiedTarget;
  const writer = slots.open(target);
  if (typeof writer === "string") {
    trace("sweep", "not-opened", { reason: writer });
    if (writer === "waiting") timer.set(install, installAfterMs);
    return;
  }
  trace("sweep", "opened", { position: writer.position });
  const step = () => {
    const end = Math.min(length, writer.taken + blocksAtOnce * blockLength);
    while (writer.taken < end) {
      const part = Math.min(blockLength, end - writer.taken);
      writer.write(new Uint8Array(source.read(part, blockLength + writer.taken)));
    }
    if (writer.taken < length) timer.set(step, 1);
    else {
      trace("sweep", "finished", { result: writer.finish() });
      timer.set(install, installAfterMs);
    }
  };
  step();
}
