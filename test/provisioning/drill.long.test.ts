/** The compromise drill of docs/factory.md, with the real commands in one process. */
import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { runCommandLine } from "../../provisioning/command-line.ts";
import { keepRelease } from "../../provisioning/line/release.ts";
import { type Bench, bench, factoryOffset } from "./line-fixture.ts";
import { scratchFolder } from "./scratch.ts";

const boards = new Map<string, Bench>();

/** A bench for each factory: the tests run side by side. */
function benchOf(factory: string): Bench {
  const target = boards.get(factory) ?? bench();
  boards.set(factory, target);
  return target;
}

async function run(factory: string, ...args: readonly string[]) {
  let out = "";
  let errors = "";
  const status = await runCommandLine([...args, "--factory", factory, "--development", "--json"], {
    environment: {},
    print: (text) => {
      out += text;
    },
    printError: (text) => {
      errors += text;
    },
    targets: {
      simulator: {
        open: () => benchOf(factory),
        release: async () =>
          keepRelease(factory, { board: "bench", version: "1", factoryOffset }, []),
      },
    },
  });
  return { status, out, errors };
}

test("compromise: the CA is rotated, its units revoked, and every step leaves a record", async (t) => {
  const factory = join(scratchFolder(t), "factory");
  const ok = async (...args: readonly string[]) => {
    const { status, out, errors } = await run(factory, ...args);
    t.is(status, 0, errors);
    return JSON.parse(out || "{}");
  };
  await ok("order", "--order", "A", "--count", "2");
  await ok("issue", "--order", "A");
  const early = await run(factory, "rotate", "ca");
  t.regex(early.errors, /2 units are between issue and label/);
  await ok("run", "--order", "A");
  const before = new X509Certificate(readFileSync(join(factory, "device-authority.pem")));
  const { authorities, bundle } = await ok("rotate", "ca");
  t.is(authorities.length, 2);
  const after = new X509Certificate(readFileSync(join(factory, "device-authority.pem")));
  t.not(after.fingerprint256, before.fingerprint256);
  t.is(readFileSync(bundle, "utf8").match(/BEGIN CERTIFICATE/g)?.length, 2);
  await ok("order", "--order", "B", "--count", "1");
  t.is((await ok("run", "--order", "B")).labelled, 1);
  const serials = [...benchOf(factory).boards.keys()];
  const { revoked, list } = await ok("revoke", "--serial", serials[0]!, "--reason", "drill");
  t.deepEqual(
    revoked.map(({ serial }: { serial: string }) => serial),
    [serials[0]],
  );
  // One list for each CA that is in the field.
  t.is(readFileSync(list, "utf8").match(/BEGIN X509 CRL/g)?.length, 2);
  await ok("rotate", "station");
  const { units, checkpoints } = await ok("doctor");
  t.is(units, 3);
  t.true(checkpoints >= 2);
  const file = join(factory, "all.jsonl");
  await ok("export", file);
  const told = readFileSync(file, "utf8");
  for (const action of ["ca-retired", "factory-set-up", "revoked", "station-enrolled"])
    t.true(told.includes(`"action":"${action}"`), action);
});

const softhsm = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so"].find(
  existsSync,
);
const hasTools = ["pkcs11-tool", "softhsm2-util"].every(
  (name) => spawnSync(name, ["--help"]).error === undefined,
);

test("the CA's key in a token: units are signed there, and no file has it", async (t) => {
  if (!softhsm || !hasTools) {
    t.log("skipped: SoftHSM and OpenSC are not installed here");
    t.pass();
    return;
  }
  const folder = scratchFolder(t);
  const tokens = join(folder, "tokens");
  mkdirSync(tokens);
  const configuration = join(folder, "softhsm2.conf");
  writeFileSync(configuration, `directories.tokendir = ${tokens}\nobjectstore.backend = file\n`);
  process.env.SOFTHSM2_CONF = configuration;
  process.env.THIRTEEN_TOKEN_PIN = "739182";
  const made = spawnSync("softhsm2-util", [
    ...["--init-token", "--free", "--label", "factory"],
    ...["--pin", "739182", "--so-pin", "281937"],
  ]);
  t.is(made.status, 0);
  const factory = join(folder, "factory");
  const token = `pkcs11:${softhsm}?token=factory&id=01`;
  t.is((await run(factory, "order", "--order", "T", "--count", "2", "--token", token)).status, 0);
  t.false(existsSync(join(factory, "device-authority.key")));
  const result = await run(factory, "run", "--order", "T");
  t.is(result.status, 0, result.errors);
  t.is(JSON.parse(result.out).labelled, 2);
  // The controls: without the right PIN nothing is signed, and the CA is not silently made anew.
  process.env.THIRTEEN_TOKEN_PIN = "000000";
  await run(factory, "order", "--order", "U", "--count", "1");
  t.not((await run(factory, "run", "--order", "U")).status, 0);
  delete process.env.THIRTEEN_TOKEN_PIN;
  t.regex((await run(factory, "report")).errors, /no PIN: set THIRTEEN_TOKEN_PIN/);
});
