/** Commands about the record: revocation, checkpoints, export and archive. */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fingerprint, toPem } from "../certificate-authority.ts";
import type { Settings, Surroundings } from "../command-line.ts";
import { authorityName } from "../factory.ts";
import { Fault } from "../fault.ts";
import { givenPassphrase } from "../given.ts";
import type { AuditRow, CheckpointRow } from "../ledger/schema.ts";
import { makePrivateFolder, readOptionalFile, writePrivateFile } from "../private-file.ts";
import { revocationList } from "../revocation.ts";
import { openAuthorityAnywhere, readCertificate } from "../sealed-authority.ts";
import { atStation, say } from "./command.ts";
import { stationFolder } from "./station.ts";

type Command = (settings: Settings, surroundings: Surroundings) => Promise<void>;

const dayMs = 24 * 3600 * 1000;
/** Servers that insist on a fresh list must get one more often than this. */
const listDays = 30;

/** Revokes units; writes the list that broker and update service take. */
export const revoke: Command = (settings, surroundings) =>
  atStation(settings, surroundings, async (station) => {
    const { ledger } = station;
    const at = new Date();
    const reason = settings.reason ?? "not given";
    for (const serial of settings.serials) {
      const unit = await ledger.unit(serial);
      if (!unit?.certificate_sha256)
        throw new Fault(`no unit ${serial} has been issued; nothing was changed`);
    }
    for (const serial of settings.serials) await ledger.revoke(serial, reason, at);
    const revoked = await ledger.revoked();
    const nameless = revoked.find((unit) => unit.certificate_serial === null);
    if (nameless)
      throw new Fault(
        `unit ${nameless.serial} was made by an older version, which did not keep its certificate's serial number: refuse CN ${nameless.id} at the broker by name`,
      );
    const units = revoked.map(({ certificate_serial, revoked_at }) => ({
      certificateSerial: certificate_serial!,
      at: new Date(revoked_at!),
    }));
    const options = {
      number: (await ledger.head()).seq,
      thisUpdate: at,
      nextUpdate: new Date(at.getTime() + listDays * dayMs),
    };
    // A list for each CA that units in the field may carry: serial numbers are random, so one that
    // another CA gave out does no harm in it.
    const authorities = [station.authority, ...(await retiredAuthorities(settings, surroundings))];
    const lists = authorities.map((authority) =>
      toPem("X509 CRL", revocationList(authority, units, options)),
    );
    const file = settings.files[0] ?? join(settings.factory, "revoked.crl.pem");
    writePrivateFile(file, lists.join(""), 0o644);
    say(
      settings,
      surroundings,
      { revoked: revoked.map(({ serial, id }) => ({ serial, id })), list: file },
      `${revoked.length} units are revoked; list for ${listDays} days: ${file}`,
    );
  });

function retiredFolder({ factory }: Settings): string {
  return join(factory, "retired");
}

async function retiredAuthorities(settings: Settings, surroundings: Surroundings) {
  const folder = retiredFolder(settings);
  const names = existsSync(folder)
    ? readdirSync(folder).filter((name) => name.endsWith(".pem"))
    : [];
  const passphrase = names.length > 0 ? await givenPassphrase(settings, surroundings) : "";
  return Promise.all(
    names.map((name) => openAuthorityAnywhere(folder, name.slice(0, -4), "", passphrase)),
  );
}

/**
 * `rotate ca`: units from now on are signed by a new device CA; brokers take `device-authorities.pem`.
 * `rotate station`: this station signs with a new key. Both are steps of the drill in docs/factory.md.
 */
export const rotate: Command = async (settings, surroundings) => {
  const [what] = settings.files;
  if (what !== "ca" && what !== "station") throw new Fault("rotate what? ca or station");
  await atStation(settings, surroundings, async ({ ledger, station }) => {
    const counts = await ledger.counts();
    const inWork = (counts.issued ?? 0) + (counts.flashed ?? 0) + (counts.verified ?? 0);
    if (inWork > 0)
      throw new Fault(`${inWork} units are between issue and label; finish or scrap them first`);
    if (what === "station") {
      rmSync(join(stationFolder(settings.factory, station), "station.pem"), { force: true });
      return;
    }
    const file = (ending: string) => join(settings.factory, `${authorityName}.${ending}`);
    const certificate = readCertificate(readOptionalFile(file("pem"))!, file("pem"));
    const name = fingerprint(certificate.raw).slice(0, 16);
    const retired = retiredFolder(settings);
    makePrivateFolder(retired);
    await ledger.note("ca-retired", { certificate: fingerprint(certificate.raw) }, new Date());
    for (const ending of ["key", "token", "pem"])
      if (existsSync(file(ending)))
        writePrivateFile(join(retired, `${name}.${ending}`), readOptionalFile(file(ending))!);
    if (!existsSync(file("token")) || settings.token !== undefined)
      await renew(settings, surroundings);
    else throw new Fault("the CA's key is in a token: say with --token which key the new CA has");
  });
  // Opening it makes what is new, and notes it in the record.
  await atStation(settings, surroundings, async (station) => {
    const all = [...(await retiredCertificates(settings)), station.authority.certificate];
    const bundle = join(settings.factory, "device-authorities.pem");
    writePrivateFile(bundle, all.map((der) => toPem("CERTIFICATE", der)).join(""), 0o644);
    say(
      settings,
      surroundings,
      { rotated: what, authorities: all.map(fingerprint), bundle },
      `new key for ${what === "ca" ? "the device CA" : `station ${station.station}`}; the CAs that brokers must know: ${bundle}`,
    );
  });
};

