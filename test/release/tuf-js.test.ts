/** What `npm run release` publishes, in the hands of a TUF client that is not ours. */
import {
  copyFileSync,
  createReadStream,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, normalize } from "node:path";
import test, { type ExecutionContext } from "ava";
import { Updater } from "tuf-js";
import { readDelta } from "./delta-reader.ts";
import { DeskFixture, openDesk, sampleImage } from "./desk-fixture.ts";

/** A plain static web host. */
async function serve(t: ExecutionContext, folder: string): Promise<string> {
  const server = createServer(({ url = "/" }, response) => {
    const file = join(folder, normalize(decodeURIComponent(url)));
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) response.writeHead(404).end();
    else createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A client that trusts the first root; `update` begins anew with what it has come to trust. */
function openClient(t: ExecutionContext, desk: DeskFixture, base: string) {
  const metadataDir = mkdtempSync(join(tmpdir(), "thirteen-tuf-"));
  t.teardown(() => rmSync(metadataDir, { recursive: true, force: true }));
  copyFileSync(desk.path("public/metadata/1.root.json"), join(metadataDir, "root.json"));
  return async (...paths: readonly string[]): Promise<Buffer[]> => {
    const updater = new Updater({
      metadataDir,
      targetDir: metadataDir,
      metadataBaseUrl: `${base}/metadata`,
      targetBaseUrl: `${base}/targets`,
      config: { fetchRetries: 0 },
    });
    await updater.refresh();
    const files: Buffer[] = [];
    for (const path of paths) {
      const info = await updater.getTargetInfo(path);
      if (!info) throw new Error(`no target ${path}`);
      files.push(readFileSync(await updater.downloadTarget(info, join(metadataDir, "target"))));
    }
    return files;
  };
}

const index = "T13-LAMP-1/desk/current.json";

test("tuf-js verifies a release, its delta and its index, and follows new keys of every role", async (t) => {
  const desk = await openDesk(t);
  desk.now = new Date();
  const first = await desk.release("1.0.0", "--percent", "100");
  await desk.signAndPublish();
  const update = openClient(t, desk, await serve(t, desk.path("public")));
  const [listed, image] = await update(index, "T13-LAMP-1/desk/1.0.0.bin");
  t.deepEqual(JSON.parse(listed!.toString()), { v: 1, targets: ["T13-LAMP-1/desk/1.0.0.bin"] });
  t.true(image!.equals(first));

  const second = await desk.release("1.0.1");
  for (const role of ["root", "targets", "snapshot", "timestamp"])
    await desk.must("rotate", "--role", role);
  await desk.signAndPublish();
  const [next] = await update(index);
  const { targets } = JSON.parse(next!.toString()) as { targets: string[] };
  t.is(targets.length, 3);
  const [whole, delta, before] = await update(...targets);
  t.true(whole!.equals(second));
  t.true(before!.equals(first));
  t.true(Buffer.from(readDelta(delta!, first)).equals(second));
});

test("tuf-js verifies what a desk with P-256 keys signs, new keys included, and so does a unit", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "thirteen-p256-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const desk = new DeskFixture(folder);
  desk.now = new Date();
  await desk.must("init", "--development", "--keys", "p256");
  const must = (...args: string[]) => desk.must(...args, "--development");
  const image = sampleImage("1.0.0");
  await must(...desk.addArguments(image, ["--percent", "100"]));
  // Both ask the device's own verifier before they are done.
  await must("sign");
  await must("publish");
  const update = openClient(t, desk, await serve(t, desk.path("public")));
  const [, taken] = await update(index, "T13-LAMP-1/desk/1.0.0.bin");
  t.true(taken!.equals(image));
  await must("rotate", "--role", "timestamp");
  await must("sign");
  await must("publish");
  await t.notThrowsAsync(update());
  const root = JSON.parse(readFileSync(desk.path("public/metadata/2.root.json"), "utf8"));
  const kinds = Object.values<{ scheme: string }>(root.signed.keys).map(({ scheme }) => scheme);
  t.deepEqual(
    [...new Set(kinds)],
    ["ecdsa-sha2-nistp256"],
    "a key that replaces one is of its kind",
  );
});

test("tuf-js refuses the same folder when one signature of a new root is missing", async (t) => {
  const desk = await openDesk(t);
  desk.now = new Date();
  await desk.release("1.0.0");
  await desk.signAndPublish();
  const update = openClient(t, desk, await serve(t, desk.path("public")));
  await t.notThrowsAsync(update());
  await desk.must("rotate", "--role", "root");
  await desk.signAndPublish();
  const file = desk.path("public/metadata/2.root.json");
  const root = JSON.parse(readFileSync(file, "utf8"));
  // Signed by the new key and two old ones: with one old one it is short for the root before it.
  const old = JSON.parse(readFileSync(desk.path("public/metadata/1.root.json"), "utf8"));
  const isOld = ({ keyid }: { keyid: string }) => old.signed.roles.root.keyids.includes(keyid);
  const kept = root.signatures.filter(isOld).slice(1);
  root.signatures = [...root.signatures.filter((one: { keyid: string }) => !isOld(one)), ...kept];
  desk.write("public/metadata/2.root.json", JSON.stringify(root));
  await t.throwsAsync(update(), { message: /signed by 1\/2 keys/ });
});
