/**
 * A desk: one unit that was made here, the network it will join, its broker, and its owner. The
 * tour, the page and the tests all work at the same desk.
 */
import { randomBytes } from "node:crypto";
import type { EventEmitter } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accessPointName, setUpPort } from "../../device/setup/set-up.ts";
import type { Authority } from "../../provisioning/certificate-authority.ts";
import { openFactory } from "../../provisioning/factory.ts";
import { Fault } from "../../provisioning/fault.ts";
import { drawLabel, ssidSuffix } from "../../provisioning/label.ts";
import { makePrivateFolder, writePrivateFile } from "../../provisioning/private-file.ts";
import {
  openServiceAuthority,
  type ServiceAuthority,
} from "../../provisioning/service-authority.ts";
import { takeStationLock } from "../../provisioning/station-lock.ts";
import { type Clock, RealClock } from "../board/clock.ts";
import type { UnitEvents } from "../board/events.ts";
import { FlashFileDamaged, flashFile } from "../board/flash-file.ts";
import { NorFlash } from "../board/nor-flash.ts";
import { boardPartitions, partition, programPartition } from "../board/partitions.ts";
import { Radio } from "../board/radio.ts";
import { writeSlot } from "../bootloader/image.ts";
import { startBroker } from "../broker/broker.ts";
import type { Broker } from "../broker/broker-type.ts";
import { startMosquitto } from "../broker/mosquitto/mosquitto.ts";
import type { Engine } from "../engine/engine.ts";
import { OwnerApp, type SetUpStage } from "../owner/owner-app.ts";
import { bundleFirmware } from "../runtime/bundle.ts";
import { Keeper } from "../services/keeper.ts";
import { Unit, type UnitOptions } from "../unit.ts";
import { type DeskUpdates, flashByCable, openUpdates } from "./updates.ts";

export type BrokerKind = "in-process" | "mosquitto";

export interface DeskOptions {
  readonly engine: Engine;
  readonly broker?: BrokerKind;
  /** Kept between runs; without one the desk lives in a temporary folder that `close` removes. */
  readonly folder?: string;
  readonly clock?: Clock;
  /** Makes a new unit although the folder has one. */
  readonly fresh?: boolean;
  /** The firmware looks for updates, unless this says no. */
  readonly updating?: boolean;
  /** Makes another kind of unit than the simulator's. */
  readonly makeUnit?: (options: UnitOptions) => DeskUnit;
}

/** What a desk asks of its unit, whatever it is made of. */
export type DeskUnit = EventEmitter<UnitEvents> &
  Pick<Unit, Exclude<keyof Unit, keyof EventEmitter>>;

/** The home network of the desk's owner; a password that no sentence of ours contains can be searched for. */
export const home = { ssid: "Desk", password: "nine lamps, one door" } as const;
export const brokerName = "broker.thirteen.test";
export const brokerPort = 8883;

/** The unit's papers: what is printed on its label. The password is a secret of whoever holds it. */
export interface Papers {
  readonly serial: string;
  readonly id: string;
  readonly password: string;
}

export interface Desk {
  readonly folder: string;
  readonly engineName: Engine["name"];
  readonly unit: DeskUnit;
  readonly papers: Papers;
  /** This run has made it. */
  readonly made: boolean;
  readonly radio: Radio;
  readonly clock: Clock;
  readonly broker: Broker;
  /** Where the unit gets its firmware from. */
  readonly updates: DeskUpdates;
  /** The unit's firmware looks there. */
  readonly updating: boolean;
  readonly owner: OwnerApp;
  /** The service that keeps what the unit reports; `connectKeeper` brings it to the broker. */
  readonly keeper: Keeper;
  readonly authority: ServiceAuthority;
  /** The factory's, whose certificates units carry. */
  readonly deviceAuthority: Authority;
  /** What the owner's app does with the label in front of it; resolves to the unit's id. */
  setUp(wish?: SetUpWishes, onStage?: (stage: SetUpStage) => void): Promise<string>;
  /** The owner's app has set this unit up. */
  owned(): boolean;
  /** The owner's app on the broker, watching the unit. */
  connectOwner(): Promise<void>;
  connectKeeper(): Promise<void>;
  close(): Promise<void>;
}

