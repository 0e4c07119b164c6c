/**
 * A day at the line in small: stations that share one ledger make an order together while somebody
 * keeps killing them. Afterwards every unit is counted, read back and held against its label, and
 * the audit chain is checked and tampered with.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readFactoryImage } from "../../provisioning/factory-image.ts";
import { Fault } from "../../provisioning/fault.ts";
import { scanLabel } from "../../provisioning/label-scan.ts";
import { findBreak } from "../../provisioning/ledger/audit.ts";
import type { Ledger } from "../../provisioning/ledger/ledger.ts";
import type { AuditRow } from "../../provisioning/ledger/schema.ts";
import { checkLabel, placesOf } from "../../provisioning/line/read-back.ts";
import { parseRelease } from "../../provisioning/line/release.ts";
import { openStation } from "../../provisioning/line/station.ts";
import { passphraseVariable } from "../../provisioning/passphrase.ts";
import { generateSerial } from "../../provisioning/serial.ts";
import { openServiceAuthority } from "../../provisioning/service-authority.ts";
import { simulatorRelease, simulatorTarget } from "./simulator.ts";

export interface TrialOptions {
  readonly units: number;
  readonly stations: number;
  /** URL of a PostgreSQL database; a SQLite file that stations take turns on when absent. */
  readonly database?: string;
  /** How often a station is killed, all in all. */
  readonly kills: number;
  /** Milliseconds between one kill and the next, at most. */
  readonly everyMs?: number;
  readonly onProgress?: (labelled: number) => void;
}

export interface TrialReport {
  readonly units: number;
  readonly stations: number;
  readonly kills: number;
  readonly seconds: number;
  readonly labelled: number;
  readonly distinct: {
    readonly serials: number;
    readonly ids: number;
    readonly certificates: number;
    readonly passwords: number;
  };
  /** Units whose label opens the device that was read back. */
  readonly opened: number;
  /** Units with exactly one record of each step. */
  readonly steppedOnce: number;
  readonly records: number;
  readonly checkpoints: number;
  readonly chainWhole: boolean;
  /** What the check says of a changed and of a removed record. */
  readonly tampering: { readonly changed: string; readonly removed: string };
  /** Secrets that are still sealed in the ledger. */
  readonly sealed: number;
}

const entry = fileURLToPath(new URL("./provision.ts", import.meta.url));
const passphrase = "for the length of a trial";
const order = "TRIAL";

