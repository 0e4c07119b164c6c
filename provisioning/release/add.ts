/** `add`: a release comes to the desk. Nothing is signed yet. */
import { join } from "node:path";
import type { ImageFor } from "../../device/update/image-mark.ts";
import { deviceLimits } from "../../device/update/metadata/limits.ts";
import { Fault } from "../fault.ts";
import { makePrivateFolder, readOptionalFile, writePrivateFile } from "../private-file.ts";
import {
  catalogue,
  compareVersions,
  type Delta,
  deltaPath,
  faultOf,
  imagePath,
  type Release,
  type ReleaseText,
  storedPath,
} from "./catalogue.ts";
import { longestImage, makeDelta } from "./delta.ts";
import { atDesk, type Bench, releasesOf } from "./desk.ts";
import { type Desk, type DeskRelease, writeDesk } from "./desk-file.ts";
import { readImageFor } from "./image-for.ts";
import { sha256Hex, signFile, targetsContent } from "./metadata.ts";
import { readSbom } from "./sbom.ts";
import { putFiles, readStaged, stagedFolder } from "./staged.ts";

export interface AddOptions {
  readonly imageFile: string;
  readonly sbomFile: string;
  readonly text: ReleaseText;
  readonly supportEnd: string;
  readonly percent: number;
  /** What the operator means it to be; an image that says otherwise is refused. */
  readonly board?: string;
  readonly version?: string;
  /** One more than the last, unless given. */
  readonly counter?: number;
  /** From how many of the releases before it deltas are made. */
  readonly deltas: number;
}

export function add(bench: Bench, options: AddOptions): Promise<DeskRelease> {
  return atDesk(bench, (desk) => {
    const image = readImage(options.imageFile);
    const what = readImageFor(image, options.imageFile);
    refuseMixUp(desk, options, what);
    const sbom = readSbom(options.sbomFile);
    const draft = {
      ...what,
      counter: options.counter ?? highestCounter(desk) + 1,
      text: options.text,
      supportEnd: options.supportEnd,
      percent: options.percent,
    };
    const fault = faultOf(draft) ?? growthFault(desk, draft) ?? supportFault(draft, bench.now);
    if (fault) throw new Fault(`${options.imageFile}: ${fault}`);
    const deltas = makeDeltas(bench, desk, what, image, options.deltas);
    const release: DeskRelease = {
      ...draft,
      image: { length: image.length, sha256: sha256Hex(image) },
      deltas: deltas.map(({ base, bytes }) => ({
        base,
        length: bytes.length,
        sha256: sha256Hex(bytes),
      })),
      added: bench.now.toISOString(),
      sbom: sha256Hex(sbom),
      rings: [{ at: bench.now.toISOString(), percent: options.percent }],
    };
    refuseTooLong([...releasesOf(desk, release.board), release], bench.now);
    keep(bench, release, image, deltas, sbom);
    writeDesk(bench.folder, {
      ...desk,
      releases: [...desk.releases, release],
      unsigned: [...new Set([...desk.unsigned, release.board])],
    });
    return release;
  });
}

function readImage(file: string): Uint8Array {
  const image = readOptionalFile(file);
  if (!image) throw new Fault(`${file}: no such file; give the image as it lies in a slot`);
  if (image.length > longestImage)
    throw new Fault(`${file}: ${image.length} bytes; an image has at most ${longestImage}`);
  return image;
}

function refuseMixUp(desk: Desk, { imageFile, board, version }: AddOptions, what: ImageFor): void {
  const refuse = (fault: string) => new Fault(`${imageFile}: ${fault}`);
  if (what.product !== desk.product)
    throw refuse(`an image for product ${what.product}; this desk is for ${desk.product}`);
  if (!desk.boards.includes(what.board))
    throw refuse(`an image for board ${what.board}; this desk is for ${desk.boards.join(", ")}`);
  if (board !== undefined && board !== what.board)
    throw refuse(`an image for board ${what.board}, not ${board}`);
  if (version !== undefined && version !== what.version)
    throw refuse(`the image says version ${what.version}, not ${version}`);
}

function highestCounter(desk: Desk): number {
  return Math.max(0, ...desk.releases.map(({ counter }) => counter));
}

/** Revoked releases count: a unit that has one would not go back. */
function growthFault(desk: Desk, release: Omit<Release, "image" | "deltas">): string | undefined {
  const own = desk.releases.filter(({ board }) => board === release.board);
  const newer = own.find(({ version }) => compareVersions(release.version, version) <= 0);
  if (newer) return `version ${release.version} is not above ${newer.version}, added before`;
  const highest = Math.max(0, ...own.map(({ counter }) => counter));
  return release.counter <= highest
    ? `counter ${release.counter} is not above ${highest}, used before: units would refuse it`
    : undefined;
}

function supportFault({ supportEnd }: { supportEnd: string }, now: Date): string | undefined {
  return supportEnd < now.toISOString().slice(0, 10)
    ? `support ended on ${supportEnd}; say until when this product gets updates`
    : undefined;
}

/** Two signatures, and figures that grow. */
const roomBytes = 600;

/** Words in the widest of scripts and many deltas may make more than a unit reads. */
function refuseTooLong(releases: readonly Release[], expires: Date): void {
  const [board] = releases as [Release];
  const { targets } = catalogue(board, releases);
  const { length } = signFile(targetsContent({ version: 1, expires }, targets), []);
  const over = length + roomBytes - deviceLimits.targetsBytes;
  if (over > 0)
    throw new Fault(
      `${over} bytes more than a unit reads; shorten --why and --risk, or fewer --deltas`,
    );
}

interface MadeDelta {
  readonly base: string;
  readonly bytes: Uint8Array;
}

/** From the releases that units are likely to run. One that saves less than half is not worth offering. */
function makeDeltas(
  bench: Bench,
  desk: Desk,
  { board, version }: ImageFor,
  image: Uint8Array,
  count: number,
): MadeDelta[] {
  const made: MadeDelta[] = [];
  for (const from of releasesOf(desk, board).slice(0, count)) {
    const base = readStaged(
      bench.folder,
      `targets/${storedPath(imagePath(from), from.image.sha256)}`,
    );
    if (sha256Hex(base) !== from.image.sha256)
      throw new Fault(
        `the staged image of ${from.version} is damaged; restore it from your backup`,
      );
    const bytes = makeDelta(base, image, {
      onProgress: (done, total) =>
        bench.progress(`delta ${from.version} to ${version} ${Math.floor((100 * done) / total)} %`),
    });
    if (bytes.length * 2 < image.length) made.push({ base: from.image.sha256, bytes });
  }
  bench.progress(undefined);
  return made;
}

function keep(
  bench: Bench,
  release: DeskRelease,
  image: Uint8Array,
  deltas: readonly MadeDelta[],
  sbom: Uint8Array,
): void {
  const stored = (path: string, { sha256 }: Pick<Delta, "sha256">) =>
    `targets/${storedPath(path, sha256)}`;
  const files: [string, Uint8Array][] = deltas.map(({ base, bytes }, index) => [
    stored(deltaPath(release, base), release.deltas[index]!),
    bytes,
  ]);
  files.push([stored(imagePath(release), release.image), image]);
  putFiles(bench, stagedFolder(bench.folder), files);
  const folder = join(bench.folder, "sbom");
  makePrivateFolder(folder);
  writePrivateFile(join(folder, `${release.board}-${release.version}.cdx.json`), sbom);
}
