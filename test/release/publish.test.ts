/** A publication that stops anywhere leaves a repository that units accept. */
import { cpSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { check, firstState, type Read } from "../../provisioning/release/check.ts";
import { readerOf } from "../../provisioning/release/staged.ts";
import { type DeskFixture, openDesk } from "./desk-fixture.ts";

class Cut extends Error {}

const imagePaths = ["T13-LAMP-1/desk/1.0.0.bin"];

function firstUnit(desk: DeskFixture) {
  return firstState(readFileSync(desk.path("public/metadata/1.root.json")), desk.now);
}

/** Runs the command and stops it before its `after`th write; false when it came to its end. */
async function cutAt(desk: DeskFixture, command: string, after: number): Promise<boolean> {
  let writes = 0;
  const beforeWrite = () => {
    if (writes++ === after) throw new Cut();
  };
  try {
    const { status, errors } = await desk.run([command], { beforeWrite });
    if (status !== 0) throw new Error(errors);
    return false;
  } catch (error) {
    if (error instanceof Cut) return true;
    throw error;
  }
}

test("a cut before any write of a publication, new keys for all roles included", async (t) => {
  const desk = await openDesk(t);
  await desk.release("1.0.0", "--percent", "100");
  await desk.signAndPublish();
  const public_ = readerOf(desk.path("public"));
  const known = check(firstUnit(desk), public_, desk.now, imagePaths);
  t.is(known.refused, undefined);
  await desk.release("1.0.1", "--percent", "50");
  for (const role of ["root", "targets", "snapshot", "timestamp"])
    await desk.must("rotate", "--role", role);
  await desk.must("sign");
  cpSync(desk.path("public"), desk.path("before"), { recursive: true });

  let cuts = 0;
  while (await cutAt(desk, "publish", cuts)) {
    for (const state of [firstUnit(desk), known.state]) {
      const { refused } = check(state, public_, desk.now, imagePaths);
      t.is(refused, undefined, `cut before write ${cuts}`);
    }
    rmSync(desk.path("public"), { recursive: true });
    cpSync(desk.path("before"), desk.path("public"), { recursive: true });
    cuts++;
  }
  // An index, an image, a delta; board role, targets, snapshot, timestamp; four roots.
  t.is(cuts, 11);
  t.is(check(known.state, public_, desk.now, ["T13-LAMP-1/desk/1.0.1.bin"]).refused, undefined);
});

test("control: with the timestamp put first, a cut leaves units with nothing", async (t) => {
  const desk = await openDesk(t);
  await desk.release("1.0.0", "--percent", "100");
  await desk.signAndPublish();
  const public_ = readerOf(desk.path("public"));
  const unit = firstUnit(desk);
  await desk.release("1.0.1");
  await desk.must("sign");
  const staged = readerOf(desk.path("desk/staged"));
  const cut: Read = (path) => (path.endsWith("timestamp.json") ? staged(path) : public_(path));
  t.is(check(unit, cut, desk.now, imagePaths).refused, "snapshot: unavailable");
});

test("control: without the signature of the key before it, a new timestamp key leaves a gap", async (t) => {
  const desk = await openDesk(t);
  await desk.release("1.0.0", "--percent", "100");
  await desk.signAndPublish();
  const { onlineKeys } = JSON.parse(readFileSync(desk.path("desk/desk.json"), "utf8"));
  await desk.must("revoke", "--key", onlineKeys.timestamp.id);
  await desk.must("sign");
  // Everything but the new root, which comes last.
  while (await cutAt(desk, "publish", 1)) break;
  const { refused } = check(firstUnit(desk), readerOf(desk.path("public")), desk.now);
  t.is(refused, "timestamp: threshold-not-met");
  await desk.must("publish");
  t.is(check(firstUnit(desk), readerOf(desk.path("public")), desk.now).refused, undefined);
});

test("a cut before any write of signing loses nothing: it is signed again", async (t) => {
  const desk = await openDesk(t);
  await desk.release("1.0.0", "--percent", "100");
  await desk.signAndPublish();
  await desk.release("1.0.1", "--percent", "100");
  let cuts = 0;
  for (; cuts < 3; cuts++) t.true(await cutAt(desk, "sign", cuts * 2));
  await desk.signAndPublish();
  const paths = ["T13-LAMP-1/desk/1.0.1.bin"];
  t.is(check(firstUnit(desk), readerOf(desk.path("public")), desk.now, paths).refused, undefined);
});

test("published files are for everybody to read, and none of them is a key", async (t) => {
  const desk = await openDesk(t);
  await desk.release("1.0.0");
  await desk.signAndPublish();
  const files = readdirSync(desk.path("public"), { recursive: true, withFileTypes: true });
  for (const file of files.filter((one) => one.isFile())) {
    const path = join(file.parentPath, file.name);
    t.is(statSync(path).mode & 0o777, 0o644);
    t.false(file.name.endsWith(".key"));
    t.false(readFileSync(path, "latin1").includes("PRIVATE KEY"));
  }
  for (const folder of ["desk/keys", "one", "two", "three"])
    for (const name of readdirSync(desk.path(folder))) {
      t.is(statSync(desk.path(`${folder}/${name}`)).mode & 0o777, 0o600);
      t.regex(readFileSync(desk.path(`${folder}/${name}`), "utf8"), /BEGIN ENCRYPTED PRIVATE KEY/);
    }
});

test("an old copy of the desk cannot be published over a newer one", async (t) => {
  const desk = await openDesk(t);
  await desk.release("1.0.0");
  await desk.signAndPublish();
  cpSync(desk.path("desk"), desk.path("backup"), { recursive: true });
  await desk.release("1.0.1");
  await desk.signAndPublish();
  rmSync(desk.path("desk"), { recursive: true });
  cpSync(desk.path("backup"), desk.path("desk"), { recursive: true });
  const { status, errors } = await desk.run(["publish"]);
  t.is(status, 1);
  t.regex(errors, /^units would refuse this \(timestamp: rollback\)/);
});

test("units with the past's metadata are told nothing that is over", async (t) => {
  const desk = await openDesk(t);
  await desk.release("1.0.0");
  await desk.signAndPublish();
  desk.now = new Date(desk.now.getTime() + 15 * 24 * 3600 * 1000);
  t.regex(await desk.must("status"), /timestamp is over: sign and publish/);
  const stale = await desk.run(["publish"]);
  t.regex(stale.errors, /timestamp: expired/);
  await desk.signAndPublish();
  t.is(check(firstUnit(desk), readerOf(desk.path("public")), desk.now).refused, undefined);
});
