/** The TUF project's own conformance suite, if `TUF_CONFORMANCE` names a checkout of it: README.md. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";

const suite = process.env.TUF_CONFORMANCE;
const client = fileURLToPath(new URL("./client", import.meta.url));

if (!suite) test.skip("TUF conformance: TUF_CONFORMANCE names no checkout of the suite", () => {});
else
  test("TUF conformance: the upstream suite passes", async (t) => {
    t.timeout(30 * 60_000);
    const folder = join(suite, "tuf_conformance");
    t.true(existsSync(folder), `no suite in ${folder}`);
    const args = ["-m", "pytest", "-q", "-p", "no:cacheprovider", folder, "--entrypoint", client];
    const child = spawn("python3", args, { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (data) => {
      output += data;
    });
    const code = await new Promise((resolve) => {
      child.on("close", resolve);
      child.on("error", (error) => resolve(error.message));
    });
    t.log(output.trim().split("\n").slice(-1)[0]);
    t.is(code, 0, output);
    t.regex(output, /\d+ passed/, "tests were run");
  });
