/**
 * The label as a picture, 62 mm × 29 mm. Black on its own white ground, so it reads the same on
 * paper, on a light page and on a dark one. Presentation attributes only: a strict content security
 * policy refuses inline styles.
 */
export interface LabelLines {
  readonly name: string;
  readonly maker: string;
  readonly password: string;
  readonly network: string;
  readonly serial: string;
  /** ISO 8601 date. */
  readonly support: string;
  readonly contact: string;
}

/** Millimetres. */
const width = 62;
const height = 29;
const codeSide = 20.3;
/** Centred on 48.45. */
const codeX = 38.3;
const codeY = 3.1;
const textX = 3;
const textWidth = 32;

/** `modules`: the QR code's rows, true where dark, without a quiet zone. */
export function labelSvg(lines: LabelLines, modules: readonly (readonly boolean[])[]): string {
  const id = `label-${escaped(lines.serial)}`;
  const spoken = `Set-up password ${lines.password}. Set-up network ${lines.network}. Serial ${lines.serial}. Security updates until ${lines.support}. Report a weakness to ${lines.contact}.`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}mm" height="${height}mm" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-title ${id}-text">
<title id="${id}-title">Label of ${escaped(lines.name)}</title>
<desc id="${id}-text">${escaped(spoken)}</desc>
<rect x="0.15" y="0.15" width="${width - 0.3}" height="${height - 0.3}" rx="2" fill="#fff" stroke="#000" stroke-width="0.3"/>
<g fill="#000" font-family="Helvetica, Arial, sans-serif">
${text(5.9, 3.3, lines.name, { weight: "bold" })}
${text(8.7, 1.9, lines.maker)}
${text(12.2, 1.9, "Set-up password")}
${text(15.7, 3.1, lines.password, { mono: true, weight: "bold", fit: textWidth })}
${text(19.2, 1.9, `Wi-Fi ${lines.network}`)}
${text(21.8, 1.9, `Serial ${lines.serial}`)}
${text(24.4, 1.9, `Security updates until ${lines.support}`)}
${text(27, 1.9, lines.contact)}
${text(27.5, 1.7, "Scan to set up", { x: 48.45, anchor: "middle" })}
</g>
<path fill="#000" shape-rendering="crispEdges" transform="translate(${codeX} ${codeY}) scale(${(codeSide / modules.length).toFixed(5)})" d="${darkRuns(modules)}"/>
</svg>
`;
}

interface TextStyle {
  readonly x?: number;
  readonly anchor?: "middle";
  readonly weight?: "bold";
  readonly mono?: boolean;
  /** Exactly this wide, whatever font the printer substitutes. */
  readonly fit?: number;
}

function text(y: number, size: number, content: string, style: TextStyle = {}): string {
  // A fork's longer names are squeezed rather than printed over the code; 0.52 em is a usual letter.
  const fit = style.fit ?? (content.length * size * 0.52 > textWidth ? textWidth : undefined);
  const attributes = [
    `x="${style.x ?? textX}" y="${y}" font-size="${size}"`,
    style.anchor && `text-anchor="${style.anchor}"`,
    style.weight && `font-weight="${style.weight}"`,
    style.mono && 'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace"',
    fit && `textLength="${fit}" lengthAdjust="spacingAndGlyphs"`,
  ];
  return `<text ${attributes.filter(Boolean).join(" ")}>${escaped(content)}</text>`;
}

/** One rectangle a run of dark modules: seams between single squares would blur in print. */
function darkRuns(modules: readonly (readonly boolean[])[]): string {
  let path = "";
  modules.forEach((row, y) => {
    for (let x = 0; x < row.length; x++) {
      if (!row[x]) continue;
      const start = x;
      while (row[x + 1]) x++;
      const run = x + 1 - start;
      path += `M${start} ${y}h${run}v1h-${run}z`;
    }
  });
  return path;
}

function escaped(value: string): string {
  return value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
