/**
 * The simulator as a target of the factory's line: a unit is a flash file that `Unit` boots. A blank
 * board is made when the first is flashed, and what was flashed is read back out of the file.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { version } from "../../device/about/version.ts";
import { accessPointName, setUpPort } from "../../device/setup/set-up.ts";
import { Fault } from "../../provisioning/fault.ts";
import {
  keepRelease,
  type LineRelease,
  type RegionBytes,
  sha256Hex,
} from "../../provisioning/line/release.ts";
import type { Target } from "../../provisioning/line/target.ts";
import { stretch } from "../../provisioning/set-up-password.ts";
import { RealClock } from "../board/clock.ts";
import { flashFile } from "../board/flash-file.ts";
import { blockLength, NorFlash } from "../board/nor-flash.ts";
import { boardPartitions, partition } from "../board/partitions.ts";
import { type Link, Radio } from "../board/radio.ts";
import { encodeImage } from "../bootloader/image.ts";
import { nodeEngine } from "../engine/node-engine.ts";
import { openSession, SetUpRefused } from "../owner/set-up-client.ts";
import { bundleFirmware } from "../runtime/bundle.ts";
import { Unit } from "../unit.ts";

/** The firmware of this tree as the release of an order. About a second: it is bundled anew. */
export async function simulatorRelease(folder: string): Promise<LineRelease> {
  const { source } = await bundleFirmware();
  return keepRelease(folder, facts(), [
    {
      name: "slot0",
      offset: partition(boardPartitions(), "slot0").offset,
      bytes: encodeImage(source),
    },
  ]);
}

function facts() {
  const { offset } = partition(boardPartitions(), "factory");
  return { board: "simulator", version, factoryOffset: offset };
}

export interface SimulatorOptions {
  /** Where the units' flash files are. */
  readonly bay: string;
}

export const flashName = (serial: string) => `${serial}.flash`;

export function simulatorTarget({ bay }: SimulatorOptions): Target {
  mkdirSync(bay, { recursive: true, mode: 0o700 });
  let booting: Promise<unknown> = Promise.resolve();
  const fileOf = (serial: string) => join(bay, flashName(serial));
  return {
    kind: "simulator",
    isSerial: false,
    async write(serial, regions) {
      const file = fileOf(serial);
      // A draft beside it: a station that dies in the middle leaves a board that was not flashed.
      const draft = `${file}.new`;
      const [own, ...shared] = [...regions].reverse() as [RegionBytes, ...RegionBytes[]];
      copyFileSync(template(bay, shared), draft);
      withFlash(draft, (flash) => program(flash, own));
      renameSync(draft, file);
    },
    async read(serial, places) {
      const file = fileOf(serial);
      if (!existsSync(file)) throw new Fault(`${file}: this unit's flash is not in the bay`);
      return withFlash(file, (flash) =>
        places.map(({ offset, length }) => flash.read(offset, length)),
      );
    },
    // One after the other: a boot is a second's work of a whole core.
    rehearse(unit) {
      const answer = booting.then(() => rehearse(fileOf(unit.serial), unit));
      booting = answer.catch(() => undefined);
      return answer;
    },
    async close() {
      for (const name of readdirSync(bay))
        if (name.startsWith(templatePrefix) && name.endsWith(".new"))
          rmSync(join(bay, name), { force: true });
    },
  };
}

const templatePrefix = ".release-";

/** A board with everything but its identity, made once for all units that are alike so far. */
function template(bay: string, shared: readonly RegionBytes[]): string {
  const name = sha256Hex(
    Buffer.from(shared.map(({ offset, bytes }) => `${offset} ${sha256Hex(bytes)}`).join(",")),
  );
  const file = join(bay, `${templatePrefix}${name}.flash`);
  if (existsSync(file)) return file;
  const draft = `${file}.${process.pid}.new`;
  rmSync(draft, { force: true });
  withFlash(draft, (flash) => {
    for (const region of shared) program(flash, region);
  });
  renameSync(draft, file);
  return file;
}

function withFlash<T>(file: string, use: (flash: NorFlash) => T): T {
  const store = flashFile(file);
  try {
    return use(new NorFlash({ store }));
  } finally {
    store.close();
  }
}

function program(flash: NorFlash, { offset, bytes }: RegionBytes): void {
  for (let at = 0; at < bytes.length; at += blockLength) {
    flash.eraseBlock((offset + at) / blockLength);
    flash.write(offset + at, bytes.subarray(at, at + blockLength));
  }
}

/** Boots a copy, presses its button and proves the password as an owner's app does. */
async function rehearse(
  file: string,
  unit: { serial: string; id: string; password: string },
): Promise<string | undefined> {
  // A copy: what a first start writes must not be in what is shipped.
  const copy = `${file}.trial`;
  copyFileSync(file, copy);
  const store = flashFile(copy);
  const radio = new Radio();
  const booted = new Unit({
    name: unit.serial,
    engine: nodeEngine,
    flash: new NorFlash({ store }),
    radio,
    clock: new RealClock(),
  });
  try {
    await booted.plug();
    if (booted.state !== "running") return "does-not-boot";
    const link = await openWindow(booted, radio, accessPointName(unit.id));
    if (!link) return "opens-no-set-up-window";
    const secret = await stretch(unit.password, unit.serial);
    const session = await openSession(await link.connect(setUpPort), unit.serial, secret);
    session.send({ do: "status" });
    const reply = await session.receive();
    session.close();
    return "status" in reply && reply.status.id === unit.id ? undefined : "other-unit";
  } catch (error) {
    if (error instanceof SetUpRefused) return error.reason;
    throw error;
  } finally {
    booted.unplug();
    store.close();
    rmSync(copy, { force: true });
  }
}

const tapMs = 200;
/** A busy machine boots its units slowly. */
const patienceMs = 15_000;

/** Presses the button until the unit opens its window, as somebody in front of it would. */
async function openWindow(unit: Unit, radio: Radio, name: string): Promise<Link | undefined> {
  for (const until = Date.now() + patienceMs; Date.now() < until; ) {
    unit.press();
    await pause(tapMs);
    unit.release();
    for (let look = 0; look < 20; look++) {
      const link = await radio.join(name).catch(() => undefined);
      if (link) return link;
      await pause(100);
    }
  }
  return undefined;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
