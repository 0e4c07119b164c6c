/**
 * The factory: makes units, each with secrets of its own that nobody can derive, and keeps nothing
 * of them but their names and fingerprints (EN 303 645 5.1-1, 5.1-2, 5.4-4).
 */
import { join } from "node:path";
import {
  type Authority,
  fingerprint,
  generateKeyPair,
  issueCertificate,
  type SigningAuthority,
} from "./certificate-authority.ts";
import { buildFactoryImage } from "./factory-image.ts";
import { Fault } from "./fault.ts";
import { drawLabel, type Label, ssidSuffix } from "./label.ts";
import type { Ledger } from "./ledger/ledger.ts";
import { openLedger } from "./ledger/open.ts";
import { makePrivateFolder } from "./private-file.ts";
import { authorityExists, openAuthorityAnywhere, validity } from "./sealed-authority.ts";
import { generateId, generateSerial } from "./serial.ts";
import { checkServerAnchors, readServerAnchors, writeServerAnchors } from "./server-anchors.ts";
import { generatePassword, register } from "./set-up-password.ts";
import { takeStationLock } from "./station-lock.ts";

/** A unit just made. `password`, `identityImage` and `label` are its secrets: hand on, then forget. */
export interface IssuedUnit {
  readonly serial: string;
  readonly id: string;
  /** 16 symbols, no dashes. */
  readonly password: string;
  /** The `factory` partition, 16 KiB. */
  readonly identityImage: Uint8Array;
  /** DER. */
  readonly certificate: Uint8Array;
  /** Drawn when first read. */
  readonly label: Label;
}

export interface FactoryOptions {
  /** Holds the device CA, the server anchors and the ledger; made if it is not there. */
  readonly folder: string;
  readonly passphrase: string;
  /** Where a new CA's key is made, when not in a file: see pkcs11.ts. */
  readonly token?: string;
  /** DER of one or two server roots for the units to come; kept, so needed the first time only. */
  readonly serverAnchors?: readonly Uint8Array[];
}

/**
 * Each unit is in the ledger before it is given out, so no working unit is without a record. Who
 * must not lose a recorded unit's secrets either keeps them in `stage`, which is called before the
 * record is made; when it throws, the batch is not recorded.
 */
export interface IssueOptions {
  readonly count: number;
  readonly stage?: (unit: IssuedUnit) => void;
}

export interface Factory {
  readonly folder: string;
  readonly deviceAuthority: Authority;
  /** DER of the (first) root that units of this factory trust for their broker. */
  readonly serverAnchor: Uint8Array;
  readonly serverAnchors: readonly Uint8Array[];
  readonly ledger: Ledger;
  issue(options: IssueOptions): AsyncGenerator<IssuedUnit, void, undefined>;
  close(): Promise<void>;
}

export const authorityName = "device-authority";
/** Units outlive their support period; the root outlives them. */
export const unitYears = 25;
/** Units in work at once: keeps every core hashing, and bounds what an interruption costs. */
const batch = 64;

/**
 * Opens the factory in `folder`, or sets it up. A `Fault` when another process has it, the passphrase
 * is wrong, a file is damaged or missing, or no server root is known.
 */
export async function openFactory(options: FactoryOptions): Promise<Factory> {
  makePrivateFolder(options.folder);
  const unlock = takeStationLock(options.folder);
  try {
    const ledger = await openFactoryLedger(options.folder);
    try {
      const { authority, anchors } = await openPapers(options, ledger);
      if (!("privateKey" in authority))
        throw new Fault(
          `${options.folder}: its CA's key is in a token; make units by order, see --help`,
        );
      return new Line(options.folder, authority, anchors, ledger, unlock);
    } catch (error) {
      await ledger.close();
      throw error;
    }
  } catch (error) {
    unlock();
    throw error;
  }
}

/** The ledger beside the CA, or the `database` that stations share. The caller holds the lock. */
export function openFactoryLedger(folder: string, database?: string): Promise<Ledger> {
  const create = !authorityExists(folder, authorityName);
  return openLedger(database ?? join(folder, "ledger.db"), {
    create: create || database !== undefined,
  });
}

