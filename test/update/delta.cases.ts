/** Deltas applied as a stream: what they become, in which memory, and what malformed ones do (nothing). */
import { fromBase64url, toHex } from "../../device/platform/encoding.ts";
import type { Flash } from "../../device/platform/platform.ts";
import { DeltaReader } from "../../device/update/delta.ts";
import { crypto } from "../crypto.ts";
import { prng, randomBytes } from "../prng.ts";
import { type Case, same } from "../suite.ts";

const { sha256 } = crypto.hashes();

const base = () => randomBytes(prng(1), 9_000);

/** Moved, changed here and there, new, repeated, and moved again. */
function image(): Uint8Array {
  const from = base();
  const next = new Uint8Array(10_000);
  next.set(from.subarray(3_000, 8_000));
  for (let at = 100; at < 5_000; at += 97) next[at] = ((next[at] as number) + 5) & 0xff;
  next.set(randomBytes(prng(2), 200), 5_000);
  for (let at = 5_200; at < 6_000; at++) next[at] = next[at - 7] as number;
  next.set(from.subarray(0, 4_000), 6_000);
  return next;
}

/** `makeDelta(base(), image(), { shift: 12 })` of the release desk: three frames. */
const made = fromBase64url(
  [
    "VDEzRDEMAAAoIwAAECcAAHyTTfBMgVvfYXEAFidZ7CtCUo9g_iQkJYk4a4d32bQ0P6OmK0p_9p_pQuO_9aHDM48V9HPC",
    "hLJ-ObPzARm7-g8sAAAALdwYAAVZpQKaGi0XPerhMIcukM4U8rYEdfvscz4VuC64mBdnxo-iiQ37jxjnAAAALdwTiBox",
    "4FNDRapf_ZIh_XNzDjW1X_010YP43hqBAKxYzsuovs1NXkc_ZzgZf8pH9p7Q-l7IIo_tfIA4HHjw_IAvZKOlIN70oL3E",
    "aLUT3X-yOCFiPher3sG_0atAfHi6LU7pWXCASAc1PDnSwohcX30pv9p0lt82S4RPlTYDr4TG68YYFRykWxTm_BrOxL2X",
    "KdIT8tk3WpeDWnyS72DSCdB4R4GMXp47rOmCVIBz5c1ok5OUBIEdCPRJ5udXSW_YAjdlRfvjkO_koHXCNPVcJ7BRmVjh",
    "r0uW_4zw1LlzOAYiT0FVeAAABwAAADHb6sQAAAA",
  ].join(""),
) as Uint8Array;

class WholeDigest {
  private parts: Uint8Array[] = [];
  write(bytes: ArrayBuffer | Uint8Array): void {
    this.parts.push(new Uint8Array(bytes as ArrayBuffer).slice());
  }
  close(): Uint8Array {
    const whole: number[] = [];
    for (const part of this.parts) for (const byte of part) whole.push(byte);
    return sha256(Uint8Array.from(whole));
  }
}

function flashOf(bytes: Uint8Array, log: number[]): Flash {
  return {
    status: () => ({ size: 12_288, blockLength: 4_096, blocks: 3 }),
    read(length, at) {
      if (at < 0 || at + length > 12_288) throw new Error("outside of the partition");
      log.push(length);
      return bytes.slice(at, at + length).buffer as ArrayBuffer;
    },
    write() {
      throw new Error("the base is written to");
    },
    eraseBlock() {
      throw new Error("the base is erased");
    },
    close() {},
  };
}

function apply({
  delta = made,
  step = 100,
  from = base(),
  promised = toHex(sha256(image())),
  until = delta.length,
}: {
  delta?: Uint8Array;
  step?: number;
  from?: Uint8Array;
  promised?: string;
  until?: number;
} = {}) {
  const blocks: Uint8Array[] = [];
  const reads: number[] = [];
  const reader = new DeltaReader({
    base: flashOf(from, reads),
    baseSha256: toHex(sha256(base())),
    image: { sha256: promised, length: 10_000, counter: 1, version: "1.0.0" },
    Digest: WholeDigest,
    onBytes: (bytes) => void blocks.push(bytes.slice()),
  });
  for (let at = 0; at < until; at += step) {
    const fault = reader.push(delta.subarray(at, Math.min(at + step, until)));
    if (fault) return { end: fault, blocks, reader, reads };
  }
  return { end: reader.finish() ?? "whole", blocks, reader, reads };
}

