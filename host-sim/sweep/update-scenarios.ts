/** An update's whole life, swept: images that are kept, and images that have to be given up. */
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { GivenUp } from "../../device/update/boot.ts";
import { decodeState } from "../../device/update/metadata/trusted-state.ts";
import { VirtualClock } from "../board/clock.ts";
import { seededEntropy } from "../board/entropy.ts";
import { blockLength, defaultFlashSize, NorFlash } from "../board/nor-flash.ts";
import {
  boardPartitions,
  type Partition,
  partition,
  programPartition,
} from "../board/partitions.ts";
import { Radio } from "../board/radio.ts";
import { encodeImage, writeSlot } from "../bootloader/image.ts";
import type { Engine } from "../engine/engine.ts";
import { writeClaimInto } from "../fleet/claimed.ts";
import { bundleFirmware } from "../runtime/bundle.ts";
import { type BrokenFirmware, broken, type Changes } from "../runtime/variants.ts";
import { Unit } from "../unit.ts";
import { feedPartition, type Release } from "./firmware/feed.ts";
import { type Holdings, inspect } from "./inspect.ts";
import type { Ending, Scenario } from "./sweep-run.ts";

const entry = fileURLToPath(new URL("./firmware/main.ts", import.meta.url));
export const feedSize = 2 * 1024 * 1024;
export const partitions: readonly Partition[] = [
  ...boardPartitions(),
  { name: feedPartition, type: "data", subType: "0x50", offset: defaultFlashSize, size: feedSize },
];

/** When each life begins: a unit that was off knows no better. */
export const startOfTime = Date.UTC(2026, 10, 22);

/** Looked at so often; and no longer than this, in virtual time. */
const lookEveryMs = 5_000;
const longestMs = 3_600_000;

export interface Image extends Release {
  readonly bytes: Uint8Array;
  readonly source: string;
  /** As the bootloader knows it. */
  readonly digest: string;
}

export interface UpdateWorld {
  readonly engine: Engine;
  /** Of one real unit. */
  readonly identityImage: Uint8Array;
}

export async function imageOf(
  counter: number,
  changes: Changes = {},
  build: { readonly entry: string; readonly root?: string } = { entry },
): Promise<Image> {
  const version = `1.${counter}.0`;
  const { source } = await bundleFirmware({ ...build, version, changes });
  const bytes = encodeImage(source);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const digest = Buffer.from(bytes.subarray(32, 64)).toString("hex");
  return { version, counter, length: bytes.length, sha256, bytes, source, digest };
}

/** A unit with an owner, in the field for a while, running `image` from slot 0. */
export function unitRunning(image: Image, identityImage: Uint8Array): NorFlash {
  const flash = new NorFlash({ size: defaultFlashSize + feedSize });
  programPartition(flash, partition(partitions, "factory"), identityImage);
  writeSlot(flash, partitions, 0, image.source);
  const owner = seededEntropy("owner")(32);
  writeClaimInto(flash, {
    wifi: { ssid: "Sweep", password: "thirteen promises" },
    broker: { host: "broker.thirteen.test", port: 8883, spreadS: 2 },
    owner,
  });
  return flash;
}

/** Puts the next release where the firmware looks for it. */
function offer(flash: NorFlash, { bytes, version, counter, length, sha256 }: Image): void {
  const release: Release = { version, counter, length, sha256 };
  const fed = new Uint8Array(blockLength + bytes.length).fill(0xff);
  fed.set(new TextEncoder().encode(JSON.stringify(release)));
  fed.set(bytes, blockLength);
  programPartition(flash, partition(partitions, feedPartition), fed);
}

async function live(engine: Engine, flash: NorFlash, done: () => boolean): Promise<Ending> {
  const clock = new VirtualClock(startOfTime);
  const unit = new Unit({
    name: "swept",
    engine,
    flash,
    radio: new Radio(),
    clock,
    partitions,
    entropy: seededEntropy("swept"),
    ...(engine.name === "node" ? { watchdogMs: 0 } : {}),
  });
  let looked = -1;
  try {
    await unit.plug();
    for (let passed = 0; passed < longestMs; passed += lookEveryMs) {
      if (unit.state === "off") return "cut";
      if (unit.state === "no-image") return "stuck";
      await clock.advance(lookEveryMs);
      // What has not been written to has not become complete.
      if (unit.state !== "running" || flash.operations === looked) continue;
      looked = flash.operations;
      if (done()) return "done";
    }
    return unit.state === "off" ? "cut" : "stuck";
  } finally {
    unit.unplug();
    await clock.settle();
  }
}

export interface Story {
  readonly name: string;
  readonly before: Image;
  readonly next: Image;
  /** Why the next image must be given up; absent when it must be kept. */
  readonly givenUp?: GivenUp;
  /** Version of the root that is trusted in the end, in stories with a repository. */
  readonly root?: number;
  readonly flash: NorFlash;
}

