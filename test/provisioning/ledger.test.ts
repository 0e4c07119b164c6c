import { spawnSync } from "node:child_process";
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import test, { type ExecutionContext } from "ava";
import sqlite from "node-sqlite3-wasm";
import { Fault } from "../../provisioning/fault.ts";
import { type AuditEntry, chain, findBreak, genesis } from "../../provisioning/ledger/audit.ts";
import { type Ledger, verifyLedger } from "../../provisioning/ledger/ledger.ts";
import { openLedger } from "../../provisioning/ledger/open.ts";
import { openWithSql, scratchFolder } from "./scratch.ts";

const at = new Date("2026-11-22T10:00:00Z");

function newUnit(name: string) {
  return { serial: name, id: `id-${name}`, certificateSha256: `certificate-${name}` };
}

async function sampleLedger(t: ExecutionContext): Promise<string> {
  const file = join(scratchFolder(t), "ledger.db");
  const ledger = await openLedger(file, { create: true });
  await ledger.note("factory-set-up", { certificate: "c0" }, at);
  await ledger.issue([newUnit("A"), newUnit("B")], at);
  await ledger.issue([newUnit("C")], at);
  await ledger.close();
  return file;
}

async function withLedger<T>(file: string, use: (ledger: Ledger) => Promise<T>): Promise<T> {
  const ledger = await openLedger(file, { create: false });
  try {
    return await use(ledger);
  } finally {
    await ledger.close();
  }
}

const verify = (file: string) => withLedger(file, verifyLedger);

test("units and records are there after a restart, and the chain is whole", async (t) => {
  const file = await sampleLedger(t);
  const report = await verify(file);
  t.like(report, { ok: true, units: 3, records: 4 });
  await withLedger(file, async (ledger) => {
    t.like(await ledger.unit("B"), {
      id: "id-B",
      certificate_sha256: "certificate-B",
      state: "issued",
      issued_at: at.toISOString(),
    });
    t.is(await ledger.unit("D"), undefined);
  });
});

test("a name that was issued before is refused, and its whole batch with it", async (t) => {
  const file = await sampleLedger(t);
  await withLedger(file, async (ledger) => {
    for (const again of [
      newUnit("A"),
      { ...newUnit("D"), id: "id-A" },
      { ...newUnit("D"), certificateSha256: "certificate-A" },
    ])
      await t.throwsAsync(ledger.issue([newUnit("E"), again], at), { message: /UNIQUE/ });
    t.is(await ledger.unit("E"), undefined);
    t.like(await ledger.verify(), { ok: true, units: 3, records: 4 });
  });
});

/** Somebody with the file and an SQL shell, who knows about the triggers. */
function tamper(file: string, ...statements: readonly string[]): void {
  const database = openWithSql(file);
  try {
    database.exec("drop trigger audit_no_update; drop trigger audit_no_delete");
    for (const statement of statements) database.exec(statement);
  } finally {
    database.close();
  }
}

const attacks: readonly (readonly [string, readonly string[], RegExp])[] = [
  [
    "a record is changed",
    ["update audit set detail = replace(detail, 'id-A', 'id-X') where seq = 2"],
    /record 2 was changed/,
  ],
  [
    "a record is back-dated",
    ["update audit set at = '2020-01-01T00:00:00.000Z' where seq = 4"],
    /record 4 was changed/,
  ],
  ["a record is removed", ["delete from audit where seq = 3"], /record 3 is missing/],
  [
    "a record is removed and the rest renumbered",
    ["delete from audit where seq = 3", "update audit set seq = 3 where seq = 4"],
    /record 3 does not follow/,
  ],
  [
    "two records change places",
    [
      "update audit set seq = 9 where seq = 2",
      "update audit set seq = 2 where seq = 3",
      "update audit set seq = 3 where seq = 9",
    ],
    /record 2 does not follow/,
  ],
  ["the first record is removed", ["delete from audit where seq = 1"], /record 1 is missing/],
  ["the last records are cut off", ["delete from audit where seq = 4"], /unit C is in no record/],
  [
    "a unit is given another certificate",
    ["update units set certificate_sha256 = 'x' where serial = 'B'"],
    /unit B is not the one/,
  ],
  [
    "a unit is given another state",
    ["update units set state = 'shipped' where serial = 'B'"],
    /unit B is shipped, but the records say issued/,
  ],
  ["a unit is removed", ["delete from units where serial = 'B'"], /unit B is gone/],
  [
    "a unit is slipped in",
    [
      "insert into units (serial, id, certificate_sha256, state, changed_at) select 'Z', 'id-Z', 'c-Z', state, changed_at from units where serial = 'A'",
    ],
    /unit Z is in no record/,
  ],
];

for (const [name, statements, fault] of attacks)
  test(`found: ${name}`, async (t) => {
    const file = await sampleLedger(t);
    // The control: the same file passed before.
    t.true((await verify(file)).ok);
    tamper(file, ...statements);
    const report = await verify(file);
    t.false(report.ok);
    t.regex(report.ok ? "" : report.fault, fault);
  });

