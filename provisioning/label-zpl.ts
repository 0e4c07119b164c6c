/** The label in ZPL II, for a label printer of 203 dots an inch (8 a millimetre), 62 mm × 29 mm. */
import type { LabelLines } from "./label-svg.ts";

const dotsPerMm = 8;
const dots = (mm: number) => Math.round(mm * dotsPerMm);

/** `qr`: what the code says; the printer draws it (model 2, level Q, alphanumeric). */
export function labelZpl(lines: LabelLines, qr: string): string {
  const write = (down: number, size: number, content: string) =>
    `^FO${dots(3)},${dots(down - size)}^A0N,${dots(size * 1.25)}^FB${dots(33)},1,0,L,0^FH^FD${escaped(content)}^FS\n`;
  return [
    `^XA\n^CI28\n^PW${dots(62)}\n^LL${dots(29)}\n^LH0,0\n`,
    write(5.9, 3.3, lines.name),
    write(8.7, 1.9, lines.maker),
    write(12.2, 1.9, "Set-up password"),
    write(15.7, 2.6, lines.password),
    write(19.2, 1.9, `Wi-Fi ${lines.network}`),
    write(21.8, 1.9, `Serial ${lines.serial}`),
    write(24.4, 1.9, `Security updates until ${lines.support}`),
    write(27, 1.9, lines.contact),
    // Magnification 5: 29 modules of 5 dots are 18 mm.
    `^FO${dots(39)},${dots(3)}^BQN,2,5^FDQA,${qr}^FS\n`,
    `^FO${dots(43)},${dots(25.5)}^A0N,${dots(2)}^FDScan to set up^FS\n`,
    "^XZ\n",
  ].join("");
}

/** `^` and `~` begin commands and `_` an escape: written as hexadecimal after ^FH. */
function escaped(content: string): string {
  return content.replace(
    /[\^~_\\\p{Cc}]/gu,
    (character) => `_${character.charCodeAt(0).toString(16).padStart(2, "0").toUpperCase()}`,
  );
}
