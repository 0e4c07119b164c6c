/**
 * The steps of the line. Each takes units that are in the state before it, does its work, and records
 * it in one transaction. What a step does may be done again: a process that dies before the
 * transaction leaves units in the state they were in, and the next run does the step again with the
 * same result. So nothing is lost, and nothing is recorded twice.
 */
import { X509Certificate } from "node:crypto";
import { fingerprint, generateKeyPair, issueCertificate } from "../certificate-authority.ts";
import { unitYears } from "../factory.ts";
import { buildFactoryImage } from "../factory-image.ts";
import { Fault } from "../fault.ts";
import { drawLabel, labelPayload, ssidSuffix } from "../label.ts";
import { recordBytes } from "../ledger/checkpoint.ts";
import type { MadeUnit } from "../ledger/ledger.ts";
import type { UnitRow } from "../ledger/schema.ts";
import { validity } from "../sealed-authority.ts";
import { securityLabel, signSecurityLabel } from "../security-label.ts";
import { generateId } from "../serial.ts";
import { generatePassword, register } from "../set-up-password.ts";
import type { Printer } from "./printer.ts";
import { checkLabel, checkReadBack, placesOf, type Refused } from "./read-back.ts";
import {
  heldRegions,
  type LineRelease,
  parseRelease,
  type RegionBytes,
  readRegions,
} from "./release.ts";
import type { ShiftKey } from "./shift-key.ts";
import type { Station } from "./station.ts";
import type { Target } from "./target.ts";
import { decodeSecret, encodeSecret, type UnitSecret } from "./unit-secret.ts";

/** A unit that a step would not let pass, and why. It stays in the state it was in. */
export interface Turned {
  readonly serial: string;
  readonly reason: string;
}

export interface StepResult {
  readonly done: readonly string[];
  readonly turned: readonly Turned[];
}

/** Units in work at once: keeps every core at work, and bounds what an interruption costs. */
export const gangs = { issue: 64, flash: 16, verify: 16, label: 16 } as const;

/** ordered → issued: password, key and certificate, sealed to the shift. */
export async function issueStep(
  station: Station,
  order: string,
  count: number = gangs.issue,
): Promise<number> {
  const shift = await station.shiftKey();
  const at = new Date();
  return station.ledger.issueOrdered({ order, count, station: station.station, at }, (serials) =>
    Promise.all(serials.map((serial) => makeUnit(station, shift, serial, at))),
  );
}

async function makeUnit(
  station: Station,
  shift: ShiftKey,
  serial: string,
  at: Date,
): Promise<MadeUnit> {
  const id = generateId();
  const { privateKey, publicKey } = generateKeyPair();
  const certificate = await issueCertificate(station.authority, {
    commonName: id,
    usage: "client",
    publicKey,
    ...validity(at, unitYears),
  });
  const secret = encodeSecret({ password: generatePassword(), privateKey, certificate });
  const envelope = shift.seal(secret, serial);
  secret.fill(0);
  privateKey.fill(0);
  return {
    serial,
    id,
    certificateSha256: fingerprint(certificate),
    certificateSerial: new X509Certificate(certificate).serialNumber.toLowerCase(),
    envelope,
  };
}

/**
 * issued → flashed: the release and the unit's own partition are written. A unit that is flashed already
 * is written again, with the same, after a write that read-back found torn.
 */
export async function flashStep(
  station: Station,
  target: Target,
  units: readonly UnitRow[],
): Promise<StepResult> {
  const secrets = await openSecrets(station, units);
  const done: string[] = [];
  const turned: Turned[] = [];
  await each(target, units, async (unit) => {
    const secret = secrets.get(unit.serial);
    if (!secret) return void turned.push({ serial: unit.serial, reason: "secrets-do-not-open" });
    const { release, regions } = await orderOf(station, unit);
    const image = buildFactoryImage({
      serial: unit.serial,
      id: unit.id!,
      verifier: await register(secret.password, unit.serial),
      certificate: [secret.certificate],
      privateKey: secret.privateKey,
      anchors: station.serverAnchors,
    });
    secret.privateKey.fill(0);
    const own = { name: "factory", offset: release.factoryOffset, bytes: image };
    await target.write(unit.serial, [...regions, own]);
    image.fill(0);
    done.push(unit.serial);
  });
  const at = new Date();
  const isAgain = new Set(
    units.filter(({ state }) => state === "flashed").map(({ serial }) => serial),
  );
  const first = done.filter((serial) => !isAgain.has(serial));
  await station.ledger.advance(
    first,
    { from: "issued", to: "flashed", station: station.station, at },
    first.map(() => ({ target: target.kind })),
  );
  for (const serial of done.filter((one) => isAgain.has(one)))
    await station.ledger.note(
      "flashed-again",
      { target: target.kind, station: station.station },
      at,
      serial,
    );
  return { done, turned };
}

/**
 * flashed → verified: the unit is read back and held against what it must be, and the password that
 * goes on its label against the unit. The station signs what it saw.
 */