export function scenarioOf(engine: Engine, story: Story): Scenario {
  const { name, before, next, givenUp, root, flash } = story;
  const start = inspect(flash);
  const complete = ({ slots, boots, confirmedSlot }: Holdings) =>
    slots.trial === undefined &&
    confirmedSlot !== undefined &&
    (givenUp === undefined
      ? slots.floor === next.counter && boots === next.digest
      : slots.verdict?.sha256 === next.sha256 && boots === before.digest);
  return {
    name,
    flash,
    alone: true,
    live: (chip) => live(engine, chip, () => complete(inspect(chip))),
    faults(chip, done) {
      const now = inspect(chip);
      const faults = invariants(start, now, [before, next]);
      if (givenUp !== undefined && now.slots.floor === next.counter)
        faults.push("a bad image raised the floor");
      if (done && now.slots.verdict?.reason !== givenUp)
        faults.push(`given up as ${now.slots.verdict?.reason}, not as ${givenUp}`);
      if (done && root !== undefined && floors(now)["trusted root"] !== root)
        faults.push(`root ${floors(now)["trusted root"]} is trusted, not ${root}`);
      return faults;
    },
  };
}

/** What must be true of the chip at any moment. */
function invariants(start: Holdings, now: Holdings, images: readonly [Image, Image]): string[] {
  const [before, next] = images;
  const faults: string[] = [];
  if (now.boots === undefined) faults.push("nothing boots");
  else if (!images.some(({ digest }) => digest === now.boots))
    faults.push("an image boots that nobody released");
  if (now.slots.floor < start.slots.floor) faults.push("the floor fell");
  const raised = now.slots.floor > start.slots.floor;
  if (raised && (now.confirmedSlot === undefined || now.boots !== next.digest))
    faults.push(`the floor is ${now.slots.floor} and ${before.version} is what is confirmed`);
  if (now.identity !== start.identity) faults.push("the identity changed");
  if (now.claim !== start.claim) faults.push("the owner's settings are lost");
  for (const [key, value] of start.system)
    if (!isNews(key) && now.system.get(key) !== value) faults.push(`the value "${key}" is lost`);
  for (const [what, floor] of Object.entries(floors(start)))
    if ((floors(now)[what] ?? -1) < floor) faults.push(`the ${what} fell`);
  return faults;
}

/** Figures that may only grow. */
function floors({ system }: Holdings): Record<string, number> {
  const bytes = (key: string) => Buffer.from(system.get(key) ?? "", "hex");
  const trusted = decodeState(bytes("update.trusted"));
  return {
    "time floor": bytes("time-floor").length === 4 ? bytes("time-floor").readUInt32LE() : 0,
    "trusted root": trusted?.root.version ?? 0,
    // Keys that were revoked take the version they vouched for with them (TUF 5.3.11).
    ...(trusted?.timestamp && { "trusted timestamp": trusted.timestamp.version }),
  };
}

/** What an update is expected to write. */
const isNews = (key: string) =>
  key.startsWith("update.") || key.startsWith("journal") || key === "time-floor";

/** Guards to be taken out of the images, to see that the sweep notices. */
export interface Sabotage {
  readonly first?: Changes;
  readonly next?: Changes;
}

const kept = ["install", "install into the first slot"] as const;
/** Each broken firmware and why it must be given up. */
export const reasons = {
  "crashes at boot": "crashed",
  "crashes later": "crashed",
  "forgets its owner": "storage",
  "has no identity": "identity",
  "never connects": "link",
  "has a broken sensor": "product",
} as const satisfies Record<BrokenFirmware, GivenUp>;

export type UpdateStory = (typeof kept)[number] | BrokenFirmware;
/** One update's life, on a chip of its own. */
export async function updateScenario(
  { engine, identityImage }: UpdateWorld,
  story: UpdateStory,
  sabotage: Sabotage = {},
): Promise<Scenario> {
  const first = await imageOf(1, sabotage.first);
  const made = unitRunning(first, identityImage);
  const told = (before: Image, next: Image, on: NorFlash, givenUp?: GivenUp) => {
    offer(on, next);
    const reason = givenUp === undefined ? {} : { givenUp };
    return scenarioOf(engine, { name: story, before, next, flash: on, ...reason });
  };
  if (story !== "install" && story !== "install into the first slot") {
    const next = await imageOf(2, { ...broken[story], ...sabotage.next });
    return told(first, next, made, reasons[story]);
  }
  const second = await imageOf(2, sabotage.next);
  const install = told(first, second, made);
  if (story === "install") return install;
  const updated = install.flash.clone();
  if ((await install.live(updated)) !== "done")
    throw new Error("an update does not even work once");
  return told(second, await imageOf(3, sabotage.next), updated.clone());
}
