/**
 * Lays the base beside the image, after Percival ("Naive Differences of Executable Code", 2003): in
 * long pieces that are *nearly* the same, because moved code differs in the addresses inside it. What
 * lies between them is new.
 */
import type { Match, Matcher } from "./match.ts";

/** `length` bytes of the image from `at` are like the base's from `from`. */
export interface Alignment {
  readonly at: number;
  readonly from: number;
  readonly length: number;
}

interface Sides {
  readonly base: Uint8Array;
  readonly image: Uint8Array;
  readonly advantage: number;
}

const reportEvery = 0x2000;

/**
 * Ascending by `at`, without overlaps. `onProgress` gets the bytes of the image done.
 * @param advantage bytes by which a match must beat the alignment it would replace.
 */
export function align(
  base: Uint8Array,
  image: Uint8Array,
  matcher: Matcher,
  advantage: number,
  onProgress: (done: number) => void = () => {},
): Alignment[] {
  const sides = { base, image, advantage };
  const found: Alignment[] = [];
  let [at, from, scan] = [0, 0, 0];
  for (let isMore = true; isMore; ) {
    const next = betterMatch(sides, matcher, scan, from - at, onProgress);
    isMore = next.length > 0;
    let forward = growForward(sides, at, from, next.at);
    let back = isMore ? growBack(sides, at, next) : 0;
    const overlap = at + forward - (next.at - back);
    if (overlap > 0) {
      const kept = divide(sides, at + forward - overlap, from - at, next.from - next.at, overlap);
      forward += kept - overlap;
      back -= kept;
    }
    if (forward > 0) found.push({ at, from, length: forward });
    [at, from, scan] = [next.at - back, next.from - back, next.at + next.length];
  }
  return found;
}

function isSame({ base, image }: Sides, at: number, shift: number): boolean {
  return base[at + shift] === image[at];
}

/** The next match that beats going on with `shift`; length 0 at the end of the image. */
function betterMatch(
  sides: Sides,
  matcher: Matcher,
  start: number,
  shift: number,
  onProgress: (done: number) => void,
): Match & { at: number } {
  const end = sides.image.length;
  // How many of the bytes from `at` to `counted` the present alignment has right.
  let [score, counted] = [0, start];
  for (let at = start; at < end; at++) {
    if (at % reportEvery === 0) onProgress(at);
    const match = matcher.longest(sides.image, at, end);
    for (; counted < at + match.length; counted++) if (isSame(sides, counted, shift)) score++;
    if (match.length > score + sides.advantage) return { ...match, at };
    if (match.length === score && match.length > 0) {
      // All of it is right as it is: go on behind it.
      at += match.length - 1;
      [score, counted] = [0, at + 1];
    } else if (counted > at) {
      if (isSame(sides, at, shift)) score--;
    } else counted = at + 1;
  }
  return { at: end, from: 0, length: 0 };
}

/** How far the alignment goes on beyond its match while it is right more often than not. */
function growForward(sides: Sides, at: number, from: number, limit: number): number {
  const most = Math.min(limit - at, sides.base.length - from);
  return bestPrefix(most, (index) => isSame(sides, at + index, from - at));
}

function growBack(sides: Sides, limit: number, { at, from }: Match & { at: number }): number {
  const most = Math.min(at - limit, from);
  return bestPrefix(most, (index) => isSame(sides, at - 1 - index, from - at));
}

function bestPrefix(most: number, same: (index: number) => boolean): number {
  let [score, best, length] = [0, 0, 0];
  for (let index = 0; index < most; index++) {
    score += same(index) ? 1 : -1;
    if (score > best) [best, length] = [score, index + 1];
  }
  return length;
}

/** Of `overlap` bytes from `at`, how many the first alignment should keep. */
function divide(sides: Sides, at: number, first: number, second: number, overlap: number): number {
  let [score, best, kept] = [0, 0, 0];
  for (let index = 0; index < overlap; index++) {
    if (isSame(sides, at + index, first)) score++;
    if (isSame(sides, at + index, second)) score--;
    if (score > best) [best, kept] = [score, index + 1];
  }
  return kept;
}