test("a chain written anew from an earlier point has another head", (t) => {
  const entry = (serial: string): AuditEntry => ({
    at: at.toISOString(),
    action: "issued",
    serial,
    detail: {},
  });
  const genuine = chain(genesis, [entry("A"), entry("B"), entry("C")]);
  const forged = chain(genesis, [entry("A"), entry("X"), entry("C")]);
  t.is(findBreak(genuine), undefined);
  t.is(findBreak(forged), undefined);
  t.is(genuine[0]!.hash, forged[0]!.hash);
  t.not(genuine[2]!.hash, forged[2]!.hash);
});

test("audit records cannot be changed or removed through SQL by mistake", async (t) => {
  const database = openWithSql(await sampleLedger(t));
  t.teardown(() => database.close());
  t.throws(() => database.exec("update audit set action = 'x'"), { message: /append-only/ });
  t.throws(() => database.exec("delete from audit"), { message: /append-only/ });
});

const damages: readonly (readonly [string, (file: string) => void])[] = [
  ["not a database", (file) => writeFileSync(file, "this is not a ledger".repeat(500))],
  [
    "its header is overwritten",
    (file) =>
      writeFileSync(file, Buffer.concat([Buffer.alloc(100), readFileSync(file).subarray(100)])),
  ],
  [
    "a page in the middle is overwritten",
    (file) => writeFileSync(file, readFileSync(file).fill(0xa5, 4096, 8192)),
  ],
  ["it is cut off", (file) => truncateSync(file, 8192)],
  ["it is empty", (file) => truncateSync(file, 0)],
  [
    "another program's database",
    (file) => {
      writeFileSync(file, "");
      const database = new sqlite.Database(file);
      database.exec("create table recipes (name text)");
      database.close();
    },
  ],
];

for (const [name, damage] of damages)
  test(`a damaged ledger is refused and left as it is: ${name}`, async (t) => {
    const file = await sampleLedger(t);
    damage(file);
    const before = readFileSync(file);
    const error = await t.throwsAsync(openLedger(file, { create: false }), { instanceOf: Fault });
    t.regex(error?.message ?? "", /restore it from your backup$/);
    t.false(error?.message.includes("\n"));
    t.deepEqual(readFileSync(file), before);
  });

test("a missing ledger is not silently begun anew", async (t) => {
  const file = join(scratchFolder(t), "ledger.db");
  await t.throwsAsync(openLedger(file, { create: false }), { instanceOf: Fault });
  t.throws(() => readFileSync(file), { code: "ENOENT" });
});

test("a station that is killed while it makes its ledger makes it the next time", async (t) => {
  const script = join(scratchFolder(t), "begin.mts");
  writeFileSync(
    script,
    `import { openLedger } from ${JSON.stringify(resolve("provisioning/ledger/open.ts"))};
    // Last, so that it counts what the ledger does, and not what loading it did.
    await import(${JSON.stringify(resolve("host-sim/line/kill-at.mjs"))});
    await (await openLedger(process.argv[2], { create: true })).close();`,
  );
  // The moment that matters is two operations long, and lies a little differently on other machines.
  for (const operation of [9, 10, 11, 12, 13, 14, 15, 16, 25]) {
    const file = join(scratchFolder(t), "ledger.db");
    const { signal, stderr } = spawnSync(process.execPath, ["--import", "tsx", script, file], {
      encoding: "utf8",
      env: { ...process.env, THIRTEEN_KILL_AT: String(operation) },
    });
    t.is(signal, "SIGKILL", stderr);
    await (await openLedger(file, { create: true })).close();
    t.like(await verify(file), { ok: true, units: 0, records: 0 });
  }
});

test("a log whose ledger is gone is nobody's to begin anew", async (t) => {
  const file = join(scratchFolder(t), "ledger.db");
  writeFileSync(`${file}-wal`, "records");
  await t.throwsAsync(openLedger(file, { create: true }), { message: /restore it/ });
  t.is(readFileSync(`${file}-wal`, "utf8"), "records");
});

test("what a killed process left half done is undone", async (t) => {
  const file = await sampleLedger(t);
  const program = `
    import { openSqlite } from ${JSON.stringify(resolve("provisioning/ledger/sqlite.ts"))};
    const database = openSqlite(${JSON.stringify(file)});
    // So little memory that the transaction is on the disk before it is committed.
    database.exec("pragma cache_size = 2; begin");
    for (let n = 0; n < 300; n++)
      database.run("insert into orders values (?, 1, ?, 'x')", ["order " + n, "y".repeat(500)]);
    process.kill(process.pid, "SIGKILL");`;
  const script = join(file, "..", "killed.ts");
  writeFileSync(script, program);
  const killed = spawnSync(process.execPath, ["--import", "tsx", script], { encoding: "utf8" });
  t.is(killed.signal, "SIGKILL", killed.stderr);
  t.like(await verify(file), { ok: true, units: 3, records: 4 });
  t.deepEqual(await withLedger(file, (ledger) => ledger.orders()), []);
});