const joined = (blocks: readonly Uint8Array[]) => {
  const whole: number[] = [];
  for (const block of blocks) for (const byte of block) whole.push(byte);
  return Uint8Array.from(whole);
};

export const cases: Readonly<Record<string, Case>> = {
  "a delta becomes the image, in whole blocks, however it is cut": (check) => {
    for (const step of [1, 7, 100, 2_048]) {
      const { end, blocks } = apply({ step });
      check.equal(end, "whole", `${step} bytes at a time`);
      check.equal(
        blocks.map(({ length }) => length),
        [4_096, 4_096, 1_808],
      );
      check.ok(same(joined(blocks), image()), "the image");
    }
  },

  "power cut: it goes on at a frame with nothing but nine bytes of note": (check) => {
    const first = apply({ until: 300 });
    check.equal(first.blocks.length, 1, "one block was written");
    const note = first.reader.noteAt(4_096);
    check.equal(note.length, 9);
    const blocks: Uint8Array[] = [];
    const again = new DeltaReader({
      base: flashOf(base(), []),
      baseSha256: toHex(sha256(base())),
      image: { sha256: toHex(sha256(image())), length: 10_000, counter: 1, version: "1.0.0" },
      Digest: WholeDigest,
      onBytes: (bytes) => void blocks.push(bytes.slice()),
    });
    check.equal(again.resume(4_096, note), true);
    check.ok(again.offset > 80 && again.offset < 300, `from byte ${again.offset} of the file`);
    check.equal(again.push(made.subarray(again.offset)), undefined);
    check.equal(again.finish(), undefined);
    check.ok(same(joined(blocks), image().subarray(4_096)), "the rest of the image");
  },

  "a note that is none is not gone on from": (check) => {
    const { reader } = apply({ until: 0 });
    check.equal(reader.resume(4_096, new Uint8Array(3)), false);
    check.equal(reader.resume(4_096, new Uint8Array(9).fill(255)), false);
  },

  "a delta for another firmware is refused before it makes a byte": (check) => {
    const other = base();
    other[8_999] = (other[8_999] as number) ^ 1;
    const { end, blocks } = apply({ from: other });
    check.equal([end, blocks.length], ["another-base", 0]);
  },

  "a delta to another image than the signed one is refused before it makes a byte": (check) => {
    const { end, blocks } = apply({ promised: "00".repeat(32) });
    check.equal([end, blocks.length], ["another-image", 0]);
  },

  "truncated, or with bytes behind its end, it is malformed": (check) => {
    check.equal(apply({ until: made.length - 1 }).end, "malformed");
    const longer = new Uint8Array(made.length + 1);
    longer.set(made);
    check.equal(apply({ delta: longer }).end, "malformed");
  },

  "a frame that promises more than a frame can hold is malformed": (check) => {
    const huge = made.slice();
    huge[82] = 0x7f;
    check.equal(apply({ delta: huge }).end, "malformed");
  },

  "hostile deltas read nothing outside of the base and make nothing beyond the image": (check) => {
    const random = prng(13);
    let refused = 0;
    for (let round = 0; round < 20; round++) {
      const delta = made.slice();
      for (let flips = 0; flips < 3; flips++)
        delta[80 + Math.floor(random() * (delta.length - 80))] = Math.floor(random() * 256);
      // Throws when the base is read outside of its partition.
      const { end, blocks } = apply({ delta });
      if (end !== "whole") refused++;
      else if (!same(joined(blocks), image())) refused++;
      check.ok(joined(blocks).length <= 10_000, "no more than the image");
    }
    check.ok(refused > 18, `${refused} of 20 are malformed, or become another image`);
  },

  "the base is read in small pieces once it is known to be the right one": (check) => {
    const { reads } = apply();
    const [first, second, third, ...pieces] = reads;
    check.equal([first, second, third], [4_096, 4_096, 808], "its digest");
    check.ok(pieces.length > 0 && pieces.every((length) => length <= 256));
  },
};