export interface SetUpWishes {
  readonly password?: string;
  readonly wifi?: { readonly ssid: string; readonly password: string };
}

/** @throws Fault or FlashFileDamaged, one line for people; what is in the folder is then as it was. */
export async function openDesk(options: DeskOptions): Promise<Desk> {
  const temporary = options.folder === undefined;
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "thirteen-desk-"));
  makePrivateFolder(folder);
  // Two desks on one flash file would be two devices with one identity.
  const unlock = takeStationLock(folder);
  const leave = () => {
    unlock();
    if (temporary) rmSync(folder, { recursive: true, force: true });
  };
  try {
    return await furnish(options, folder, leave);
  } catch (error) {
    leave();
    throw error;
  }
}

async function furnish(options: DeskOptions, folder: string, leave: () => void): Promise<Desk> {
  // What can be found damaged is read before anything is changed.
  const passphrase = keep(join(folder, "passphrase"), 24).toString("base64");
  const seed = keep(join(folder, "owner-key"), 32);
  const authority = await openServiceAuthority({ folder: join(folder, "service"), passphrase });
  const radio = new Radio();
  const clock = options.clock ?? new RealClock();
  const updates = await openUpdates({ authority, radio, clock });
  try {
    return await seat(options, {
      folder,
      leave,
      passphrase,
      seed,
      authority,
      radio,
      clock,
      updates,
    });
  } catch (error) {
    await updates.close();
    throw error;
  }
}

interface Furniture {
  readonly folder: string;
  readonly leave: () => void;
  readonly passphrase: string;
  /** Of the owner's key. */
  readonly seed: Uint8Array;
  readonly authority: ServiceAuthority;
  readonly radio: Radio;
  readonly clock: Clock;
  readonly updates: DeskUpdates;
}

async function seat(options: DeskOptions, furniture: Furniture): Promise<Desk> {
  const { folder, leave, passphrase, seed, authority, radio, clock, updates } = furniture;
  const { updating = true } = options;
  const root = updating ? updates.root : undefined;
  const { papers, made, deviceAuthority } = await unitOf(
    folder,
    passphrase,
    authority,
    root,
    options.fresh,
  );
  const flash = openFlash(join(folder, "flash.bin"));
  // A desk that is opened again runs the firmware of today.
  if (!made) await flashByCable(flash, root);

  radio.addNetwork({ SSID: home.ssid, password: home.password });
  const credential = await authority.issueServerCertificate([brokerName]);
  const start = options.broker === "mosquitto" ? startMosquitto : startBroker;
  const broker = await start({
    ...credential,
    deviceAnchor: deviceAuthority.certificate,
    ownersAnchor: authority.ownersAnchor,
  });
  radio.route(brokerName, brokerPort, broker.port);

  const phone = await authority.issueOwnerCertificate("desk");
  const owner = new OwnerApp(new Uint8Array(seed), phone, () => clock.wall());
  const services = await authority.issueOwnerCertificate("services");
  const keeper = new Keeper(new OwnerApp(randomBytes(32), services), () => clock.wall());
  const makeUnit = options.makeUnit ?? ((parts: UnitOptions) => new Unit(parts));
  const unit = makeUnit({ name: "desk", engine: options.engine, flash, radio, clock });

  // What the phone remembers of the unit.
  const memory = join(folder, "owned-unit");
  const owned = () => existsSync(memory) && readFileSync(memory, "utf8") === papers.id;
  // A wipe makes a new unit of it, and the phone forgets it too.
  unit.on("trace", ({ room, event }) => {
    if (room === "telemetry" && event === "wiped") rmSync(memory, { force: true });
  });
  const setUp: Desk["setUp"] = async (wish = {}, onStage) => {
    const link = await radio.join(accessPointName(papers.id));
    try {
      const id = await owner.setUp(
        await link.connect(setUpPort),
        {
          serial: papers.serial,
          password: wish.password ?? papers.password,
          wifi: wish.wifi ?? home,
          // A desk is a fleet of one.
          broker: { host: brokerName, port: brokerPort, spreadS: 2 },
        },
        onStage,
      );
      writeFileSync(memory, id);
      // Who owned the unit before has no business with it any more.
      for (const name of broker.granted(id))
        if (name !== owner.name && name !== keeper.app.name) await broker.withdraw(name, id);
      return id;
    } finally {
      link.leave();
    }
  };

  return {
    folder,
    engineName: options.engine.name,
    unit,
    papers,
    made,
    radio,
    clock,
    broker,
    updates,
    updating,
    owner,
    keeper,
    authority,
    deviceAuthority,
    setUp,
    owned,
    async connectOwner() {
      await broker.grant(owner.name, papers.id);
      const anchor = authority.serverAnchor;
      // Set up anew, it is the same app that comes back.
      await owner.close();
      await owner.connect({ host: brokerName, port: broker.ownersPort, anchor });
      await owner.watch(papers.id);
    },
    async connectKeeper() {
      const { app } = keeper;
      await broker.grant(app.name, papers.id);
      await app.close();
      const anchor = authority.serverAnchor;
      await app.connect({ host: brokerName, port: broker.ownersPort, anchor });
      await app.watch(papers.id);
    },
    async close() {
      await owner.close();
      await keeper.app.close();
      unit.unplug();
      await broker.close();
      await updates.close();
      leave();
    },
  };
}

