/**
 * Suffix array by induced sorting (Nong, Zhang, Chan: "Two Efficient Algorithms for Linear Time Suffix
 * Array Construction", 2011): linear time, typed arrays only, a second or less for a whole slot.
 */

/** Start positions of all suffixes of `text`, in ascending order; the empty suffix is left out. */
export function suffixArray(text: Uint8Array): Int32Array {
  // Symbols are shifted by one: 0 is the end of the text, below any byte.
  const symbols = new Int32Array(text.length + 1);
  for (let index = 0; index < text.length; index++) symbols[index] = text[index]! + 1;
  return sortSuffixes(symbols, 257).subarray(1);
}

/** `symbols` ends with its only 0 and is below `alphabet`. */
function sortSuffixes(symbols: Int32Array, alphabet: number): Int32Array {
  const size = symbols.length;
  const order = new Int32Array(size).fill(-1);
  if (size === 1) return order.fill(0);
  const small = smallerThanNext(symbols);
  const isStart = (at: number) => at > 0 && small[at] === 1 && small[at - 1] === 0;
  const ends = bucketEnds(symbols, alphabet);

  // Sort the substrings between "left-most small" positions, by inducing from any order of them.
  placeAtEnds(symbols, ends, order, startsDescending(size, isStart));
  induce(symbols, small, ends, order);

  const { names, count, starts } = nameSubstrings(symbols, order, isStart);
  const sorted = count === starts.length ? inverse(names) : sortSuffixes(names, count);
  const inOrder = function* () {
    for (let index = sorted.length - 1; index >= 0; index--) yield starts[sorted[index]!]!;
  };
  order.fill(-1);
  placeAtEnds(symbols, ends, order, inOrder());
  induce(symbols, small, ends, order);
  return order;
}

/** 1 where the suffix is smaller than the one that starts a symbol later. */
function smallerThanNext(symbols: Int32Array): Uint8Array {
  const small = new Uint8Array(symbols.length);
  small[symbols.length - 1] = 1;
  for (let at = symbols.length - 2; at >= 0; at--) {
    const difference = symbols[at]! - symbols[at + 1]!;
    small[at] = difference < 0 || (difference === 0 && small[at + 1] === 1) ? 1 : 0;
  }
  return small;
}

/** Where each symbol's bucket ends (exclusive). */
function bucketEnds(symbols: Int32Array, alphabet: number): Int32Array {
  const ends = new Int32Array(alphabet);
  for (const symbol of symbols) ends[symbol]!++;
  for (let symbol = 1; symbol < alphabet; symbol++) ends[symbol]! += ends[symbol - 1]!;
  return ends;
}

function* startsDescending(size: number, isStart: (at: number) => boolean): Iterable<number> {
  for (let at = size - 1; at > 0; at--) if (isStart(at)) yield at;
}

function placeAtEnds(
  symbols: Int32Array,
  ends: Int32Array,
  order: Int32Array,
  positions: Iterable<number>,
): void {
  const next = ends.slice();
  for (const at of positions) order[--next[symbols[at]!]!] = at;
}

function induce(symbols: Int32Array, small: Uint8Array, ends: Int32Array, order: Int32Array): void {
  const starts = new Int32Array(ends.length);
  starts.set(ends.subarray(0, -1), 1);
  for (let index = 0; index < order.length; index++) {
    const before = order[index]! - 1;
    if (before >= 0 && small[before] === 0) order[starts[symbols[before]!]!++] = before;
  }
  const next = ends.slice();
  for (let index = order.length - 1; index >= 0; index--) {
    const before = order[index]! - 1;
    if (before >= 0 && small[before] === 1) order[--next[symbols[before]!]!] = before;
  }
}

/** Gives equal substrings equal names, in their order; `starts` are their positions, ascending. */
function nameSubstrings(symbols: Int32Array, order: Int32Array, isStart: (at: number) => boolean) {
  const nameAt = new Int32Array(symbols.length).fill(-1);
  let count = 0;
  let earlier = -1;
  for (const at of order) {
    if (!isStart(at)) continue;
    if (earlier < 0 || !sameSubstring(symbols, earlier, at, isStart)) count++;
    nameAt[at] = count - 1;
    earlier = at;
  }
  const starts: number[] = [];
  for (let at = 0; at < symbols.length; at++) if (isStart(at)) starts.push(at);
  return { names: Int32Array.from(starts, (at) => nameAt[at]!), count, starts };
}

function sameSubstring(
  symbols: Int32Array,
  a: number,
  b: number,
  isStart: (at: number) => boolean,
): boolean {
  for (let length = 0; ; length++) {
    // The last symbol is unique, so both cannot run beyond it.
    if (symbols[a + length] !== symbols[b + length]) return false;
    if (length === 0) continue;
    const [endA, endB] = [isStart(a + length), isStart(b + length)];
    if (endA || endB) return endA && endB;
  }
}

function inverse(names: Int32Array): Int32Array {
  const order = new Int32Array(names.length);
  names.forEach((name, index) => {
    order[name] = index;
  });
  return order;
}
