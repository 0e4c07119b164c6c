/** A station with boards in memory, for the tests of the line. */
import { join } from "node:path";
import type { ExecutionContext } from "ava";
import {
  createAuthority,
  generateKeyPair,
  issueCertificate,
  signerOf,
} from "../../provisioning/certificate-authority.ts";
import { openLedger } from "../../provisioning/ledger/open.ts";
import { type LineOptions, runLine } from "../../provisioning/line/line.ts";
import type { Printer, PrintJob } from "../../provisioning/line/printer.ts";
import { keepRelease } from "../../provisioning/line/release.ts";
import {
  assembleStation,
  type Station,
  type StationKey,
  stationFolder,
} from "../../provisioning/line/station.ts";
import type { Target } from "../../provisioning/line/target.ts";
import { makePrivateFolder } from "../../provisioning/private-file.ts";
import { generateSerial } from "../../provisioning/serial.ts";
import { scratchFolder } from "./scratch.ts";

const flashBytes = 0x40000;

export interface Bench extends Target {
  /** Serial → flash. */
  readonly boards: Map<string, Uint8Array>;
}

export function bench(): Bench {
  const boards = new Map<string, Uint8Array>();
  return {
    kind: "bench",
    isSerial: false,
    boards,
    async write(serial, regions) {
      const flash = boards.get(serial) ?? new Uint8Array(flashBytes).fill(0xff);
      for (const { offset, bytes } of regions) flash.set(bytes, offset);
      boards.set(serial, flash);
    },
    async read(serial, places) {
      const flash = boards.get(serial) ?? new Uint8Array(flashBytes).fill(0xff);
      return places.map(({ offset, length }) => flash.slice(offset, offset + length));
    },
    async close() {},
  };
}

/** Keeps what was printed; `smudge` is what a faulty printer makes of a code. */
export function reel(
  smudge = (qr: string) => qr,
): Printer & { readonly labels: Map<string, PrintJob> } {
  const labels = new Map<string, PrintJob>();
  return {
    labels,
    async print(jobs) {
      for (const job of jobs) labels.set(job.serial, job);
      return jobs.map(({ label }) => smudge(label.qr));
    },
  };
}

export const factoryOffset = 0x10000;
export const slotOffset = 0x20000;

const now = Date.now();
const validity = {
  notBefore: new Date(now - 86_400_000),
  notAfter: new Date(now + 86_400_000 * 9999),
};
const root = (commonName: string) => createAuthority({ commonName, ...validity });
/** Made once a file and kept in memory: opening sealed keys costs half a second each, on purpose. */
const roots = {
  device: await root("device CA"),
  records: await root("records CA"),
  server: await root("server CA"),
};
const keys = new Map<string, Promise<StationKey>>();

function keyOf(commonName: string): Promise<StationKey> {
  const make = async () => {
    const { privateKey, publicKey } = generateKeyPair();
    const facts = { commonName, usage: "record", publicKey, ...validity } as const;
    const certificate = await issueCertificate(roots.records, facts);
    return { certificate, privateKey, recordsRoot: roots.records.certificate };
  };
  const key = keys.get(commonName) ?? make();
  keys.set(commonName, key);
  return key;
}

/** The same station again on the same folder, as after a restart. */
export async function scratchStation(
  t: ExecutionContext,
  options: { folder?: string; station?: string } = {},
): Promise<Station> {
  const { folder = join(scratchFolder(t), "factory"), station = "one" } = options;
  makePrivateFolder(stationFolder(folder, station));
  const opened = assembleStation({
    folder,
    name: station,
    ledger: await openLedger(join(folder, "ledger.db"), { create: true }),
    authority: roots.device,
    anchors: [roots.server.certificate],
    key: await keyOf(station),
    leave: [],
  });
  t.teardown(() => opened.close());
  return opened;
}

export async function placeOrder(station: Station, count: number, name = "PO"): Promise<string[]> {
  const release = keepRelease(station.folder, { board: "bench", version: "1.0.0", factoryOffset }, [
    { name: "slot0", offset: slotOffset, bytes: new Uint8Array(5000).fill(0x13) },
  ]);
  const serials = Array.from({ length: count }, generateSerial);
  const row = {
    name,
    count,
    release: JSON.stringify(release),
    ordered_at: new Date().toISOString(),
  };
  await station.ledger.order(row, serials);
  return serials;
}

export async function makeAll(
  station: Station,
  options: Partial<LineOptions> & { target: Target },
) {
  return runLine(station, { order: "PO", printer: reel(), ...options });
}

/** A station's signature, the root that certified it, and a root that did not. */
export async function signerPair() {
  const { certificate, privateKey, recordsRoot } = await keyOf("one");
  const signer = { station: "one", certificate, sign: signerOf(privateKey) };
  return { signer, root: recordsRoot, other: roots.device.certificate };
}
