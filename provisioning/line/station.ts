/**
 * A station of the line: the factory's papers, a key of its own that signs what it has seen, and the
 * ledger that it shares with others or has to itself. Stations on one SQLite file take turns; on
 * PostgreSQL they work side by side.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import {
  type Authority,
  fingerprint,
  generateKeyPair,
  issueCertificate,
  type SigningAuthority,
  signerOf,
  toPem,
} from "../certificate-authority.ts";
import { openFactoryLedger, openPapers } from "../factory.ts";
import { Fault } from "../fault.ts";
import { openPrivateKey, sealPrivateKey } from "../key-file.ts";
import type { RecordSigner } from "../ledger/checkpoint.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { makePrivateFolder, readOptionalFile, writePrivateFile } from "../private-file.ts";
import { openAuthority, readCertificate, validity } from "../sealed-authority.ts";
import { waitForStationLock } from "../station-lock.ts";
import { destroyShiftKey, openShiftKey, type ShiftKey } from "./shift-key.ts";

export interface StationOptions {
  /** The factory's folder. */
  readonly folder: string;
  /** Letters, digits and dashes. */
  readonly station: string;
  readonly passphrase: string;
  /** URL of a PostgreSQL ledger; the file in `folder` when absent. */
  readonly database?: string;
  /** Where a new CA's key is made, when not in a file: see pkcs11.ts. */
  readonly token?: string;
  /** DER; needed the first time only. */
  readonly serverAnchors?: readonly Uint8Array[];
  /** How long to wait for another station that has the file. */
  readonly patienceMs?: number;
}

export interface Station extends RecordSigner {
  readonly folder: string;
  readonly ledger: Ledger;
  readonly authority: Authority | SigningAuthority;
  readonly serverAnchors: readonly Uint8Array[];
  /** DER of the CA that certifies stations. */
  readonly recordsRoot: Uint8Array;
  /** Opened at first use. @throws Fault when it is gone although units are sealed to it. */
  shiftKey(): Promise<ShiftKey>;
  /** Destroys the shift's key when nothing is sealed to it any more. */
  endShift(): Promise<boolean>;
  close(): Promise<void>;
}

export const recordsName = "records-authority";
/** A station's certificate is made anew long before a factory's life ends. */
const stationYears = 5;

export function stationFolder(folder: string, name: string): string {
  return join(folder, "stations", name);
}

export function checkStationName(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9-]{0,31}$/.test(name)) return name;
  throw new Fault(`station "${name}": use up to 32 letters, digits and dashes`);
}

export async function openStation(options: StationOptions): Promise<Station> {
  const { folder, database, passphrase, patienceMs = 60_000 } = options;
  const name = checkStationName(options.station);
  const own = stationFolder(folder, name);
  makePrivateFolder(folder);
  makePrivateFolder(own);
  const leave: (() => void)[] = [];
  let ledger: Ledger | undefined;
  try {
    // One process is one station; and while papers are made, nobody else makes them.
    leave.push(await waitForStationLock(own, patienceMs));
    leave.push(await waitForStationLock(folder, patienceMs));
    ledger = await openFactoryLedger(folder, database);
    const { authority, anchors } = await openPapers(options, ledger);
    const key = await openStationKey({ folder, own, name, passphrase, ledger });
    if (database !== undefined) leave.pop()?.();
    return assembleStation({ folder, name, ledger, authority, anchors, key, leave });
  } catch (error) {
    await ledger?.close();
    for (const unlock of leave.reverse()) unlock();
    throw error;
  }
}

/** A station of parts that are open already. Its own folder must be there. */
export function assembleStation(parts: StationParts): Station {
  return new OpenStation(parts);
}

export interface StationParts {
  readonly folder: string;
  readonly name: string;
  readonly ledger: Ledger;
  readonly authority: Authority | SigningAuthority;
  readonly anchors: readonly Uint8Array[];
  readonly key: StationKey;
  /** What is given back when the station closes, in reverse. */
  readonly leave: (() => void)[];
}