export async function verifyStep(
  station: Station,
  target: Target,
  units: readonly UnitRow[],
  options: { readonly boot?: boolean } = {},
): Promise<StepResult> {
  const secrets = await openSecrets(station, units);
  const passed: { serial: string; record: Record<string, string> }[] = [];
  const turned: Turned[] = [];
  const at = new Date();
  await each(target, units, async (unit) => {
    const secret = secrets.get(unit.serial);
    const { release } = await orderOf(station, unit);
    const refusal = secret
      ? await refusalOf(station, target, unit, release, secret, options.boot === true)
      : "secrets-do-not-open";
    if (refusal) turned.push({ serial: unit.serial, reason: refusal });
    else
      passed.push({
        serial: unit.serial,
        record: {
          serial: unit.serial,
          id: unit.id!,
          certificate: unit.certificate_sha256!,
          release: `${release.board} ${release.version}`,
          regions: heldRegions(release)
            .map(({ name, sha256 }) => `${name}=${sha256}`)
            .join(" "),
          how: options.boot ? "booted and set up" : "read back and rehearsed",
          target: target.kind,
          station: station.station,
          at: at.toISOString(),
        },
      });
  });
  for (const { serial, reason } of turned)
    await station.ledger.note(
      "read-back-refused",
      { reason, station: station.station },
      at,
      serial,
    );
  await station.ledger.advance(
    passed.map(({ serial }) => serial),
    { from: "flashed", to: "verified", station: station.station, at },
    passed.map(({ record }) => ({
      record: JSON.stringify(record),
      signature: Buffer.from(station.sign(recordBytes(record))).toString("base64"),
    })),
  );
  return { done: passed.map(({ serial }) => serial), turned };
}

async function refusalOf(
  station: Station,
  target: Target,
  unit: UnitRow,
  release: LineRelease,
  secret: UnitSecret,
  boot: boolean,
): Promise<string | undefined> {
  const read = await target.read(unit.serial, placesOf(release));
  const found = checkReadBack(read, {
    serial: unit.serial,
    id: unit.id!,
    certificateSha256: unit.certificate_sha256!,
    deviceAuthority: station.authority.certificate,
    serverAnchors: station.serverAnchors,
    release,
    now: new Date(),
  });
  if ("reason" in found) return inWords(found);
  const { password } = secret;
  const content = { serial: unit.serial, password, ssidSuffix: ssidSuffix(unit.id!) };
  const refusal = await checkLabel(labelPayload(content), found.identity);
  if (refusal || !boot) return refusal;
  if (!target.rehearse) return "this-target-cannot-boot";
  return target.rehearse({ serial: unit.serial, id: unit.id!, password });
}

function inWords({ reason, region }: Refused): string {
  return region ? `${reason} (${region})` : reason;
}

export interface LabelOptions {
  readonly printer: Printer;
  /** What a scanner at the station reads off the label; the printer's own answer when absent. */
  readonly scan?: (serial: string) => Promise<string>;
}

/**
 * verified → labelled: the label is printed and scanned, and must say what was verified. With the
 * transaction the unit's secrets are forgotten, and with the last of them the shift's key.
 */
export async function labelStep(
  station: Station,
  units: readonly UnitRow[],
  { printer, scan }: LabelOptions,
): Promise<StepResult> {
  const secrets = await openSecrets(station, units);
  const done: string[] = [];
  const turned: Turned[] = [];
  const jobs = units.flatMap(({ serial, id }) => {
    const secret = secrets.get(serial);
    if (!secret) {
      turned.push({ serial, reason: "secrets-do-not-open" });
      return [];
    }
    secret.privateKey.fill(0);
    const content = { serial, password: secret.password, ssidSuffix: ssidSuffix(id!) };
    const signed = signSecurityLabel(securityLabel(serial), station);
    return {
      serial,
      label: drawLabel(content),
      securityLabel: `${JSON.stringify(signed, null, 2)}\n`,
    };
  });
  const read = await printer.print(jobs);
  for (const [index, { serial, label }] of jobs.entries()) {
    const scanned = scan ? await scan(serial) : read[index];
    if (scanned === label.qr) done.push(serial);
    else turned.push({ serial, reason: "the-label-does-not-read-as-verified" });
  }
  await station.ledger.advance(done, {
    from: "verified",
    to: "labelled",
    station: station.station,
    at: new Date(),
    forget: true,
  });
  await station.endShift();
  return { done, turned };
}

async function openSecrets(
  station: Station,
  units: readonly UnitRow[],
): Promise<Map<string, UnitSecret>> {
  const secrets = new Map<string, UnitSecret>();
  if (units.length === 0) return secrets;
  const shift = await station.shiftKey();
  for (const { serial, envelope } of await station.ledger.sealed(
    units.map((unit) => unit.serial),
  )) {
    const plain = shift.open(envelope, serial);
    if (!plain) continue;
    secrets.set(serial, decodeSecret(plain));
    plain.fill(0);
  }
  return secrets;
}

interface OpenOrder {
  readonly release: LineRelease;
  readonly regions: readonly RegionBytes[];
}

/** Reading and hashing a release once a process and not once a unit. */
const openOrders = new WeakMap<Station, Map<string, Promise<OpenOrder>>>();

function orderOf(station: Station, { serial, order_name: name }: UnitRow): Promise<OpenOrder> {
  if (name === null) throw new Fault(`unit ${serial} was made by hand: it is flashed by hand`);
  const known = openOrders.get(station) ?? new Map<string, Promise<OpenOrder>>();
  openOrders.set(station, known);
  let order = known.get(name);
  if (!order) {
    order = station.ledger.findOrder(name).then((row) => {
      const release = parseRelease(row?.release ?? "", name);
      return { release, regions: readRegions(station.folder, release) };
    });
    known.set(name, order);
  }
  return order;
}

async function each(
  target: Target,
  units: readonly UnitRow[],
  work: (unit: UnitRow) => Promise<void>,
): Promise<void> {
  if (target.isSerial) for (const unit of units) await work(unit);
  else await Promise.all(units.map(work));
}
