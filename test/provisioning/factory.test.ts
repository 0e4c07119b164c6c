import { spawnSync } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { p256 } from "@noble/curves/nist.js";
import test from "ava";
import { openFactory } from "../../provisioning/factory.ts";
import { factoryPartitionBytes, readFactoryImage } from "../../provisioning/factory-image.ts";
import { Fault } from "../../provisioning/fault.ts";
import { openServiceAuthority } from "../../provisioning/service-authority.ts";
import { stretch } from "../../provisioning/set-up-password.ts";
import {
  issueUnits,
  passphrase,
  scratchFactory,
  scratchFolder,
  sharedFactory,
  sharedServices,
} from "./scratch.ts";
import { findSecrets, findSecretsIn } from "./secrets.ts";

test("the device's own storage reads back from the image what the unit is", async (t) => {
  const factory = await sharedFactory();
  for (const unit of await issueUnits(factory, 3)) {
    t.is(unit.identityImage.length, factoryPartitionBytes);
    const identity = readFactoryImage(unit.identityImage);
    if ("reason" in identity) return t.fail(identity.reason);
    t.is(identity.serial, unit.serial);
    t.is(identity.id, unit.id);
    t.deepEqual(identity.certificate, [unit.certificate]);
    t.deepEqual(identity.anchors, [factory.serverAnchor]);
    const { w0, w1 } = await stretch(unit.password, unit.serial);
    t.deepEqual(identity.verifier.w0, w0);
    const scalar = BigInt(`0x${Buffer.from(w1).toString("hex")}`);
    t.deepEqual(identity.verifier.L, p256.Point.BASE.multiply(scalar).toBytes(false));
    const certificate = new X509Certificate(unit.certificate);
    const key = { key: Buffer.from(identity.privateKey), format: "der", type: "pkcs8" } as const;
    t.true(certificate.checkPrivateKey(createPrivateKey(key)));
    t.is(certificate.subject, `CN=${unit.id}`);
    t.false(unit.id.includes(unit.serial.toLowerCase()));
  }
});

test("the image is as large as the board's partition table says", (t) => {
  const table = readFileSync("device/platform/boards/partitions.csv", "utf8");
  const row = table.split("\n").find((line) => /^factory\s*,/.test(line)) ?? "";
  const size = row.split(",")[4]?.trim();
  t.is(Number(size), factoryPartitionBytes, row);
});

test("a damaged image is told from a missing one", async (t) => {
  const [unit] = await issueUnits(await sharedFactory(), 1);
  const blank = new Uint8Array(factoryPartitionBytes).fill(0xff);
  t.deepEqual(readFactoryImage(blank), { reason: "missing" });
  const torn = unit!.identityImage.slice();
  // Into the id record's text: its checksum no longer holds.
  const text = Buffer.from(torn.buffer).indexOf(unit!.id);
  torn[text]! ^= 1;
  t.deepEqual(readFactoryImage(torn), { reason: "damaged" });
});

test("units, servers and owners are of three roots, and none vouches for another", async (t) => {
  const services = await sharedServices();
  const factory = await sharedFactory();
  const [unit] = await issueUnits(factory, 1);
  const server = await services.issueServerCertificate(["localhost", "127.0.0.1"]);
  const owner = await services.issueOwnerCertificate("4711");
  const leaves = [unit!.certificate, server.certificate[0]!, owner.certificate[0]!];
  const roots = [
    factory.deviceAuthority.certificate,
    services.serverAnchor,
    services.ownersAnchor,
  ].map((der) => new X509Certificate(der));
  const verdicts = leaves.map((der) =>
    roots.map((root) => new X509Certificate(der).verify(root.publicKey)),
  );
  t.deepEqual(verdicts, [
    [true, false, false],
    [false, true, false],
    [false, false, true],
  ]);
  t.is(new X509Certificate(owner.certificate[0]!).subject, "CN=owner-4711");
  t.true(roots.every((root) => root.ca));
});

test("the service's roots are the same after a restart, and closed to a wrong passphrase", async (t) => {
  const folder = scratchFolder(t);
  const first = await openServiceAuthority({ folder, passphrase });
  const second = await openServiceAuthority({ folder, passphrase });
  t.deepEqual(second.serverAnchor, first.serverAnchor);
  t.deepEqual(second.ownersAnchor, first.ownersAnchor);
  const wrong = openServiceAuthority({ folder, passphrase: "another passphrase" });
  await t.throwsAsync(wrong, { instanceOf: Fault, message: /wrong passphrase/ });
});

test("the factory keeps no secret of a unit, in any file, in any form", async (t) => {
  const folder = scratchFolder(t);
  const factory = await scratchFactory(t, folder);
  const units = await issueUnits(factory, 5);
  t.deepEqual(findSecretsIn(folder, units), []);
  const authority = factory.deviceAuthority.privateKey;
  for (const name of filesOf(folder))
    t.false(
      readFileSync(join(folder, name)).includes(Buffer.from(authority).subarray(36, 68)),
      name,
    );
  // The control: the scan does find them where they are.
  const [unit] = units;
  t.deepEqual(findSecrets(Buffer.from(unit!.identityImage), units), ["private key", "w0"]);
  t.deepEqual(findSecrets(Buffer.from(unit!.label.text), units), ["password 16", "password 19"]);
  writeFileSync(join(folder, "leak.log"), `password=${unit!.password.toLowerCase()}`);
  t.deepEqual(findSecretsIn(folder, units), ["leak.log: password 16 lower case"]);
});