export interface StationKey {
  readonly certificate: Uint8Array;
  readonly privateKey: Uint8Array;
  readonly recordsRoot: Uint8Array;
}

async function openStationKey(at: {
  folder: string;
  own: string;
  name: string;
  passphrase: string;
  ledger: Ledger;
}): Promise<StationKey> {
  const { folder, own, name, passphrase, ledger } = at;
  const certificateFile = join(own, "station.pem");
  const keyFile = join(own, "station.key");
  const kept = readOptionalFile(certificateFile);
  const rootFile = join(folder, `${recordsName}.pem`);
  const root = readOptionalFile(rootFile);
  if (kept && root) {
    const sealed = readOptionalFile(keyFile);
    if (!sealed) throw new Fault(`${keyFile}: the key is missing; restore it from your backup`);
    return {
      certificate: new Uint8Array(readCertificate(kept, certificateFile).raw),
      privateKey: openPrivateKey(sealed.toString(), passphrase, keyFile),
      recordsRoot: new Uint8Array(readCertificate(root, rootFile).raw),
    };
  }
  const records = await openAuthority(folder, recordsName, "Thirteen records CA", passphrase);
  const { privateKey, publicKey } = generateKeyPair();
  const certificate = await issueCertificate(records, {
    commonName: name,
    usage: "record",
    publicKey,
    ...validity(new Date(), stationYears),
  });
  writePrivateFile(keyFile, sealPrivateKey(privateKey, passphrase));
  await ledger.note(
    "station-enrolled",
    {
      station: name,
      certificate: fingerprint(certificate),
      key: createHash("sha256").update(publicKey).digest("hex"),
    },
    new Date(),
  );
  writePrivateFile(certificateFile, toPem("CERTIFICATE", certificate));
  return { certificate, privateKey, recordsRoot: records.certificate };
}

class OpenStation implements Station {
  readonly folder: string;
  readonly station: string;
  readonly ledger: Ledger;
  readonly serverAnchors: readonly Uint8Array[];
  readonly certificate: Uint8Array;
  readonly recordsRoot: Uint8Array;
  // Private, so that whoever prints a station does not print its keys.
  readonly #authority: Authority | SigningAuthority;
  readonly #key: StationKey;
  readonly #signBytes: SigningAuthority["sign"];
  readonly #shiftFile: string;
  readonly #leave: (() => void)[];
  #shift: ShiftKey | undefined;

  constructor({ folder, name, ledger, authority, anchors, key, leave }: StationParts) {
    this.folder = folder;
    this.station = name;
    this.ledger = ledger;
    this.serverAnchors = anchors;
    this.certificate = key.certificate;
    this.recordsRoot = key.recordsRoot;
    this.#authority = authority;
    this.#key = key;
    this.#signBytes = signerOf(key.privateKey);
    this.#shiftFile = join(stationFolder(folder, name), "shift.key");
    this.#leave = leave;
  }

  get authority(): Authority | SigningAuthority {
    return this.#authority;
  }

  sign(bytes: Uint8Array): Uint8Array {
    return this.#signBytes(bytes);
  }

  async shiftKey(): Promise<ShiftKey> {
    if (this.#shift) return this.#shift;
    const count = await this.ledger.sealedCount(this.station);
    if (count > 0 && !readOptionalFile(this.#shiftFile))
      throw new Fault(
        `${this.#shiftFile}: the shift's key is gone, and ${count} units are sealed to it; restore it, or scrap them (see: report)`,
      );
    // A process that died while it ended the shift left a key that opens nothing, or half of one.
    if (count === 0) destroyShiftKey(this.#shiftFile);
    this.#shift = openShiftKey(this.#shiftFile, this.#key.privateKey);
    return this.#shift;
  }

  async endShift(): Promise<boolean> {
    if ((await this.ledger.sealedCount(this.station)) > 0) return false;
    this.#shift?.close();
    this.#shift = undefined;
    destroyShiftKey(this.#shiftFile);
    return true;
  }

  async close(): Promise<void> {
    this.#shift?.close();
    await this.ledger.close();
    for (const unlock of this.#leave.reverse()) unlock();
  }
}