async function renew(settings: Settings, surroundings: Surroundings): Promise<void> {
  const passphrase = await givenPassphrase(settings, surroundings);
  const made = join(settings.factory, "next");
  rmSync(made, { recursive: true, force: true });
  makePrivateFolder(made);
  await openAuthorityAnywhere(
    made,
    authorityName,
    "Thirteen device CA",
    passphrase,
    settings.token,
  );
  // The certificate last: until then the old CA is whole in its place.
  for (const ending of ["key", "token", "pem"]) {
    const next = readOptionalFile(join(made, `${authorityName}.${ending}`));
    const file = join(settings.factory, `${authorityName}.${ending}`);
    if (next) writePrivateFile(file, next);
    else rmSync(file, { force: true });
  }
  rmSync(made, { recursive: true, force: true });
}

async function retiredCertificates(settings: Settings): Promise<Uint8Array[]> {
  const folder = retiredFolder(settings);
  const names = existsSync(folder)
    ? readdirSync(folder).filter((name) => name.endsWith(".pem"))
    : [];
  return names.map((name) => {
    const file = join(folder, name);
    return new Uint8Array(readCertificate(readOptionalFile(file)!, file).raw);
  });
}

/** Signs where the audit chain ends, for keeping elsewhere. */
export const checkpoint: Command = (settings, surroundings) =>
  atStation(settings, surroundings, async (station) => {
    await station.ledger.checkpoint(station, new Date());
    const last = (await station.ledger.checkpoints()).at(-1);
    if (!last) throw new Fault("nothing has happened here yet that could be signed for");
    const text = `${JSON.stringify(last)}\n`;
    const [file] = settings.files;
    if (file === undefined) surroundings.print(text);
    else {
      writePrivateFile(file, text, 0o644);
      say(settings, surroundings, last, `record ${last.seq} signed for: ${file}`);
    }
  });

/**
 * All records as lines of JSON. With `--archive` they are then taken out of the database up to the last
 * checkpoint; the chain goes on from there, and `doctor --archive FILE` checks both as one.
 */
export const exportRecords: Command = (settings, surroundings) =>
  atStation(settings, surroundings, async (station) => {
    const { ledger } = station;
    const [file] = settings.files;
    if (file === undefined) throw new Fault("this needs a file: export FILE [--archive]");
    if (existsSync(file)) throw new Fault(`${file} is there already; nothing was changed`);
    const report = await ledger.verify({ recordsRoot: station.recordsRoot });
    if (!report.ok) throw new Fault(`${report.fault}; nothing was exported`);
    await ledger.checkpoint(station, new Date());
    const last = (await ledger.checkpoints()).at(-1);
    const records = (await ledger.records(0, Number.MAX_SAFE_INTEGER)).filter(
      ({ seq }) => !settings.archive || seq <= (last?.seq ?? 0),
    );
    const checkpoints = await ledger.checkpoints();
    const lines = [
      ...records.map((record) => JSON.stringify({ record })),
      ...checkpoints.map((one) => JSON.stringify({ checkpoint: one })),
    ];
    writePrivateFile(file, `${lines.join("\n")}\n`);
    // Only after the file is on the disk, whole.
    if (settings.archive && last) await ledger.forgetRecords(last.seq);
    say(
      settings,
      surroundings,
      {
        file,
        records: records.length,
        checkpoints: checkpoints.length,
        archived: settings.archive,
      },
      `${records.length} records ${settings.archive ? "moved" : "copied"} to ${file}`,
    );
  });

export interface Exported {
  readonly records: readonly AuditRow[];
  readonly checkpoints: readonly CheckpointRow[];
}

/** What `export` wrote, or a single checkpoint. @throws Fault */
export function readExport(file: string): Exported {
  const text = readOptionalFile(file)?.toString();
  if (text === undefined) throw new Fault(`${file}: no such file`);
  const records: AuditRow[] = [];
  const checkpoints: CheckpointRow[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line === "") continue;
    const read = parse(line);
    if (read?.record) records.push(read.record as AuditRow);
    else if (read?.checkpoint) checkpoints.push(read.checkpoint as CheckpointRow);
    else if (typeof read?.signature === "string") checkpoints.push(read as never);
    else throw new Fault(`${file}, line ${index + 1}: not a record and not a checkpoint`);
  }
  return { records, checkpoints };
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const read: unknown = JSON.parse(line);
    return typeof read === "object" && read !== null
      ? (read as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
