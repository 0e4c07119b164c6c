/** Throw-away folders and factories for the tests of provisioning. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ExecutionContext } from "ava";
import sqlite from "node-sqlite3-wasm";
import { type Factory, type IssuedUnit, openFactory } from "../../provisioning/factory.ts";
import {
  openServiceAuthority,
  type ServiceAuthority,
} from "../../provisioning/service-authority.ts";

export const passphrase = "correct horse battery staple";

/** The ledger's file for somebody with an SQL shell. */
export function openWithSql(file: string): sqlite.Database {
  const database = new sqlite.Database(file);
  // The ledger's write-ahead log is for one process alone.
  database.exec("pragma locking_mode = exclusive");
  return database;
}

/** A new folder, gone after the test. */
export function scratchFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), "thirteen-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const shared = mkdtempSync(join(tmpdir(), "thirteen-"));
process.once("exit", () => rmSync(shared, { recursive: true, force: true }));

let services: Promise<ServiceAuthority> | undefined;
let factory: Promise<Factory> | undefined;

/** One for all tests of a file: opening a CA costs a quarter of a second, on purpose. */
export function sharedServices(): Promise<ServiceAuthority> {
  services ??= openServiceAuthority({ folder: join(shared, "services"), passphrase });
  return services;
}

/** One for all tests of a file that only issue. */
export function sharedFactory(): Promise<Factory> {
  factory ??= sharedServices().then(({ serverAnchor }) =>
    openFactory({ folder: join(shared, "factory"), passphrase, serverAnchors: [serverAnchor] }),
  );
  return factory;
}

export async function scratchFactory(t: ExecutionContext, folder: string): Promise<Factory> {
  const { serverAnchor } = await sharedServices();
  const own = await openFactory({ folder, passphrase, serverAnchors: [serverAnchor] });
  t.teardown(() => own.close());
  return own;
}

export async function issueUnits(from: Factory, count: number): Promise<IssuedUnit[]> {
  const units: IssuedUnit[] = [];
  for await (const unit of from.issue({ count })) units.push(unit);
  return units;
}
