/**
 * A label through the eyes of a decoder that is none of ours (ZXing, compiled to WebAssembly): the
 * label's code drawn as grey pixels, where the drawing says it lies, and found in them.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

const { resolve } = createRequire(import.meta.url);
const wasm = readFileSync(resolve("zxing-wasm/reader/zxing_reader.wasm"));
// Its own way would be to load it over the network.
prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(wasm).buffer } });

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A label of 62 mm × 29 mm and what is black on it, in millimetres from its upper left corner. */
export interface Drawn {
  readonly width: number;
  readonly height: number;
  readonly black: readonly Rectangle[];
}

const labelSize = { width: 62, height: 29 } as const;

/** The code of a label's SVG: its path, moved and scaled as the picture says. */
export function blackOfSvg(svg: string): Drawn {
  const path = /translate\((\S+) (\S+)\) scale\((\S+)\)" d="([^"]+)"/.exec(svg);
  const [, left, top, scale, runs = ""] = path ?? [];
  const [x0, y0, side] = [left, top, scale].map(Number) as [number, number, number];
  const black = [...runs.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)].map(([, x, y, run]) => ({
    x: x0 + Number(x) * side,
    y: y0 + Number(y) * side,
    width: Number(run) * side,
    height: side,
  }));
  return { ...labelSize, black };
}

const pointsPerMillimetre = 72 / 25.4;

/** The filled rectangles of a label's PDF, whose origin is the lower left corner. */
export function blackOfPdf(pdf: string): Drawn {
  const black = [...pdf.matchAll(/^(\S+) (\S+) (\S+) (\S+) re f$/gm)].map((match) => {
    const [x, y, width, height] = match
      .slice(1)
      .map((text) => Number(text) / pointsPerMillimetre) as [number, number, number, number];
    return { x, y: labelSize.height - y - height, width, height };
  });
  return { ...labelSize, black };
}

/** 300 dots per inch, as a label printer has. */
const dotsPerMillimetre = 300 / 25.4;

/** Every QR code that the decoder finds on the label. */
export async function decode({ width, height, black }: Drawn): Promise<string[]> {
  const [columns, rows] = [width, height].map((side) => Math.round(side * dotsPerMillimetre)) as [
    number,
    number,
  ];
  const data = new Uint8ClampedArray(columns * rows * 4).fill(255);
  for (const { x, y, width: wide, height: high } of black) {
    const [from, to] = [x, x + wide].map((at) => Math.round(at * dotsPerMillimetre));
    const [above, below] = [y, y + high].map((at) => Math.round(at * dotsPerMillimetre));
    for (let row = above!; row < below!; row++)
      for (let column = from!; column < to!; column++)
        data.fill(0, (row * columns + column) * 4, (row * columns + column) * 4 + 3);
  }
  const image = { data, width: columns, height: rows, colorSpace: "srgb" } as ImageData;
  const found = await readBarcodes(image, { formats: ["QRCode"] });
  return found.filter(({ isValid }) => isValid).map(({ text }) => text);
}
