import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { readFactoryImage } from "../../provisioning/factory-image.ts";
import { labelPayload, parseLabelPayload } from "../../provisioning/label.ts";
import { openLedger } from "../../provisioning/ledger/open.ts";
import { checkLabel } from "../../provisioning/line/read-back.ts";
import { flashStep, issueStep, labelStep, verifyStep } from "../../provisioning/line/steps.ts";
import { generateSerial } from "../../provisioning/serial.ts";
import {
  bench,
  factoryOffset,
  makeAll,
  placeOrder,
  reel,
  scratchStation,
  slotOffset,
} from "./line-fixture.ts";
import { openWithSql, scratchFolder } from "./scratch.ts";
import { findSecretsIn } from "./secrets.ts";

test("an order goes through the line: each unit its own, each label opens its unit", async (t) => {
  const station = await scratchStation(t);
  const serials = await placeOrder(station, 5);
  const target = bench();
  const printer = reel();
  const result = await makeAll(station, { target, printer });
  t.deepEqual(result, { labelled: 5, isFinished: true, turned: [] });
  t.deepEqual(await station.ledger.counts("PO"), { labelled: 5 });
  const units = serials.map((serial) => {
    const label = parseLabelPayload(printer.labels.get(serial)!.label.qr);
    const flash = target.boards.get(serial)!;
    const image = flash.slice(factoryOffset, factoryOffset + 0x4000);
    return { serial, password: label!.password, identityImage: image };
  });
  t.is(new Set(units.map(({ password }) => password)).size, 5);
  const keys = units.map(({ identityImage }) => {
    const identity = readFactoryImage(identityImage);
    return "reason" in identity ? "" : Buffer.from(identity.privateKey).toString("hex");
  });
  t.is(new Set(keys).size, 5);
  // Nothing of any unit is left at the station, sealed or not, and neither is what it was sealed to.
  t.deepEqual(findSecretsIn(station.folder, units as never), []);
  t.deepEqual(await station.ledger.sealed(serials), []);
  t.false(existsSync(join(station.folder, "stations/one/shift.key")));
  const { recordsRoot } = station;
  t.like(await station.ledger.verify({ recordsRoot }), { ok: true, units: 5, checkpoints: 1 });
});

test("between issue and label the secrets are sealed, and the scan would find them if they were not", async (t) => {
  const station = await scratchStation(t);
  const serials = await placeOrder(station, 2);
  await issueStep(station, "PO");
  const target = bench();
  await flashStep(station, target, await station.ledger.atStation("one", "issued", 9));
  const units = serials.map((serial) => ({
    serial,
    password: "ZZZZZZZZZZZZZZZZ",
    identityImage: target.boards.get(serial)!.slice(factoryOffset, factoryOffset + 0x4000),
  }));
  t.deepEqual(findSecretsIn(station.folder, units as never), []);
  writeFileSync(join(station.folder, "leak"), units[0]!.identityImage);
  t.deepEqual(findSecretsIn(station.folder, units as never), ["leak: private key", "leak: w0"]);
});

test("every step may be done again, and by itself does nothing more", async (t) => {
  const station = await scratchStation(t);
  await placeOrder(station, 2);
  const again = await station.ledger.findOrder("PO");
  t.false(await station.ledger.order({ ...again!, count: 9 }, ["X"]));
  const target = bench();
  await makeAll(station, { target });
  const records = (await station.ledger.head()).seq;
  t.is((await makeAll(station, { target })).labelled, 0);
  t.is((await station.ledger.head()).seq, records);
  const [unit] = await station.ledger.atStation("one", "labelled", 1);
  const step = { from: "verified", to: "labelled", station: "one", at: new Date() } as const;
  await t.throwsAsync(station.ledger.advance([unit!.serial], step), { message: /is not verified/ });
});

/** A board that was tampered with between flash and read-back. */
const tampered: readonly (readonly [
  string,
  (flash: Uint8Array, other: Uint8Array) => void,
  string,
])[] = [
  [
    "a blank factory partition",
    (flash) => flash.fill(0xff, factoryOffset, factoryOffset + 0x4000),
    "no-identity",
  ],
  [
    "a torn identity",
    (flash) => {
      flash[Buffer.from(flash.buffer).indexOf("verifier", factoryOffset) + 20]! ^= 1;
    },
    "damaged-identity",
  ],
  [
    "another unit's identity",
    (flash, other) =>
      flash.set(other.subarray(factoryOffset, factoryOffset + 0x4000), factoryOffset),
    "other-unit",
  ],
  [
    "another release",
    (flash) => {
      flash[slotOffset + 4999]! ^= 1;
    },
    "other-release (slot0)",
  ],
];

