/** From releases to targets: paths, "custom" and the index, as docs/update-format.md has them. */
import type { JsonObject } from "../../device/commands/strict-json.ts";
import { canonicalJson } from "../../device/update/metadata/canonical-json.ts";
import { sha256Hex, type TargetFile } from "./metadata.ts";

export const severities = ["routine", "important", "critical"] as const;
export type Severity = (typeof severities)[number];

export interface ReleaseText {
  readonly why: string;
  readonly risk: string;
  readonly severity: Severity;
}

/** Length in bytes, and SHA-256 in hex. */
export interface FileFacts {
  readonly length: number;
  readonly sha256: string;
}

export interface Delta extends FileFacts {
  /** SHA-256 of the image it applies to, hex. */
  readonly base: string;
}

export interface Release {
  readonly product: string;
  readonly board: string;
  readonly version: string;
  readonly counter: number;
  readonly text: ReleaseText;
  /** YYYY-MM-DD */
  readonly supportEnd: string;
  /** Of the units, 0 to 100; see device/update/ring.ts. */
  readonly percent: number;
  readonly image: FileFacts;
  readonly deltas: readonly Delta[];
}

export type BoardName = Pick<Release, "product" | "board">;

/** Longest index, bytes. */
export const indexBytes = 2048;

/** The delegated targets role of a board; so a unit fetches what concerns it and no more. */
export function roleOf({ product, board }: BoardName): string {
  return `${product}.${board}`;
}

export function pathsOf({ product, board }: BoardName): string {
  return `${product}/${board}/*`;
}

export function indexPath({ product, board }: BoardName): string {
  return `${product}/${board}/current.json`;
}

export function imagePath({ product, board, version }: Release): string {
  return `${product}/${board}/${version}.bin`;
}

export function deltaPath({ product, board, version }: Release, base: string): string {
  return `${product}/${board}/${version}-from-${base.slice(0, 16)}.delta`;
}

/** Where a target lies below "targets/" in a repository with consistent snapshots. */
export function storedPath(path: string, sha256: string): string {
  const slash = path.lastIndexOf("/") + 1;
  return `${path.slice(0, slash)}${sha256}.${path.slice(slash)}`;
}

/** Of one board's releases the newest, and the one before it while the newest is not for everybody. */
export function onOffer(releases: readonly Release[]): Release[] {
  const ordered = [...releases].sort((a, b) => b.counter - a.counter);
  return ordered.slice(0, ordered[0]?.percent === 100 ? 1 : 2);
}

export interface Catalogue {
  readonly targets: ReadonlyMap<string, TargetFile>;
  readonly index: Uint8Array;
}

/** What the role of one board says. */
export function catalogue(board: BoardName, releases: readonly Release[]): Catalogue {
  const targets = new Map<string, TargetFile>();
  for (const release of onOffer(releases)) {
    const { length, sha256 } = release.image;
    targets.set(imagePath(release), { length, sha256, custom: custom(release) });
    for (const { base, ...file } of release.deltas)
      targets.set(deltaPath(release, base), { ...file, custom: custom(release, base) });
  }
  const content = canonicalJson({ v: 1, targets: [...targets.keys()] }, indexBytes);
  if (!content) throw new RangeError(`an index of more than ${indexBytes} bytes`);
  const index = content.slice();
  const file = { length: index.length, sha256: sha256Hex(index) };
  return { targets: new Map([[indexPath(board), file], ...targets]), index };
}

function custom(release: Release, base?: string): JsonObject {
  const { product, board, version, counter, text, supportEnd, percent, image } = release;
  return {
    v: 1,
    product,
    board,
    version,
    counter,
    ...(base === undefined
      ? { kind: "image" }
      : { kind: "delta", base, image: { length: image.length, sha256: image.sha256 } }),
    text: { ...text },
    support: { end: supportEnd },
    ring: { percent },
  };
}

const longestText = 280;

/** What is wrong with a release, in the words of the operator; undefined when nothing is. */
export function faultOf(release: Omit<Release, "image" | "deltas">): string | undefined {
  const { product, board, version, counter, text, supportEnd, percent } = release;
  for (const [what, name] of Object.entries({ product, board }))
    if (!/^[A-Za-z0-9-]{1,32}$/.test(name)) return `${what} "${name}" is not a name`;
  if (!parseVersion(version)) return `version ${version} is not <major>.<minor>.<patch>`;
  if (!Number.isInteger(counter) || counter < 1 || counter >= 2 ** 31)
    return `counter ${counter} is not a whole number from 1 to 2147483647`;
  if (!Number.isInteger(percent) || percent < 0 || percent > 100)
    return `percent ${percent} is not a whole number from 0 to 100`;
  if (!isDay(supportEnd)) return `support end ${supportEnd} is not a day (YYYY-MM-DD)`;
  if (!severities.includes(text.severity)) return `severity "${text.severity}" is none`;
  for (const name of ["why", "risk"] as const) {
    const fault = textFault(text[name]);
    if (fault) return `the text "${name}" ${fault}`;
  }
  return undefined;
}

function textFault(text: string): string | undefined {
  if (text.trim() === "") return "is missing: users are told why and what at risk";
  if ([...text].length > longestText) return `is longer than ${longestText} characters`;
  // Canonical JSON does not escape them, so a file with one would not be JSON.
  if (/\p{Cc}|\p{Cs}|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(text))
    return "has control characters or line breaks";
  return undefined;
}

/** Major, minor, patch. */
export function parseVersion(text: string): [number, number, number] | undefined {
  const parts = /^(0|[1-9]\d{0,4})\.(0|[1-9]\d{0,4})\.(0|[1-9]\d{0,4})$/.exec(text);
  const numbers = parts?.slice(1).map(Number) as [number, number, number] | undefined;
  return numbers?.every((part) => part <= 0xffff) ? numbers : undefined;
}

export function compareVersions(a: string, b: string): number {
  const [left, right] = [parseVersion(a) ?? [], parseVersion(b) ?? []];
  for (let index = 0; index < 3; index++)
    if (left[index] !== right[index]) return (left[index] ?? -1) - (right[index] ?? -1);
  return 0;
}

export function isDay(text: string): boolean {
  const day = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
  return day !== undefined && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}
