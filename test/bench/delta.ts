/**
 * Deltas between builds of our own firmware beside bsdiff and xdelta3 (at its best compression): bytes, and what
 * the device holds while it applies one. bspatch takes both images into memory, as a patcher for desktops may.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeImage } from "../../host-sim/bootloader/image.ts";
import { bundleFirmware } from "../../host-sim/runtime/bundle.ts";
import type { Changes } from "../../host-sim/runtime/variants.ts";
import { makeDelta } from "../../provisioning/release/delta.ts";
import { applyOnDevice } from "../release/device-delta.ts";

export interface PairFigures {
  /** Length of the new image, bytes. */
  readonly image: number;
  /** Bytes of the delta. */
  readonly ours: number;
  /** Absent where the tool is not installed. */
  readonly bsdiff?: number;
  readonly xdelta3?: number;
  /** Ours over bsdiff's; below 1: ours is smaller. */
  readonly ratio?: number;
  /** Bytes in the device's buffers while it applies. */
  readonly heldBytes: number;
  readonly makeMs: number;
  /** Under Node. */
  readonly applyMs: number;
}

export interface DeltaFigures {
  readonly pairs: Readonly<Record<string, PairFigures>>;
  /** Tools that are not here. */
  readonly missing: readonly string[];
}

type Images = readonly [base: Uint8Array, image: Uint8Array];

const fix: Changes = {
  "device/link/backoff.ts": [
    "  return Math.floor(baseMs + uniform * (highest - baseMs));",
    "  const wait = baseMs + uniform * (highest - baseMs);\n  return Math.round(Math.min(wait, capMs));",
  ],
};

/** Some kilobytes of code that was not there before. */
const feature: Changes = {
  ...fix,
  "device/link/topics.ts": [
    "export interface",
    `import * as prover from "../../provisioning/spake2plus-prover.ts";
    Object.assign(globalThis, { prover });
    export interface`,
  ],
};

/** @param given other pairs to measure, e.g. a chip's images. */
export async function run({
  given = {},
}: {
  given?: Readonly<Record<string, Images>>;
} = {}): Promise<DeltaFigures> {
  const base = await image("1.0.0", {});
  const pairs: Record<string, Images> = {
    "a fix": [base, await image("1.0.1", fix)],
    "a feature": [base, await image("1.1.0", feature)],
    "its removal": [await image("1.1.0", feature), await image("1.1.1", fix)],
    ...given,
  };
  const missing = ["bsdiff", "xdelta3"].filter((tool) => spawnSync(tool, ["-h"]).error);
  const figures: Record<string, PairFigures> = {};
  for (const [name, pair] of Object.entries(pairs)) figures[name] = measure(pair, missing);
  return { pairs: figures, missing };
}

async function image(version: string, changes: Changes): Promise<Uint8Array> {
  return encodeImage((await bundleFirmware({ version, changes })).source);
}

function measure([base, image]: Images, missing: readonly string[]): PairFigures {
  const begun = performance.now();
  const delta = makeDelta(base, image);
  const made = performance.now();
  const applied = applyOnDevice(base, delta, image);
  const applyMs = performance.now() - made;
  if (!Buffer.from(image).equals(applied.image)) throw new Error("the delta makes another image");
  const theirs = others(base, image, missing);
  return {
    image: image.length,
    ours: delta.length,
    ...theirs,
    ...(theirs.bsdiff !== undefined && { ratio: delta.length / theirs.bsdiff }),
    heldBytes: applied.heldBytes,
    makeMs: made - begun,
    applyMs,
  };
}

function others(base: Uint8Array, image: Uint8Array, missing: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), "thirteen-bench-"));
  const [old, next, out] = ["old", "new", "out"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const bytes = (tool: string, ...args: readonly string[]) => {
    if (missing.includes(tool)) return {};
    if (spawnSync(tool, args).status !== 0) throw new Error(`${tool} failed`);
    return { [tool]: statSync(out).size };
  };
  try {
    writeFileSync(old, base);
    writeFileSync(next, image);
    return {
      ...bytes("bsdiff", old, next, out),
      ...bytes("xdelta3", "-9", "-S", "lzma", "-f", "-e", "-s", old, next, out),
    } as { bsdiff?: number; xdelta3?: number };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function describe({ pairs, missing }: DeltaFigures): string {
  const lines = Object.entries(pairs).map(
    ([name, { image, ours, bsdiff, xdelta3, ratio, heldBytes, makeMs, applyMs }]) =>
      [
        `${name}: ${ours} bytes for an image of ${image}`,
        `bsdiff ${bsdiff ?? "not measured"}`,
        `xdelta3 ${xdelta3 ?? "not measured"}`,
        ...(ratio === undefined ? [] : [`ratio to bsdiff ${ratio.toFixed(2)}`]),
        `${heldBytes} bytes held to apply, made in ${makeMs.toFixed(0)} ms, applied in ${applyMs.toFixed(0)} ms`,
      ].join("; "),
  );
  return [...lines, ...missing.map((tool) => `SKIPPED: ${tool} is not installed here`)].join("\n");
}
