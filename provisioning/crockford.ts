/**
 * Crockford's base 32: no I, L, O (read as 1, 1, 0) and no U. What a person types from a label.
 */
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/**
 * Five bits a symbol, most significant first; a last, incomplete group is led by zero bits (so 128
 * bits make 26 symbols of which the first is 0 to 7). Upper case.
 */
export function encodeCrockford(bytes: Uint8Array): string {
  const lead = (5 - ((bytes.length * 8) % 5)) % 5;
  let text = "";
  let group = 0;
  let bits = lead;
  for (const byte of bytes) {
    group = (group << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += alphabet[(group >> (bits - 5)) & 31];
    group &= (1 << bits) - 1;
  }
  return text;
}

/**
 * What a person meant: upper case, without spaces and dashes, O as 0, I and L as 1. Undefined when
 * it is not `length` symbols then.
 */
export function normaliseCrockford(text: string, length: number): string | undefined {
  // Bounded before any work is done on it; nobody types that many dashes.
  if (text.length > length * 4) return undefined;
  const symbols = text
    .toUpperCase()
    .replace(/[\s\u2010-\u2015-]/g, "")
    .replace(/O/g, "0")
    .replace(/[IL]/g, "1");
  return symbols.length === length && [...symbols].every((symbol) => alphabet.includes(symbol))
    ? symbols
    : undefined;
}

/** `ABCDEFGH` as `ABCD-EFGH`: groups of four are read and typed with fewer mistakes. */
export function groupByFour(symbols: string): string {
  return symbols.match(/.{1,4}/g)?.join("-") ?? "";
}