/** The unit of this folder, made now if there is none: issued, flashed, its label put aside. */
async function unitOf(
  folder: string,
  passphrase: string,
  authority: ServiceAuthority,
  root: string | undefined,
  fresh = false,
): Promise<{ papers: Papers; made: boolean; deviceAuthority: Authority }> {
  const factory = await openFactory({
    folder: join(folder, "factory"),
    passphrase,
    serverAnchors: [authority.serverAnchor],
  });
  try {
    const { deviceAuthority } = factory;
    const label = join(folder, "label.json");
    if (!fresh && existsSync(label) && existsSync(join(folder, "flash.bin")))
      return { papers: readPapers(label), made: false, deviceAuthority };
    for await (const { serial, id, password, identityImage } of factory.issue({ count: 1 })) {
      // The label goes first: a new flash must never lie under an old label.
      rmSync(label, { force: true });
      rmSync(join(folder, "flash.bin"), { force: true });
      await program(openFlash(join(folder, "flash.bin")), identityImage, root);
      const papers = { serial, id, password };
      writeFileSync(label, JSON.stringify(papers), { mode: 0o600 });
      return { papers, made: true, deviceAuthority };
    }
    throw new Error("the factory issued nothing");
  } finally {
    await factory.close();
  }
}

/**
 * What the line does to a blank board: identity, and the firmware into the first slot. With a root it
 * is one that updates itself.
 */
export async function program(
  flash: NorFlash,
  identityImage: Uint8Array,
  root?: string,
): Promise<void> {
  const partitions = boardPartitions();
  flash.powerOn();
  programPartition(flash, partition(partitions, "factory"), identityImage);
  const { source } = await bundleFirmware(root === undefined ? {} : { root });
  writeSlot(flash, partitions, 0, source);
}

export function labelOf({ serial, id, password }: Papers) {
  return drawLabel({ serial, password, ssidSuffix: ssidSuffix(id) });
}

function openFlash(file: string): NorFlash {
  return new NorFlash({ store: flashFile(file) });
}

function readPapers(file: string): Papers {
  try {
    const { serial, id, password } = JSON.parse(readFileSync(file, "utf8"));
    if ([serial, id, password].every((text) => typeof text === "string"))
      return { serial, id, password };
  } catch {}
  throw new Fault(
    `${file} is damaged. The unit's label cannot be recovered; nothing was changed. ` +
      "Make a new unit with: npm start -- --new",
  );
}

/** A private file's random bytes, made at the first run. */
function keep(file: string, length: number): Buffer {
  if (!existsSync(file)) writePrivateFile(file, randomBytes(length));
  const bytes = readFileSync(file);
  if (bytes.length === length) return bytes;
  throw new Fault(`${file} is damaged; nothing was changed: restore it, or use another --folder`);
}

export { FlashFileDamaged };
