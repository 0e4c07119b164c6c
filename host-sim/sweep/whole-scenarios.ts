/**
 * A whole update, swept: the device's real client against a repository, from the first look to the
 * confirmed image. Trust and its keys change on the way (root rotation), images come whole and as
 * deltas, and one has to be given up.
 */
import { fileURLToPath } from "node:url";
import type { NorFlash } from "../board/nor-flash.ts";
import { partition, programPartition } from "../board/partitions.ts";
import { broken, type Changes } from "../runtime/variants.ts";
import { ReleaseRepository } from "../update-server/release-repository.ts";
import { digits, indexBytes } from "./firmware/web-host.ts";
import { withHostChecks } from "./host-checks.ts";
import type { Scenario } from "./sweep-run.ts";
import {
  feedSize,
  type Image,
  imageOf,
  partitions,
  reasons,
  scenarioOf,
  startOfTime,
  type UpdateWorld,
  unitRunning,
} from "./update-scenarios.ts";

const entry = fileURLToPath(new URL("./firmware/whole.ts", import.meta.url));

/** Each begins where its line says; all of them end with what runs confirmed and no trial open. */
export const wholeStories = [
  /** A new unit, an old root: two new roots, then the image as a whole. */
  "whole image, root rotated",
  /** The unit that came of it: a new root, then the next release by its delta. */
  "delta, root rotated",
  /** A release that crashes at boot, by its delta: the image before goes on. */
  "roll-back of a delta",
  /** A release whose self-check fails, as a whole. */
  "roll-back of a whole image",
] as const;
export type WholeStory = (typeof wholeStories)[number];

export interface WholeSabotage {
  /** Guards taken out of the image that fetches. */
  readonly first?: Changes;
}

interface Facts {
  /** Version of the root that is trusted in the end. */
  readonly root: number;
  readonly givenUp?: "crashed" | "product";
  /** The host has no images: then who comes to the end has come by the delta, also after each cut. */
  readonly deltasOnly?: boolean;
}

/** @throws Error when the scenario does not even work without a cut. */
export async function wholeScenario(
  { engine: plain, identityImage }: UpdateWorld,
  story: WholeStory,
  { first: sabotage = {} }: WholeSabotage = {},
): Promise<Scenario> {
  const engine = withHostChecks(plain);
  const repository = new ReleaseRepository({ now: new Date(startOfTime) });
  const build = { entry, root: new TextDecoder().decode(repository.firstRoot) };
  const first = await imageOf(1, sabotage, build);
  const offer = ({ version, counter, bytes }: Image, from: readonly Image[] = []) =>
    repository.offer({ version, counter, image: bytes, from: from.map((image) => image.bytes) });
  const scenario = (
    before: Image,
    next: Image,
    made: NorFlash,
    { deltasOnly = false, ...facts }: Facts,
  ) => {
    const flash = serving(made, filesOf(repository, deltasOnly));
    return scenarioOf(engine, { name: story, before, next, flash, ...facts });
  };
  const made = unitRunning(first, identityImage);

  if (story === "roll-back of a delta") {
    const next = await imageOf(2, broken["crashes at boot"], build);
    offer(next, [first]);
    return scenario(first, next, made, {
      root: 1,
      givenUp: reasons["crashes at boot"],
      deltasOnly: true,
    });
  }
  if (story === "roll-back of a whole image") {
    const next = await imageOf(2, broken["has a broken sensor"], build);
    offer(next);
    return scenario(first, next, made, { root: 1, givenUp: reasons["has a broken sensor"] });
  }
  const second = await imageOf(2, sabotage, build);
  offer(second);
  repository.rotate("timestamp");
  repository.rotate("root");
  const install = scenario(first, second, made, { root: 3 });
  if (story === "whole image, root rotated") return install;

  const updated = install.flash.clone();
  if ((await install.live(updated)) !== "done")
    throw new Error("a whole update does not even work once");
  const third = await imageOf(3, {}, build);
  repository.rotate("targets");
  offer(third, [second]);
  return scenario(second, third, updated.clone(), { root: 4, deltasOnly: true });
}

function filesOf({ files }: ReleaseRepository, deltasOnly: boolean) {
  return deltasOnly ? [...files].filter(([path]) => !path.endsWith(".bin")) : [...files];
}

/** Puts the repository's files where the firmware's web host finds them. */
function serving(flash: NorFlash, files: readonly [string, Uint8Array][]): NorFlash {
  const fed = new Uint8Array(feedSize).fill(0xff);
  let offset = indexBytes;
  let index = "";
  for (const [path, bytes] of files) {
    if (offset + bytes.length > feedSize) throw new Error("the feed is too small");
    index += `${path} ${offset} ${bytes.length}\n`;
    fed.set(bytes, offset);
    offset += bytes.length;
  }
  const text = new TextEncoder().encode(`${String(index.length).padStart(digits, "0")}${index}`);
  if (text.length > indexBytes) throw new Error("the feed's index is too small");
  fed.set(text);
  programPartition(flash, partition(partitions, "feed"), fed);
  return flash;
}
