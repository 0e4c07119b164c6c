/**
 * As much of PDF 1.4 (ISO 32000-1) as a label takes: filled rectangles and text in three of the fonts
 * that every reader has. Coordinates are millimetres from the top left, as on the label.
 */

const pointsPerMm = 72 / 25.4;

export const pdfFonts = {
  plain: "Helvetica",
  bold: "Helvetica-Bold",
  mono: "Courier-Bold",
} as const;
export type PdfFont = keyof typeof pdfFonts;

export interface PdfPage {
  /** Millimetres. */
  readonly width: number;
  readonly height: number;
  /** Operators, made with the functions below. */
  readonly content: string;
}

/** A filled black rectangle. */
export function rectangle(page: { height: number }, x: number, y: number, w: number, h: number) {
  return `${mm(x)} ${mm(page.height - y - h)} ${mm(w)} ${mm(h)} re f\n`;
}

/** The outline of a rectangle, `line` wide. */
export function outline(
  page: { height: number },
  x: number,
  y: number,
  w: number,
  h: number,
  line: number,
) {
  return `${mm(line)} w ${mm(x)} ${mm(page.height - y - h)} ${mm(w)} ${mm(h)} re S\n`;
}

export interface TextAt {
  readonly x: number;
  /** Of the base line. */
  readonly y: number;
  /** Millimetres. */
  readonly size: number;
  readonly font?: PdfFont;
  /** Squeezed so that it is not wider than this. */
  readonly widest?: number;
}

export function text(page: { height: number }, at: TextAt, content: string): string {
  const { x, y, size, font = "plain", widest } = at;
  const width = textWidth(content, size, font);
  const squeeze = widest !== undefined && width > widest ? (widest / width) * 100 : 100;
  return `BT /${font} ${mm(size)} Tf ${squeeze.toFixed(1)} Tz ${mm(x)} ${mm(page.height - y)} Td (${literal(content)}) Tj ET\n`;
}

/** About: Courier's letters are 0.6 em, Helvetica's rarely more than 0.56 on average. */
export function textWidth(content: string, size: number, font: PdfFont): number {
  return content.length * size * (font === "mono" ? 0.6 : 0.56);
}

export function pdfDocument(pages: readonly PdfPage[]): Buffer {
  const fonts = Object.entries(pdfFonts);
  const firstPage = 3 + fonts.length;
  const pageIds = pages.map((_, index) => firstPage + index * 2);
  const resources = fonts.map(([name], index) => `/${name} ${3 + index} 0 R`).join(" ");
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    `<< /Type /Pages /Kids [${pageIds.map((id) => `${id} 0 R`).join(" ")}] /Count ${pages.length} >>`,
    ...fonts.map(
      ([, base]) =>
        `<< /Type /Font /Subtype /Type1 /BaseFont /${base} /Encoding /WinAnsiEncoding >>`,
    ),
    ...pages.flatMap(({ width, height, content }, index) => [
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${mm(width)} ${mm(height)}] /Resources << /Font << ${resources} >> >> /Contents ${firstPage + index * 2 + 1} 0 R >>`,
      `<< /Length ${Buffer.byteLength(content, "latin1")} >>\nstream\n${content}endstream`,
    ]),
  ];
  let body = "%PDF-1.4\n%\xe2\xe3\xcf\xd3\n";
  const offsets = objects.map((object, index) => {
    const at = body.length;
    body += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const table = offsets.map((at) => `${String(at).padStart(10, "0")} 00000 n \n`).join("");
  const size = objects.length + 1;
  return Buffer.from(
    `${body}xref\n0 ${size}\n0000000000 65535 f \n${table}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${body.length}\n%%EOF\n`,
    "latin1",
  );
}

function mm(value: number): string {
  return (value * pointsPerMm).toFixed(3);
}

/** Latin 1 is what WinAnsiEncoding has of our texts; what is outside is shown as a question mark. */
function literal(content: string): string {
  return content
    .replace(/[^\x20-\x7e\xa0-\xff]/g, "?")
    .replace(/[\\()]/g, (character) => `\\${character}`);
}