for (const [name, tamper, reason] of tampered)
  test(`read-back refuses ${name}`, async (t) => {
    const station = await scratchStation(t);
    await placeOrder(station, 2);
    await issueStep(station, "PO");
    const target = bench();
    const flashed = await flashStep(
      station,
      target,
      await station.ledger.atStation("one", "issued", 9),
    );
    const [victim, other] = flashed.done;
    const good = target.boards.get(victim!)!.slice();
    tamper(target.boards.get(victim!)!, target.boards.get(other!)!);
    const waiting = await station.ledger.atStation("one", "flashed", 9);
    const result = await verifyStep(station, target, waiting);
    t.deepEqual(result, { done: [other!], turned: [{ serial: victim!, reason }] });
    t.is((await station.ledger.unit(victim!))?.state, "flashed");
    // The control: the board as it was flashed passes.
    target.boards.set(victim!, good);
    const repaired = await verifyStep(
      station,
      target,
      waiting.filter((u) => u.serial === victim),
    );
    t.deepEqual(repaired.done, [victim!]);
  });

test("a label that does not read as what was verified is not a label", async (t) => {
  const station = await scratchStation(t);
  await placeOrder(station, 1);
  const target = bench();
  const swap = (character: string) => (character === "7" ? "8" : "7");
  for (const smudge of [
    // T13:1:<serial 6..17>:<password 19..34>:<suffix>
    (qr: string) => qr.slice(0, 20) + swap(qr[20]!) + qr.slice(21),
    (qr: string) => qr.slice(0, 8) + swap(qr[8]!) + qr.slice(9),
    () => "",
  ]) {
    const result = await makeAll(station, { target, printer: reel(smudge) });
    t.is(result.labelled, 0);
    t.is(result.turned[0]?.reason, "the-label-does-not-read-as-verified");
  }
  t.deepEqual(await station.ledger.counts(), { verified: 1 });
  t.is((await makeAll(station, { target })).labelled, 1);
});

test("only the label's own password, serial and network open the unit that was read back", async (t) => {
  const station = await scratchStation(t);
  const [serial] = await placeOrder(station, 1);
  const target = bench();
  const printer = reel();
  await makeAll(station, { target, printer });
  const image = target.boards.get(serial!)!.slice(factoryOffset, factoryOffset + 0x4000);
  const identity = readFactoryImage(image);
  if ("reason" in identity) return t.fail(identity.reason);
  const { qr } = printer.labels.get(serial!)!.label;
  t.is(await checkLabel(qr, identity), undefined);
  const label = parseLabelPayload(qr)!;
  const password = (label.password.startsWith("7") ? "8" : "7") + label.password.slice(1);
  t.is(await checkLabel(labelPayload({ ...label, password }), identity), "wrong-password");
  const other = labelPayload({ ...label, serial: generateSerial() });
  t.is(await checkLabel(other, identity), "label-of-another-unit");
  const mistyped = qr.replace(label.serial, label.serial.split("").reverse().join(""));
  t.is(await checkLabel(mistyped.slice(0, -1), identity), "not-a-label");
});

test("one station cannot take on what is sealed to another, and a lost unit can be scrapped", async (t) => {
  const folder = join(scratchFolder(t), "factory");
  const one = await scratchStation(t, { folder, station: "one" });
  const [serial] = await placeOrder(one, 1);
  await issueStep(one, "PO");
  await one.close();
  const two = await scratchStation(t, { folder, station: "two" });
  t.deepEqual(await two.ledger.atStation("two", "issued", 9), []);
  const step = { from: "issued", to: "flashed", station: "two", at: new Date() } as const;
  await t.throwsAsync(two.ledger.advance([serial!], step), { message: /at station two/ });
  const row = await two.ledger.unit(serial!);
  t.is((await flashStep(two, bench(), [row!])).turned[0]?.reason, "secrets-do-not-open");
  const scrap = { ...step, to: "scrapped", anywhere: true, forget: true } as const;
  await two.ledger.advance([serial!], scrap);
  t.deepEqual(await two.ledger.sealed([serial!]), []);
});

test("a tail cut off together with its units is found by a checkpoint", async (t) => {
  const folder = join(scratchFolder(t), "factory");
  const station = await scratchStation(t, { folder });
  const serials = await placeOrder(station, 2);
  const before = (await station.ledger.head()).seq;
  await issueStep(station, "PO");
  const kept = await station.ledger.checkpoint(station, new Date());
  const { recordsRoot } = station;
  await station.close();
  const file = join(folder, "ledger.db");
  const database = openWithSql(file);
  database.exec("drop trigger audit_no_delete");
  database.exec(`delete from audit where seq > ${before}`);
  database.exec(
    "update units set state = 'ordered', id = null, certificate_sha256 = null, station = null",
  );
  database.exec("delete from sealed");
  const check = async (checkpoints = [] as never[]) => {
    const ledger = await openLedger(file, { create: false });
    const report = await ledger.verify({ recordsRoot, checkpoints });
    await ledger.close();
    return report.ok ? "ok" : report.fault;
  };
  t.is(serials.length, 2);
  t.regex(await check(), /is missing, but station one signed for it/);
  // Whoever removes the checkpoint too is found by the one that was kept elsewhere.
  database.exec("delete from checkpoints");
  database.close();
  t.is(await check(), "ok");
  t.regex(await check([kept] as never[]), /is missing, but station one signed for it/);
  const forged = { ...kept!, seq: before };
  t.regex(await check([forged] as never[]), /was changed after it was signed/);
});