/** The CA and the roots that units will trust; makes them in a new factory, and notes it. */
export async function openPapers(
  options: FactoryOptions,
  ledger: Ledger,
): Promise<{ authority: Authority | SigningAuthority; anchors: readonly Uint8Array[] }> {
  const { folder, passphrase, token } = options;
  const create = !authorityExists(folder, authorityName);
  if (create && (await ledger.head()).seq > 0)
    throw new Fault(
      `${folder}: the CA certificate is missing, but this factory has been set up; restore ${authorityName}.pem from your backup`,
    );
  const authority = await openAuthorityAnywhere(
    folder,
    authorityName,
    "Thirteen device CA",
    passphrase,
    token,
  );
  if (create) await ledger.note("factory-set-up", named(authority.certificate), new Date());
  return { authority, anchors: await settleAnchors(options, authority, ledger) };
}

async function settleAnchors(
  { folder, serverAnchors }: FactoryOptions,
  authority: Authority | SigningAuthority,
  ledger: Ledger,
): Promise<readonly Uint8Array[]> {
  const kept = readServerAnchors(folder);
  if (!serverAnchors) {
    if (kept.length > 0) return kept;
    throw new Fault("no server root yet: give the factory one with --server-anchor FILE");
  }
  const same =
    kept.length === serverAnchors.length &&
    kept.every((der, index) => fingerprint(der) === fingerprint(serverAnchors[index]!));
  if (same) return kept;
  checkServerAnchors(serverAnchors, authority.certificate);
  for (const der of serverAnchors) await ledger.note("server-anchor", named(der), new Date());
  writeServerAnchors(folder, serverAnchors);
  return serverAnchors;
}

function named(certificate: Uint8Array): { certificate: string } {
  return { certificate: fingerprint(certificate) };
}

class Line implements Factory {
  readonly folder: string;
  readonly serverAnchor: Uint8Array;
  readonly serverAnchors: readonly Uint8Array[];
  readonly ledger: Ledger;
  // Private, so that whoever prints a factory does not print its key.
  readonly #deviceAuthority: Authority;
  readonly #unlock: () => void;

  constructor(
    folder: string,
    deviceAuthority: Authority,
    serverAnchors: readonly Uint8Array[],
    ledger: Ledger,
    unlock: () => void,
  ) {
    this.folder = folder;
    this.#deviceAuthority = deviceAuthority;
    this.serverAnchors = serverAnchors;
    this.serverAnchor = serverAnchors[0]!;
    this.ledger = ledger;
    this.#unlock = unlock;
  }

  get deviceAuthority(): Authority {
    return this.#deviceAuthority;
  }

  async *issue({ count, stage }: IssueOptions): AsyncGenerator<IssuedUnit, void, undefined> {
    for (let made = 0; made < count; made += batch) {
      const size = Math.min(batch, count - made);
      const units = await Promise.all(Array.from({ length: size }, () => this.#make()));
      if (stage) units.forEach(stage);
      await this.ledger.issue(
        units.map(({ serial, id, certificate }) => ({
          serial,
          id,
          certificateSha256: fingerprint(certificate),
        })),
        new Date(),
      );
      yield* units;
    }
  }

  async close(): Promise<void> {
    await this.ledger.close();
    this.#unlock();
  }

  async #make(): Promise<IssuedUnit> {
    const serial = generateSerial();
    const id = generateId();
    const password = generatePassword();
    // Started first: it runs on another thread while this one signs.
    const verifier = register(password, serial);
    const { privateKey, publicKey } = generateKeyPair();
    const certificate = await issueCertificate(this.#deviceAuthority, {
      commonName: id,
      usage: "client",
      publicKey,
      ...validity(new Date(), unitYears),
    });
    const identityImage = buildFactoryImage({
      serial,
      id,
      verifier: await verifier,
      certificate: [certificate],
      privateKey,
      anchors: this.serverAnchors,
    });
    let label: Label | undefined;
    return {
      serial,
      id,
      password,
      identityImage,
      certificate,
      get label() {
        label ??= drawLabel({ serial, password, ssidSuffix: ssidSuffix(id) });
        return label;
      },
    };
  }
}