export async function runTrial(options: TrialOptions): Promise<TrialReport> {
  const folder = mkdtempSync(join(tmpdir(), "thirteen-trial-"));
  try {
    return await trialIn(folder, options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function trialIn(folder: string, options: TrialOptions): Promise<TrialReport> {
  const factory = join(folder, "factory");
  const bay = join(folder, "bay");
  const services = await openServiceAuthority({ folder: join(folder, "service"), passphrase });
  const { database } = options;
  const open = () =>
    openStation({
      folder: factory,
      station: "office",
      passphrase,
      serverAnchors: [services.serverAnchor],
      ...(database !== undefined && { database }),
    });
  const office = await open();
  await office.ledger.order(
    {
      name: order,
      count: options.units,
      release: JSON.stringify(await simulatorRelease(factory)),
      ordered_at: new Date().toISOString(),
    },
    Array.from({ length: options.units }, generateSerial),
  );
  await office.close();

  const started = performance.now();
  const kills = await work(options, factory, bay, folder);
  const seconds = (performance.now() - started) / 1000;

  const judge = await open();
  try {
    return {
      units: options.units,
      stations: options.stations,
      kills,
      seconds,
      ...(await inspect(judge.ledger, judge.recordsRoot, bay, folder)),
    };
  } finally {
    await judge.close();
  }
}

/** Runs the stations until each has found nothing left to do. Returns how many were killed. */
async function work(
  { units, stations, database, kills, everyMs = 3_000, onProgress }: TrialOptions,
  factory: string,
  bay: string,
  folder: string,
): Promise<number> {
  const running = new Set<ChildProcess>();
  let killed = 0;
  let labelled = 0;
  let isOver = false;
  const killer = (async () => {
    while (!isOver && killed < kills) {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * everyMs));
      const alive = [...running];
      const victim = alive[Math.floor(Math.random() * alive.length)];
      if (victim?.kill("SIGKILL")) killed++;
    }
  })();
  const station = async (name: string) => {
    for (;;) {
      const args = ["run", "--order", order, "--factory", factory, "--bay", bay, "--station", name];
      const end = await new Promise<"finished" | "killed" | "failed">((resolve) => {
        const child = spawn(
          process.execPath,
          [
            ...["--import", "tsx", entry, ...args],
            ...["--labels", join(folder, "reel"), "--lot", database ? String(units) : "4"],
            ...(database === undefined ? [] : ["--database", database]),
          ],
          {
            env: { ...process.env, [passphraseVariable]: passphrase },
            stdio: ["ignore", "ignore", "inherit", "ipc"],
          },
        );
        running.add(child);
        let isFinished: boolean | undefined;
        child.on(
          "message",
          (message: { ended?: { isFinished: boolean }; step?: string; count: number }) => {
            if (message.ended) isFinished = message.ended.isFinished;
            if (message.step === "labelled") {
              labelled += message.count;
              onProgress?.(labelled);
            }
          },
        );
        child.on("exit", (status, signal) => {
          running.delete(child);
          if (isFinished) resolve("finished");
          else
            resolve(
              signal === "SIGKILL" || (status === 0 && isFinished === false) ? "killed" : "failed",
            );
        });
      });
      if (end === "finished") return;
      if (end === "failed") throw new Fault(`station ${name} failed: see its message above`);
    }
  };
  try {
    await Promise.all(
      Array.from({ length: stations }, (_, index) => station(`station-${index + 1}`)),
    );
  } finally {
    isOver = true;
    for (const child of running) child.kill("SIGKILL");
  }
  await killer;
  return killed;
}

async function inspect(ledger: Ledger, recordsRoot: Uint8Array, bay: string, folder: string) {
  const rows = await ledger.units();
  const labelled = rows.filter(({ state }) => state === "labelled");
  const release = parseRelease((await ledger.findOrder(order))?.release ?? "", order);
  const target = simulatorTarget({ bay });
  const passwords = new Set<string>();
  let opened = 0;
  for (const { serial } of labelled) {
    const [own] = await target.read(serial, placesOf(release).slice(0, 1));
    const identity = readFactoryImage(own ?? new Uint8Array());
    const scanned = scanLabel(readFileSync(join(folder, "reel", `${serial}.svg`)), "svg") ?? "";
    passwords.add(scanned.split(":")[3] ?? "");
    if (!("reason" in identity) && (await checkLabel(scanned, identity)) === undefined) opened++;
  }
  const records = await ledger.records(0, Number.MAX_SAFE_INTEGER);
  const report = await ledger.verify({ recordsRoot });
  const sealed = await ledger.sealed(rows.map(({ serial }) => serial));
  return {
    labelled: labelled.length,
    distinct: {
      serials: new Set(labelled.map(({ serial }) => serial)).size,
      ids: new Set(labelled.map(({ id }) => id)).size,
      certificates: new Set(labelled.map(({ certificate_sha256 }) => certificate_sha256)).size,
      passwords: passwords.size,
    },
    opened,
    steppedOnce: steppedOnce(records),
    records: records.length,
    checkpoints: (await ledger.checkpoints()).length,
    chainWhole: report.ok,
    tampering: tampering(records),
    sealed: sealed.length,
  };
}

const steps = ["ordered", "issued", "flashed", "verified", "labelled"];

function steppedOnce(records: readonly AuditRow[]): number {
  const stories = new Map<string, string[]>();
  for (const { serial, action } of records)
    if (serial !== null) stories.set(serial, [...(stories.get(serial) ?? []), action]);
  return [...stories.values()].filter((story) => story.join() === steps.join()).length;
}

/** On copies: somebody's ledger is not ours to spoil. */
function tampering(records: readonly AuditRow[]) {
  const middle = Math.floor(records.length / 2);
  const changed = records.map((row, index) =>
    index === middle ? { ...row, at: "2020-01-01T00:00:00.000Z" } : row,
  );
  const removed = records.filter((_, index) => index !== middle);
  return {
    changed: findBreak(changed) ?? "not found",
    removed: findBreak(removed) ?? "not found",
  };
}

/** What a trial must have shown; the first that it did not, in words. */
export function trialFault(report: TrialReport): string | undefined {
  const { units, distinct } = report;
  const counts = {
    labelled: report.labelled,
    "distinct serials": distinct.serials,
    "distinct ids": distinct.ids,
    "distinct certificates": distinct.certificates,
    "distinct passwords": distinct.passwords,
    "opened by their label": report.opened,
    "taken through each step once": report.steppedOnce,
  };
  for (const [what, count] of Object.entries(counts))
    if (count !== units) return `${count} of ${units} units are ${what}`;
  if (!report.chainWhole) return "the audit chain is broken";
  if (report.sealed > 0) return `${report.sealed} secrets are still in the ledger`;
  for (const [what, found] of Object.entries(report.tampering))
    if (found === "not found") return `a record was ${what} and it was not found`;
  return undefined;
}
