import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { runCommandLine } from "../../provisioning/command-line.ts";
import { openFactory } from "../../provisioning/factory.ts";
import { readFactoryImage } from "../../provisioning/factory-image.ts";
import { parseLabelPayload } from "../../provisioning/label.ts";
import type { SecurityLabel } from "../../provisioning/security-label.ts";
import { generateSerial } from "../../provisioning/serial.ts";
import { unitFolders } from "../../provisioning/unit-folder.ts";
import { issueUnits, passphrase, scratchFolder, sharedServices } from "./scratch.ts";

async function run(...args: readonly string[]) {
  let out = "";
  let errors = "";
  const status = await runCommandLine(args, {
    environment: { THIRTEEN_FACTORY_PASSPHRASE: passphrase },
    print: (text) => {
      out += text;
    },
    targets: {},
    printError: (text) => {
      errors += text;
    },
  });
  return { status, out, errors };
}

/** A file with the server root, as a maker's service would hand it to the factory. */
async function anchorFile(t: ExecutionContext): Promise<string> {
  const { serverAnchor } = await sharedServices();
  const file = join(scratchFolder(t), "root.der");
  writeFileSync(file, serverAnchor);
  return file;
}

for (const [args, message] of [
  [[], /^no command/],
  [["make"], /^unknown command make/],
  [["issue", "--colour", "red"], /^Unknown option '--colour'/],
  [["issue", "--count"], /^Option '--count <value>' argument missing/],
  [["issue", "--count", "0"], /^--count 0: give a whole number/],
  [["issue", "--count=-1"], /^--count -1: give a whole number/],
  [["issue", "--count", "100001"], /^--count 100001: give a whole number/],
  [["issue", "--count", "1e3"], /^--count 1e3: give a whole number/],
  [["issue", "--out="], /^--out needs a folder/],
  [["issue", "now"], /^unexpected argument now/],
  [["doctor", "--json=yes"], /^Option '--json' does not take an argument/],
] as const)
  test(`typed wrongly: ${args.join(" ") || "(nothing)"}`, async (t) => {
    const { status, out, errors } = await run(...args);
    t.is(status, 2);
    t.is(out, "");
    t.regex(errors, message);
    t.is(errors.trimEnd().split("\n").length, 1);
  });

test("--help says what there is", async (t) => {
  const { status, out } = await run("--help");
  t.is(status, 0);
  for (const word of ["issue", "doctor", "--count", "--server-anchor", "--json"])
    t.true(out.includes(word));
});

test("one command makes a security label, another checks it; altered, it is refused", async (t) => {
  const scratch = scratchFolder(t);
  const [factory, labels] = [join(scratch, "factory"), join(scratch, "labels")];
  const made = await run(
    ...["security-label", labels, "--factory", factory, "--server-anchor", await anchorFile(t)],
  );
  t.is(made.status, 0, made.errors);
  const [json, svg, text] = readdirSync(labels).sort();
  const contentOf = (name = "") => readFileSync(join(labels, name), "utf8");
  const { label } = JSON.parse(contentOf(json)) as { label: SecurityLabel };
  for (const said of [label.support.end, label.vulnerabilities.contact, label.maker])
    for (const name of [svg, text]) t.true(contentOf(name).includes(said), said);
  const check = () =>
    run(...["check-label", join(labels, json!), "--key", join(factory, "records-authority.pem")]);
  t.regex((await check()).out, /^OK: /);
  writeFileSync(join(labels, json!), contentOf(json).replaceAll(label.support.end, "2099-12-31"));
  const altered = await check();
  t.is(altered.status, 1);
  t.regex(altered.errors, /^NOT OK: signature-does-not-verify/);
  const unknown = await run(
    ...["security-label", join(scratch, "none"), "--factory", factory],
    ...["--serial", generateSerial()],
  );
  t.regex(unknown.errors, /^no unit .* nothing was written/);
  t.false(readdirSync(scratch).includes("none"));
});

test("issue fills a folder a unit, and says nothing secret", async (t) => {
  const out = join(scratchFolder(t), "units");
  const result = await run(
    "issue",
    "--count",
    "3",
    "--out",
    out,
    "--json",
    "--server-anchor",
    await anchorFile(t),
  );
  t.is(result.errors, "");
  t.is(result.status, 0);
  const report = JSON.parse(result.out) as {
    units: { serial: string; id: string; folder: string }[];
  };
  t.is(report.units.length, 3);
  t.is(statSync(out).mode & 0o777, 0o700);
  const authority = new X509Certificate(
    readFileSync(join(out, ".factory", "device-authority.pem")),
  );
  for (const { serial, id, folder } of report.units) {
    t.deepEqual(readdirSync(folder).sort(), [
      "certificate.pem",
      "factory.bin",
      "label.svg",
      "label.txt",
    ]);
    for (const name of readdirSync(folder)) t.is(statSync(join(folder, name)).mode & 0o777, 0o600);
    const identity = readFactoryImage(readFileSync(join(folder, "factory.bin")));
    t.like(identity, { serial, id });
    const text = readFileSync(join(folder, "label.txt"), "utf8");
    const label = parseLabelPayload(/T13:\S+/.exec(text)?.[0] ?? "");
    t.is(label?.serial, serial);
    const certificate = new X509Certificate(readFileSync(join(folder, "certificate.pem")));
    t.true(certificate.verify(authority.publicKey));
    t.false(result.out.includes(label!.password));
  }
  const doctor = await run("doctor", "--out", out, "--json");
  t.like(JSON.parse(doctor.out), { units: 3, records: 5 });
});

