/**
 * Reads an undamaged QR code (ISO/IEC 18004) of version 3, level Q, alphanumeric mode: just enough
 * to see the label through other eyes than those of the library that drew it.
 */
const size = 29;
const dataCodewords = 34;
const characters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/** The conditions under which each mask inverts a module; x is the column, y the row. */
const masks: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_x, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(y / 2) + Math.floor(x / 3)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** Finders with their formats, timing, and the alignment pattern around (22, 22). */
function isFunction(x: number, y: number): boolean {
  const finder = (x < 9 && y < 9) || (x > size - 9 && y < 9) || (x < 9 && y > size - 9);
  const alignment = Math.abs(x - 22) <= 2 && Math.abs(y - 22) <= 2;
  return finder || alignment || x === 6 || y === 6;
}

export function readQr(modules: readonly (readonly boolean[])[]): string {
  if (modules.length !== size) throw new Error(`not version 3: ${modules.length} modules`);
  const dark = (x: number, y: number) => (modules[y]?.[x] ? 1 : 0);
  // The first copy of the format's leading five bits, unmasked with 10101.
  const format = [0, 1, 2, 3, 4].reduce((bits, x) => (bits << 1) | dark(x, 8), 0) ^ 0b10101;
  if (format >> 3 !== 0b11) throw new Error("not level Q");
  const mask = masks[format & 7]!;
  const bits: number[] = [];
  let upwards = true;
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right--;
    for (let step = 0; step < size; step++) {
      const y = upwards ? size - 1 - step : step;
      for (const x of [right, right - 1])
        if (!isFunction(x, y)) bits.push(dark(x, y) ^ (mask(x, y) ? 1 : 0));
    }
    upwards = !upwards;
  }
  return readAlphanumeric(deinterleave(bits));
}

/** Two blocks of 17 data codewords each, a codeword from either in turn; error correction follows. */
function deinterleave(bits: readonly number[]): string {
  const codewords = Array.from({ length: dataCodewords }, (_, index) =>
    bits.slice(index * 8, index * 8 + 8).join(""),
  );
  const block = (first: number) => codewords.filter((_, index) => index % 2 === first);
  return [...block(0), ...block(1)].join("");
}

function readAlphanumeric(bits: string): string {
  let at = 0;
  const take = (count: number) => {
    at += count;
    return Number.parseInt(bits.slice(at - count, at), 2);
  };
  if (take(4) !== 0b0010) throw new Error("not alphanumeric mode");
  let left = take(9);
  let text = "";
  for (; left >= 2; left -= 2) {
    const pair = take(11);
    text += characters.charAt(Math.floor(pair / 45)) + characters.charAt(pair % 45);
  }
  return left ? text + characters.charAt(take(6)) : text;
}
