/**
 * CESU-8: how XS keeps strings. Like UTF-8, but each UTF-16 code unit of a surrogate pair is three
 * bytes of its own, so lone surrogates survive; and U+0000 is C0 80, because XS strings end at 00.
 */

const differsFromUtf8 = /[\0\ud800-\udfff]/;

/** `text` as CESU-8. */
export function encodeCesu8(text: string): Buffer {
  if (!differsFromUtf8.test(text)) return Buffer.from(text, "utf8");
  const bytes: number[] = [];
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit > 0 && unit < 0x80) bytes.push(unit);
    else if (unit < 0x800) bytes.push(0xc0 | (unit >> 6), 0x80 | (unit & 0x3f));
    else bytes.push(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f));
  }
  return Buffer.from(bytes);
}

/** The text of `bytes`, which XS wrote and which are therefore well formed. */
export function decodeCesu8(bytes: Buffer): string {
  // ED begins every surrogate, C0 only U+0000; without them the two encodings are the same.
  if (!bytes.includes(0xed) && !bytes.includes(0xc0)) return bytes.toString("utf8");
  const units: string[] = [];
  for (let index = 0; index < bytes.length; ) {
    const first = bytes[index++] ?? 0;
    let unit = first;
    if (first >= 0xe0) {
      unit = ((first & 0x0f) << 12) | ((bytes[index++]! & 0x3f) << 6) | (bytes[index++]! & 0x3f);
    } else if (first >= 0xc0) {
      unit = ((first & 0x1f) << 6) | (bytes[index++]! & 0x3f);
    }
    units.push(String.fromCharCode(unit));
  }
  return units.join("");
}
