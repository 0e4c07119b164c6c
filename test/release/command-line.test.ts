import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import test from "ava";
import {
  dayMs,
  goodSbom,
  onlinePassphrase,
  openDesk,
  rootPassphrase,
  sampleImage,
  start,
} from "./desk-fixture.ts";

for (const [args, message] of [
  [[], /^no command/],
  [["make"], /^unknown command make/],
  [["constructor"], /^unknown command constructor/],
  [["sign", "now"], /^unexpected argument now/],
  [["add", "--colour", "red"], /^Unknown option '--colour'/],
  [["add"], /^--image is missing/],
  [["ring", "--release", "1.0.0"], /^--percent is missing/],
  [["ring", "--release", "1.0.0", "--percent", "101"], /^--percent 101: give a whole number/],
  [["rotate", "--role", "king"], /^--role king: give root, targets, snapshot, timestamp/],
  [["revoke"], /^revoke what/],
  [["init", "--expire", "root"], /^--expire root: give ROLE=DAYS/],
  [["init", "--threshold", "4"], /^--threshold 4: give a whole number from 1 to 3/],
  [["init", "--production", "--threshold", "1"], /^--threshold 1: for production/],
  [["init", "--development", "--production"], /^--development makes what --production refuses/],
] as const)
  test(`typed wrongly: ${args.join(" ") || "(nothing)"}`, async (t) => {
    const desk = await openDesk(t);
    const { status, out, errors } = await desk.run(args);
    t.is(status, 2);
    t.is(out, "");
    t.regex(errors, message);
    t.is(errors.trimEnd().split("\n").length, 1);
  });

