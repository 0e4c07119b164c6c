/**
 * UTF-8 (RFC 3629) without TextEncoder, which XS 13 does not have. Decoding is strict: overlong
 * forms, surrogates and anything above U+10FFFF are refused, so two different byte strings never
 * decode to the same text (EN 303 645 5.13-1).
 */

/** Encodes to UTF-8; a lone surrogate becomes U+FFFD, as the Encoding Standard has it. */
export function encodeText(text: string): Uint8Array {
  // Four, for an engine that counts characters and not halves of them.
  const bytes = new Uint8Array(text.length * 4);
  let length = 0;
  for (let index = 0; index < text.length; index++) {
    let point = text.codePointAt(index) as number;
    if (point > 0xffff) index += positionsOf(point) - 1;
    else if (point >= 0xd800 && point <= 0xdfff) point = 0xfffd;
    if (point < 0x80) bytes[length++] = point;
    else {
      if (point < 0x800) bytes[length++] = 0xc0 | (point >> 6);
      else {
        if (point < 0x10000) bytes[length++] = 0xe0 | (point >> 12);
        else {
          bytes[length++] = 0xf0 | (point >> 18);
          bytes[length++] = 0x80 | ((point >> 12) & 0x3f);
        }
        bytes[length++] = 0x80 | ((point >> 6) & 0x3f);
      }
      bytes[length++] = 0x80 | (point & 0x3f);
    }
  }
  return bytes.slice(0, length);
}

/**
 * Places in a text that a character takes: two of those above U+FFFF by the language's standard, and one by
 * XS on the chip, which keeps texts as UTF-8 and counts code points. Never a literal's length: the
 * bundler would work it out by the standard.
 */
function positionsOf(point: number): number {
  return String.fromCodePoint(point).length;
}

/** No half of a surrogate pair is in it: those have no UTF-8 form (RFC 8259 section 8.2). */
export function isWellFormed(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const point = text.codePointAt(index) as number;
    if (point >= 0xd800 && point <= 0xdfff) return false;
    if (point > 0xffff) index += positionsOf(point) - 1;
  }
  return true;
}

/** Characters put together before they are added to the rest: XS copies the whole at each addition. */
const pieceLength = 64;

/** The text, or undefined when the bytes are not well-formed UTF-8. */
export function decodeText(bytes: Uint8Array): string | undefined {
  let text = "";
  let piece = "";
  let index = 0;
  while (index < bytes.length) {
    if (piece.length >= pieceLength) {
      text += piece;
      piece = "";
    }
    const first = bytes[index++] as number;
    if (first < 0x80) {
      piece += String.fromCharCode(first);
      continue;
    }
    const more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first < 0xc2 || first > 0xf4 || index + more > bytes.length) return undefined;
    let point = first & (0x3f >> more);
    for (let left = more; left > 0; left--) {
      const next = bytes[index++] as number;
      if ((next & 0xc0) !== 0x80) return undefined;
      point = (point << 6) | (next & 0x3f);
    }
    const shortest = more === 1 ? 0x80 : more === 2 ? 0x800 : 0x10000;
    if (point < shortest || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
      return undefined;
    piece += String.fromCodePoint(point);
  }
  return text + piece;
}