test("the real command: a trial from nothing, in a process of its own", (t) => {
  const out = join(scratchFolder(t), "units");
  const args = [
    "--import",
    "tsx",
    "host-sim/line/provision.ts",
    "issue",
    "--development",
    "--out",
    out,
  ];
  const made = spawnSync(process.execPath, args, {
    encoding: "utf8",
    env: { PATH: process.env.PATH },
  });
  t.is(made.stderr, "");
  t.is(made.status, 0);
  t.regex(made.stdout, /^[0-9A-Z]{12} {2}.+\n1 issued in \d+ ms/);
  const refused = spawnSync(process.execPath, [...args.slice(0, 4), "--out", out], {
    encoding: "utf8",
    input: "",
    env: { PATH: process.env.PATH },
  });
  t.is(refused.status, 1);
  t.regex(refused.stderr, /^no passphrase: set THIRTEEN_FACTORY_PASSPHRASE/);
});

test("a folder that cannot be written to is one clear line, and nothing is made", async (t) => {
  const folder = scratchFolder(t);
  const file = join(folder, "file");
  writeFileSync(file, "in the way");
  for (const out of [file, join(file, "deeper")]) {
    const { status, errors } = await run(
      "issue",
      "--out",
      out,
      "--server-anchor",
      await anchorFile(t),
    );
    t.is(status, 1);
    t.regex(errors, /choose another folder or change its permissions\n$/);
    t.is(errors.split("\n").length, 2);
  }
  t.deepEqual(readdirSync(folder), ["file"]);
});

test("a bad server root is one clear line", async (t) => {
  const out = scratchFolder(t);
  const file = join(out, "root.pem");
  writeFileSync(file, "nothing like a certificate");
  for (const [name, message] of [
    [file, /not an X\.509 certificate/],
    [join(out, "absent.pem"), /no such file/],
  ] as const) {
    const { status, errors } = await run("issue", "--out", out, "--server-anchor", name);
    t.is(status, 1);
    t.regex(errors, message);
  }
});

test("a damaged or altered ledger stops issue and doctor, and stays as it is", async (t) => {
  const out = scratchFolder(t);
  t.is((await run("issue", "--out", out, "--server-anchor", await anchorFile(t))).status, 0);
  const file = join(out, ".factory", "ledger.db");
  const damaged = readFileSync(file).fill(0, 0, 2048);
  writeFileSync(file, damaged);
  for (const command of ["issue", "doctor"]) {
    const { status, errors } = await run(command, "--out", out);
    t.is(status, 1);
    t.regex(errors, /ledger cannot be read .* nothing was changed: restore it from your backup\n$/);
    t.deepEqual(readFileSync(file), damaged);
  }
  t.is((await run("doctor", "--out", join(out, "elsewhere"))).status, 1);
});

test("a run that died between staging and recording, or recording and naming, is put right", async (t) => {
  const out = scratchFolder(t);
  const folder = join(out, ".factory");
  const { serverAnchor } = await sharedServices();
  const factory = await openFactory({ folder, passphrase, serverAnchors: [serverAnchor] });
  const folders = unitFolders(out, factory);
  const [unrecorded] = await issueUnits(factory, 1);
  folders.stage({ ...unrecorded!, serial: "NEVERRECORDED", label: unrecorded!.label });
  let recorded = "";
  for await (const { serial } of factory.issue({ count: 1, stage: folders.stage }))
    recorded = serial;
  await factory.close();
  mkdirSync(join(out, ".staged-00000000-OTHERFACTORY"));
  t.is((await run("issue", "--out", out)).status, 0);
  const left = readdirSync(out);
  t.true(left.includes(recorded));
  t.is(readdirSync(join(out, recorded)).length, 4);
  t.deepEqual(
    left.filter((name) => name.startsWith(".staged")),
    [".staged-00000000-OTHERFACTORY"],
  );
  t.false(left.includes("NEVERRECORDED"));
});

test("an output folder that fails in the middle loses no recorded unit's secrets", async (t) => {
  const out = scratchFolder(t);
  const folder = join(out, ".factory");
  const { serverAnchor } = await sharedServices();
  const factory = await openFactory({ folder, passphrase, serverAnchors: [serverAnchor] });
  const folders = unitFolders(out, factory);
  const serials: string[] = [];
  const stage: typeof folders.stage = (unit) => {
    serials.push(unit.serial);
    folders.stage(unit);
    // Somebody's folder of that very name: naming the second will fail.
    if (serials.length === 2) mkdirSync(join(out, unit.serial, "in the way"), { recursive: true });
  };
  const publish = async () => {
    for await (const { serial } of factory.issue({ count: 3, stage })) folders.publish(serial);
  };
  await t.throwsAsync(publish(), { message: /in the way; move what is there/ });
  rmSync(join(out, serials[1]!), { recursive: true });
  await folders.settle();
  for (const serial of serials) t.is(readdirSync(join(out, serial)).length, 4);
  t.like(await factory.ledger.verify(), { ok: true, units: 3 });
  await factory.close();
});