test("a ledger of the first format is taken over with its units and records", async (t) => {
  const file = join(scratchFolder(t), "ledger.db");
  const ledger = await openLedger(file, { create: true });
  await ledger.issue([{ serial: "A", id: "id-A", certificateSha256: "c-A" }], new Date());
  await ledger.close();
  const database = openWithSql(file);
  for (const statement of [
    "create table old (serial text primary key, id text not null unique, certificate_sha256 text not null unique, state text not null, issued_at text not null, changed_at text not null)",
    "insert into old select serial, id, certificate_sha256, state, issued_at, changed_at from units",
    ...["units", "orders", "sealed", "checkpoints", "ledger"].map((name) => `drop table ${name}`),
    "alter table old rename to units",
    "create table ledger (format integer not null)",
    "insert into ledger values (1)",
  ])
    database.exec(statement);
  database.close();
  const taken = await openLedger(file, { create: false });
  t.teardown(() => taken.close());
  t.like(await taken.unit("A"), { id: "id-A", state: "issued", order_name: null });
  t.like(await taken.verify(), { ok: true, units: 1, records: 1 });
  t.true(await taken.order({ name: "PO", count: 1, release: "", ordered_at: "x" }, ["B"]));
});

test("archived records and those that stayed are one chain; the archive alone can be spared", async (t) => {
  const station = await scratchStation(t);
  const { ledger, recordsRoot } = station;
  await placeOrder(station, 2);
  await makeAll(station, { target: bench() });
  const archive = await ledger.records(0, 1000);
  const { seq } =
    (await ledger.checkpoint(station, new Date())) ?? (await ledger.checkpoints()).at(-1)!;
  await ledger.forgetRecords(seq);
  t.is((await ledger.records(0, 1000)).length, 0);
  await placeOrder(station, 1, "PO-2");
  t.like(await ledger.verify({ recordsRoot }), { ok: true, units: 3, records: 2 });
  t.like(await ledger.verify({ recordsRoot, archive }), { ok: true, records: seq + 2 });
  // The control: an archive that was altered, or is not all of it, is found.
  const altered = archive.map((row) => (row.seq === 2 ? { ...row, action: "scrapped" } : row));
  t.like(await ledger.verify({ archive: altered }), { fault: "record 2 was changed" });
  t.like(await ledger.verify({ archive: archive.slice(1) }), { fault: "record 1 is missing" });
  await t.throwsAsync(ledger.forgetRecords(seq + 1));
});

test("a release whose file was exchanged after the order is not flashed", async (t) => {
  const station = await scratchStation(t);
  await placeOrder(station, 1);
  await issueStep(station, "PO");
  const [name] = readdirSync(join(station.folder, "releases"));
  const file = join(station.folder, "releases", name!);
  const bytes = readFileSync(file);
  bytes[0]! ^= 1;
  writeFileSync(file, bytes);
  const waiting = await station.ledger.atStation("one", "issued", 9);
  await t.throwsAsync(flashStep(station, bench(), waiting), { message: /not the region slot0/ });
});

test("a unit whose secrets were exchanged in the ledger is not labelled", async (t) => {
  const folder = join(scratchFolder(t), "factory");
  const station = await scratchStation(t, { folder });
  await placeOrder(station, 2);
  await issueStep(station, "PO");
  const target = bench();
  await flashStep(station, target, await station.ledger.atStation("one", "issued", 9));
  await verifyStep(station, target, await station.ledger.atStation("one", "flashed", 9));
  const waiting = await station.ledger.atStation("one", "verified", 9);
  await station.close();
  const database = openWithSql(join(folder, "ledger.db"));
  const [a, b] = database.all("select serial, envelope from sealed") as {
    serial: string;
    envelope: string;
  }[];
  database.run("update sealed set envelope = ? where serial = ?", [b!.envelope, a!.serial]);
  database.close();
  const result = await labelStep(await scratchStation(t, { folder }), waiting, { printer: reel() });
  t.deepEqual(result.turned, [{ serial: a!.serial, reason: "secrets-do-not-open" }]);
  t.deepEqual(result.done, [b!.serial]);
});
