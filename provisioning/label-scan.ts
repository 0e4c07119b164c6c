/**
 * What a scanner would read off a label that was just drawn: from its picture, not from what the
 * picture was made of. A label that cannot be read back is not counted as printed.
 */
import { readQr } from "./qr-reader.ts";

const side = 29;

/** Undefined when there is no code in it that reads. */
export function scanLabel(bytes: Uint8Array, format: "svg" | "zpl" | "pdf"): string | undefined {
  const content = Buffer.from(bytes).toString("latin1");
  if (format === "zpl") return /\^BQN,2,5\^FDQA,([^^~]+)\^FS/.exec(content)?.[1];
  const modules = format === "svg" ? modulesOfSvg(content) : modulesOfPdf(content);
  try {
    return modules && readQr(modules);
  } catch {
    return undefined;
  }
}

type Modules = boolean[][];

function blank(): Modules {
  return Array.from({ length: side }, () => new Array<boolean>(side).fill(false));
}

function modulesOfSvg(svg: string): Modules | undefined {
  const path = / d="([^"]+)"/.exec(svg)?.[1];
  if (!path) return undefined;
  const modules = blank();
  for (const [, x, y, run] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g))
    modules[Number(y)]?.fill(true, Number(x), Number(x) + Number(run));
  return modules;
}

/** The first code of the document: its rectangles, measured in modules. */
function modulesOfPdf(pdf: string): Modules | undefined {
  const rectangles = [...pdf.matchAll(/^(\S+) (\S+) (\S+) (\S+) re f$/gm)].map((match) =>
    match.slice(1).map(Number),
  );
  const [first] = rectangles;
  if (!first) return undefined;
  // The finder's upper edge comes first, seven modules wide.
  const [left = 0, bottom = 0, , height = 1] = first;
  const modules = blank();
  for (const [x = 0, y = 0, width = 0] of rectangles) {
    const start = Math.round((x - left) / height);
    const row = modules[Math.round((bottom - y) / height)];
    row?.fill(true, start, start + Math.round(width / height));
  }
  return modules;
}
