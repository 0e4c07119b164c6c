/** The client's command line, against a repository of our own: what runs without the suite. */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { Repository } from "../update/repository.ts";
import { ed25519Signer } from "../update/signers.ts";

const client = fileURLToPath(new URL("./client", import.meta.url));

function run(...args: string[]): Promise<{ code: number | null; stderr: string }> {
  const child = spawn("sh", [client, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, stderr })));
}

test("init, download, and an attack in between", async (t) => {
  const repository = new Repository(ed25519Signer, Math.floor(Date.now() / 1000));
  repository.addTarget("lamp/a.bin", "image");
  repository.release();
  let image = "image";
  const server = createServer((request, response) => {
    const [, kind, ...path] = (request.url ?? "").split("/");
    const bytes = kind === "metadata" ? repository.files.get(path.join("/")) : Buffer.from(image);
    response.statusCode = bytes ? 200 : 404;
    response.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const folder = await mkdtemp(join(tmpdir(), "thirteen-tuf-client-"));
  t.teardown(async () => {
    server.close();
    await rm(folder, { recursive: true, force: true });
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const common = ["--metadata-dir", folder, "--metadata-url", `${url}/metadata/`];
  const targets = join(folder, "targets");
  await mkdir(targets);
  const download = () =>
    run(
      ...common,
      ...["--target-name", "lamp/a.bin", "--target-base-url", `${url}/targets`],
      ...["--target-dir", targets, "download"],
    );

  t.like(await download(), { code: 1, stderr: "there is no trusted root: run init\n" });
  await writeFile(join(folder, "first.json"), repository.firstRoot);
  t.is((await run("--metadata-dir", folder, "init", join(folder, "first.json"))).code, 0);
  image = "forged";
  t.like(await download(), { code: 1, stderr: "lamp/a.bin: too-large\n" });
  image = "imagf";
  t.like(await download(), { code: 1, stderr: "lamp/a.bin: wrong length or hash\n" });
  t.deepEqual(await readdir(targets), []);
  image = "image";
  t.is((await download()).code, 0);
  const [name = ""] = await readdir(targets);
  t.is(await readFile(join(targets, name), "utf8"), "image");
  repository.signing.timestamp = [ed25519Signer(99)];
  repository.publish("timestamp");
  t.like(await download(), { code: 1, stderr: "timestamp: threshold-not-met\n" });
});
