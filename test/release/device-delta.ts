/** Applies a delta with the device's own code, and counts what it holds meanwhile. */
import { createHash } from "node:crypto";
import type { Digest, Flash } from "../../device/platform/platform.ts";
import { DeltaReader } from "../../device/update/delta.ts";
import { sha256Hex } from "../../provisioning/release/metadata.ts";

const blockLength = 4096;

/** A partition that only has to be read. */
function readOnlyFlash(bytes: Uint8Array): Flash {
  const refuse = () => {
    throw new Error("the base is not written to");
  };
  return {
    status: () => ({
      size: bytes.length,
      blockLength,
      blocks: Math.ceil(bytes.length / blockLength),
    }),
    read: (length, offset) => new Uint8Array(bytes.subarray(offset, offset + length)).buffer,
    write: refuse,
    eraseBlock: refuse,
    close() {},
  };
}

class NodeDigest implements Digest {
  readonly #hash = createHash("sha256");
  write(bytes: ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(
      ArrayBuffer.isView(bytes)
        ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
        : Buffer.from(bytes),
    );
  }
  close(): Uint8Array {
    return new Uint8Array(this.#hash.digest());
  }
}

export interface Applied {
  readonly image: Uint8Array;
  /** Typed arrays that the reader holds at the end, bytes. */
  readonly heldBytes: number;
}

/** @param chunk bytes of the delta given at a time. @throws Error with the device's reason. */
export function applyOnDevice(
  base: Uint8Array,
  delta: Uint8Array,
  image: Uint8Array,
  chunk = 256,
): Applied {
  const blocks: Uint8Array[] = [];
  const reader = new DeltaReader({
    base: readOnlyFlash(base),
    baseSha256: sha256Hex(base),
    image: { length: image.length, sha256: sha256Hex(image), counter: 1, version: "1.0.0" },
    Digest: NodeDigest,
    onBytes: (bytes) => blocks.push(bytes.slice()),
  });
  for (let at = 0; at < delta.length; at += chunk) {
    const fault = reader.push(delta.subarray(at, at + chunk));
    if (fault) throw new Error(fault);
  }
  const fault = reader.finish();
  if (fault) throw new Error(fault);
  return { image: new Uint8Array(Buffer.concat(blocks)), heldBytes: typedBytes(reader) };
}

/** Bytes of all typed arrays that an object leads to. */
function typedBytes(value: unknown, seen = new Set<unknown>()): number {
  if (typeof value !== "object" || value === null || seen.has(value)) return 0;
  seen.add(value);
  if (ArrayBuffer.isView(value)) {
    if (seen.has(value.buffer)) return 0;
    seen.add(value.buffer);
    return value.buffer.byteLength;
  }
  return Object.values(value).reduce<number>((sum, one) => sum + typedBytes(one, seen), 0);
}