/** What `add` is given in place of something good, and the one line it answers. */
const refused: readonly (readonly [string, readonly string[], RegExp])[] = [
  ["no why", ["--why", " "], /the text "why" is missing/],
  ["no risk", ["--risk", ""], /^--risk is missing/],
  ["a why of two lines", ["--why", "a\nb"], /the text "why" has control characters/],
  ["a why that turns the line round", ["--why", "a\u202eb"], /has control characters/],
  ["a why nobody reads", ["--why", "x".repeat(281)], /longer than 280/],
  ["an unknown severity", ["--severity", "mild"], /^--severity mild: give routine/],
  ["no component list", ["--sbom", "nowhere.json"], /no such file; give the release's component/],
  ["support that ended", ["--support-end", "2026-11-21"], /support ended on 2026-11-21/],
  ["support until no day", ["--support-end", "2031-02-30"], /is not a day/],
  ["no image", ["--image", "nowhere.bin"], /nowhere.bin: no such file/],
  ["another board than meant", ["--board", "esp32c3"], /an image for board desk, not esp32c3/],
  ["another version than meant", ["--version", "9.9.9"], /the image says version 1.1.0/],
  ["a version that does not grow", ["--image", "1.0.0"], /version 1.0.0 is not above 1.0.0/],
  ["a lower version", ["--image", "0.9.0"], /version 0.9.0 is not above 1.0.0/],
  ["a counter that does not grow", ["--counter", "1"], /counter 1 is not above 1/],
  ["an image of another product", ["--image", "T14/desk"], /an image for product T14; this desk/],
  ["an image of another board", ["--image", "T13-LAMP-1/toaster"], /an image for board toaster/],
  ["an image that says nothing", ["--image", "blank"], /no mark of what it is for/],
  ["an image that says two things", ["--image", "double"], /marked for T13I1.* and T13I1/],
];

test("add refuses, in one line each, and the desk is as before", async (t) => {
  const desk = await openDesk(t);
  await desk.release("1.0.0");
  const odd = new Map<string, Uint8Array>([
    ["1.0.0", sampleImage("1.0.0")],
    ["0.9.0", sampleImage("0.9.0")],
    ["T14/desk", sampleImage("1.1.0", { product: "T14" })],
    ["T13-LAMP-1/toaster", sampleImage("1.1.0", { board: "toaster" })],
    ["blank", new Uint8Array(5_000)],
    ["double", Buffer.concat([sampleImage("1.1.0"), sampleImage("1.1.1")])],
  ]);
  const before = readFileSync(desk.path("desk/desk.json"), "utf8");
  for (const [what, change, message] of refused) {
    const [option, value = ""] = change;
    const image = odd.get(value);
    const more = image ? ["--image", desk.write("odd.bin", image)] : [option!, value];
    const { status, out, errors } = await desk.run(desk.addArguments(sampleImage("1.1.0"), more));
    t.regex(errors, message, what);
    t.true(status === 1 || status === 2, what);
    t.is(out, "");
    t.is(errors.trimEnd().split("\n").length, 1, what);
  }
  t.is(readFileSync(desk.path("desk/desk.json"), "utf8"), before);
  // The control: with nothing wrong it is taken in.
  await desk.release("1.1.0");
});

for (const [what, change, message] of [
  ["not JSON", "{", /not JSON/],
  ["another format", { ...goodSbom, bomFormat: "SPDX" }, /not CycloneDX/],
  ["an unknown version", { ...goodSbom, specVersion: "0.9" }, /CycloneDX 0.9 is not known/],
  ["nothing in it", { ...goodSbom, components: [] }, /no components in it/],
  [
    "a nameless component",
    { ...goodSbom, components: [{ type: "library" }] },
    /component 1 has no/,
  ],
] as const)
  test(`a component list with ${what} is none`, async (t) => {
    const desk = await openDesk(t);
    const text = typeof change === "string" ? change : JSON.stringify(change);
    const more = ["--sbom", desk.write("bad.json", text)];
    const { status, errors } = await desk.run(desk.addArguments(sampleImage("1.0.0"), more));
    t.is(status, 1);
    t.regex(errors, message);
  });

test("words and deltas that are more than a unit reads are refused before anything is kept", async (t) => {
  const desk = await openDesk(t);
  const long = ["--why", "\u6f22".repeat(280), "--risk", "\u6f22".repeat(280)];
  await desk.release("1.0.0", ...long);
  await desk.release("1.0.1", ...long);
  const { status, errors } = await desk.run(desk.addArguments(sampleImage("1.0.2"), long));
  t.is(status, 1);
  t.regex(errors, /^\d+ bytes more than a unit reads/);
  await desk.release("1.0.2", ...long, "--deltas", "0");
  await desk.must("sign");
});

test("the ring widens on a good report only, and narrows at once", async (t) => {
  const desk = await openDesk(t);
  await desk.release("1.0.0");
  await desk.signAndPublish();
  const widen = (...more: string[]) =>
    desk.run(["ring", "--release", "1.0.0", "--percent", "50", ...more]);
  const report = (confirmed: number, rolledBack: number, version = "1.0.0") => {
    const about = { v: 1, product: "T13-LAMP-1", board: "desk", version };
    return desk.write("health.json", JSON.stringify({ ...about, confirmed, rolledBack }));
  };
  t.regex((await widen()).errors, /on a report only/);
  t.regex((await widen("--health", report(98, 2))).errors, /2 of 100 units rolled back/);
  t.regex((await widen("--health", report(9, 0))).errors, /only 9 reports/);
  t.regex((await widen("--health", report(99, 0, "0.9.0"))).errors, /about another release/);
  t.regex((await widen("--health", report(-1, 0))).errors, /not a health report/);
  t.is((await widen("--health", report(99, 1))).status, 0);
  t.regex(await desk.must("status"), /ring of 50 %/);
  t.regex((await desk.run(["publish"])).errors, /nobody signed yet/);
  await desk.must("halt", "--release", "1.0.0");
  t.regex(await desk.must("status"), /1.0.0 for desk is halted/);
  t.regex((await widen("--health", report(98, 2))).errors, /not widened/);
  await desk.signAndPublish();
  t.regex((await desk.run(["halt", "--release", "7.0.0"])).errors, /^no release 7.0.0/);
});

test("a revoked release is on offer no more, and its number is used up", async (t) => {
  const desk = await openDesk(t);
  await desk.release("1.0.0", "--percent", "100");
  await desk.release("1.0.1", "--percent", "100");
  await desk.must("revoke", "--release", "1.0.1");
  await desk.signAndPublish();
  const [index] = readdirSync(desk.path("public/targets/T13-LAMP-1/desk")).filter((name) =>
    name.endsWith("current.json"),
  );
  const { targets } = JSON.parse(
    readFileSync(desk.path(`public/targets/T13-LAMP-1/desk/${index}`), "utf8"),
  );
  t.deepEqual(targets, ["T13-LAMP-1/desk/1.0.0.bin"]);
  const again = await desk.run(desk.addArguments(sampleImage("1.0.1")));
  t.regex(again.errors, /version 1.0.1 is not above 1.0.1/);
  t.regex((await desk.run(["halt", "--release", "1.0.1"])).errors, /is revoked/);
});

test("keys: a lost root medium is survived, two are not; a wrong passphrase opens nothing", async (t) => {
  const desk = await openDesk(t);
  const wrong = {
    THIRTEEN_RELEASE_PASSPHRASE: "not the right one at all",
    THIRTEEN_ROOT_PASSPHRASE: "not the right one at all",
  };
  t.regex((await desk.run(["sign"], { environment: wrong })).errors, /wrong passphrase/);
  const root = desk.run(["rotate", "--role", "root"], { environment: wrong });
  t.is((await root).status, 1);
  rmSync(desk.path("two"), { recursive: true });
  const status = JSON.parse(await desk.must("status", "--json"));
  const lost = status.roles.find((one: { role: string }) => one.role === "root").keys[1];
  await desk.must("revoke", "--key", lost.id);
  await desk.signAndPublish();
  for (const folder of ["one", "two"]) rmSync(desk.path(folder), { recursive: true, force: true });
  const { status: exit, errors } = await desk.run(["rotate"]);
  t.is(exit, 1);
  t.regex(errors, /a new root takes 2 root keys/);
});

test("the root's keys are kept apart, an existing desk is not made again", async (t) => {
  const desk = await openDesk(t);
  t.regex((await desk.run(["init"])).errors, /there is a release desk here already/);
  for (const inside of [desk.path("desk"), desk.path("desk/keys"), desk.folder]) {
    const { status, errors } = await desk.run(["rotate", "--offline", inside]);
    t.is(status, 2);
    t.regex(errors, /keep the root's keys apart/);
  }
});

test("status says in time what will end", async (t) => {
  const desk = await openDesk(t);
  t.regex(await desk.must("status"), /public is not up to date: publish/);
  await desk.must("publish");
  t.regex(await desk.must("status"), /nothing to do/);
  desk.now = new Date(start.getTime() + 12 * dayMs);
  t.regex(await desk.must("status"), /timestamp ends in 2 days: sign and publish/);
  desk.now = new Date(start.getTime() + 366 * dayMs);
  t.regex(await desk.must("status"), /root is over: rotate, sign and publish/);
  await desk.must("rotate");
  await desk.signAndPublish();
  t.regex(await desk.must("status"), /nothing to do/);
});

test("nothing that is printed is a secret", async (t) => {
  const desk = await openDesk(t);
  let said = await desk.must(...desk.addArguments(sampleImage("1.0.0"), ["--json"]));
  for (const command of ["sign", "publish", "status", "rotate"])
    said += await desk.must(command, "--json");
  t.false(said.includes(onlinePassphrase));
  t.false(said.includes(rootPassphrase));
  t.false(/PRIVATE KEY|development-passphrase/.test(said));
});

test("the real command, for a trial from nothing; production refuses its sample keys", async (t) => {
  const desk = await openDesk(t);
  const run = (...args: readonly string[]) =>
    spawnSync(
      process.execPath,
      ["--import", "tsx", "provisioning/release/cli.ts", ...args, "--folder", desk.path("trial")],
      { encoding: "utf8", env: { PATH: process.env.PATH }, input: "" },
    );
  const made = run("init", "--development", "--json");
  t.is(made.stderr, "");
  t.is(made.status, 0);
  t.is(JSON.parse(made.stdout).threshold, 2);
  t.is(readdirSync(desk.path("trial-offline")).filter((name) => name.endsWith(".key")).length, 3);
  const signed = run("sign", "--development");
  t.is(signed.status, 0);
  const silent = run("sign");
  t.is(silent.status, 1);
  t.regex(silent.stderr, /^no passphrase: set THIRTEEN_RELEASE_PASSPHRASE/);
  for (const command of ["publish", "sign", "status"]) {
    const refusal = run(command, "--production");
    t.is(refusal.status, 1);
    t.regex(refusal.stderr, /its keys are samples/);
  }
});
