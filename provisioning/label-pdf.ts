/** The label as PDF: one on a page of its own size, or a sheet of A4 for an office printer. */
import type { LabelLines } from "./label-svg.ts";
import { outline, type PdfPage, pdfDocument, rectangle, text } from "./pdf.ts";

export interface LabelDrawing {
  readonly lines: LabelLines;
  /** The QR code's rows, true where dark, without a quiet zone. */
  readonly modules: readonly (readonly boolean[])[];
}

/** Millimetres; the same places as in label-svg.ts. */
const label = { width: 62, height: 29, codeSide: 20.3, codeX: 38.3, codeY: 3.1, textX: 3 } as const;
const textWidth = 32;

const a4 = { width: 210, height: 297, columns: 3, rows: 10, left: 12, top: 3.5 } as const;
/** On one sheet. */
export const labelsOnSheet = a4.columns * a4.rows;

export function labelPdf(drawing: LabelDrawing): Buffer {
  const { width, height } = label;
  return pdfDocument([{ width, height, content: draw(label, 0, 0, drawing) }]);
}

/** As many pages as it takes. */
export function labelSheet(drawings: readonly LabelDrawing[]): Buffer {
  const pages: PdfPage[] = [];
  for (let first = 0; first < drawings.length; first += labelsOnSheet) {
    const content = drawings
      .slice(first, first + labelsOnSheet)
      .map((drawing, index) => {
        const x = a4.left + (index % a4.columns) * label.width;
        const y = a4.top + Math.floor(index / a4.columns) * label.height;
        return draw(a4, x, y, drawing);
      })
      .join("");
    pages.push({ width: a4.width, height: a4.height, content });
  }
  return pdfDocument(pages);
}

function draw(
  page: { readonly height: number },
  x: number,
  y: number,
  drawing: LabelDrawing,
): string {
  const { lines, modules } = drawing;
  const write = (
    down: number,
    size: number,
    content: string,
    font: "plain" | "bold" | "mono" = "plain",
  ) => text(page, { x: x + label.textX, y: y + down, size, font, widest: textWidth }, content);
  return [
    outline(page, x + 0.15, y + 0.15, label.width - 0.3, label.height - 0.3, 0.3),
    write(5.9, 3.3, lines.name, "bold"),
    write(8.7, 1.9, lines.maker),
    write(12.2, 1.9, "Set-up password"),
    write(15.7, 3.1, lines.password, "mono"),
    write(19.2, 1.9, `Wi-Fi ${lines.network}`),
    write(21.8, 1.9, `Serial ${lines.serial}`),
    write(24.4, 1.9, `Security updates until ${lines.support}`),
    write(27, 1.9, lines.contact),
    text(page, { x: x + 43, y: y + 27.5, size: 1.7, widest: 14 }, "Scan to set up"),
    code(page, x + label.codeX, y + label.codeY, modules),
  ].join("");
}

/** One rectangle a run of dark modules. */
function code(
  page: { height: number },
  x: number,
  y: number,
  modules: readonly (readonly boolean[])[],
): string {
  const side = label.codeSide / modules.length;
  let drawn = "";
  modules.forEach((row, down) => {
    for (let start = 0; start < row.length; start++) {
      if (!row[start]) continue;
      let end = start + 1;
      while (row[end]) end++;
      drawn += rectangle(page, x + start * side, y + down * side, (end - start) * side, side);
      start = end;
    }
  });
  return drawn;
}