test("folders are for the factory's user only", async (t) => {
  const folder = join(scratchFolder(t), "new", "factory");
  const mask = process.umask(0);
  t.teardown(() => process.umask(mask));
  await scratchFactory(t, folder);
  t.is(statSync(folder).mode & 0o777, 0o700);
  t.is(statSync(join(folder, "..")).mode & 0o777, 0o700);
  for (const name of filesOf(folder)) t.is(statSync(join(folder, name)).mode & 0o777, 0o600, name);
});

test("a factory opens again with its passphrase and remembers its roots; with another it does not", async (t) => {
  const folder = scratchFolder(t);
  const { serverAnchor: anchor } = await sharedServices();
  const first = await openFactory({ folder, passphrase, serverAnchors: [anchor] });
  const [unit] = await issueUnits(first, 1);
  await first.close();
  const wrong = openFactory({ folder, passphrase: "not the passphrase" });
  await t.throwsAsync(wrong, { instanceOf: Fault, message: /wrong passphrase/ });
  const second = await openFactory({ folder, passphrase });
  t.teardown(() => second.close());
  t.deepEqual(second.serverAnchors, [anchor]);
  t.deepEqual(second.deviceAuthority, first.deviceAuthority);
  t.like(await second.ledger.unit(unit!.serial), { state: "issued", id: unit!.id });
  t.like(await second.ledger.verify(), { ok: true, units: 1, records: 3 });
});

test("what is not a server root is refused, and nothing is kept of it", async (t) => {
  const folder = scratchFolder(t);
  const { serverAnchor: anchor } = await sharedServices();
  const factory = await openFactory({ folder, passphrase, serverAnchors: [anchor] });
  const [unit] = await issueUnits(factory, 1);
  await factory.close();
  const own = factory.deviceAuthority.certificate;
  for (const [serverAnchors, message] of [
    [[own], /device CA; the two must be different/],
    [[unit!.certificate], /is not a CA certificate/],
    [[anchor, anchor, anchor], /holds one or two/],
    [[], /holds one or two/],
  ] as const)
    await t.throwsAsync(openFactory({ folder, passphrase, serverAnchors }), {
      instanceOf: Fault,
      message,
    });
  const again = await openFactory({ folder, passphrase });
  t.teardown(() => again.close());
  t.deepEqual(again.serverAnchors, [anchor]);
});

test("a factory without a root, or with a short passphrase, is not set up", async (t) => {
  const missing = openFactory({ folder: scratchFolder(t), passphrase });
  await t.throwsAsync(missing, { instanceOf: Fault, message: /--server-anchor/ });
  const short = openFactory({ folder: scratchFolder(t), passphrase: "short" });
  await t.throwsAsync(short, { instanceOf: Fault, message: /too short/ });
});

test("a lost ledger, key or CA certificate is not replaced by a new one", async (t) => {
  for (const [name, message] of [
    ["ledger.db", /ledger is missing/],
    ["device-authority.key", /key is missing/],
    ["device-authority.pem", /CA certificate is missing/],
  ] as const) {
    const folder = scratchFolder(t);
    await (await scratchFactory(t, folder)).close();
    rmSync(join(folder, name));
    await t.throwsAsync(openFactory({ folder, passphrase }), { instanceOf: Fault, message });
    t.false(readdirSync(folder).includes(name));
  }
});

test("two processes cannot share a factory; one that died does not keep it", async (t) => {
  const folder = scratchFolder(t);
  const factory = await scratchFactory(t, folder);
  const second = openFactory({ folder, passphrase });
  await t.throwsAsync(second, { instanceOf: Fault, message: /in use by process/ });
  await factory.close();
  const dead = spawnSync(process.execPath, ["-e", ""]).pid;
  writeFileSync(join(folder, "station.lock"), String(dead));
  mkdirSync(join(folder, "ledger.db.lock"));
  const third = await openFactory({ folder, passphrase });
  t.is((await issueUnits(third, 1)).length, 1);
  await third.close();
  t.false(readdirSync(folder).some((name) => name.includes("lock")));
});

test("a batch whose secrets could not be kept is not recorded", async (t) => {
  const tried: string[] = [];
  const factory = await sharedFactory();
  const issue = factory.issue({
    count: 3,
    stage: ({ serial }) => {
      if (tried.push(serial) === 3) throw new Fault("no space");
    },
  });
  await t.throwsAsync(issue.next(), { message: "no space" });
  for (const serial of tried) t.is(await factory.ledger.unit(serial), undefined);
  t.is(tried.length, 3);
});

test("more units than a batch: all different, all recorded", async (t) => {
  const factory = await sharedFactory();
  const units = await issueUnits(factory, 70);
  for (const name of ["serial", "id", "password"] as const)
    t.is(new Set(units.map((unit) => unit[name])).size, 70, name);
  const keys = units.map(({ identityImage }) => {
    const identity = readFactoryImage(identityImage);
    return "reason" in identity
      ? identity.reason
      : Buffer.from(identity.privateKey).toString("hex");
  });
  t.is(new Set(keys).size, 70, "private key");
  for (const { serial, id } of units) t.is((await factory.ledger.unit(serial))?.id, id);
  t.true((await factory.ledger.verify()).ok);
});

/** Without the folder that the database's driver makes for a lock. */
function filesOf(folder: string): string[] {
  return readdirSync(folder).filter((name) => statSync(join(folder, name)).isFile());
}
