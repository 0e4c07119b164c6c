import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { fork } from "../../provisioning/fork/fork.ts";
import { releaseFindings } from "../../provisioning/fork/release-check.ts";
import { projectRoot } from "../conformance/shadow.ts";
import { another } from "../documents/product.ts";

const today = "2027-02-01";

test("a new product lists what is left, and filling the list makes it pass", (t) => {
  const parent = mkdtempSync(join(tmpdir(), "thirteen-fork-"));
  t.teardown(() => rmSync(parent, { recursive: true, force: true }));
  const folder = join(parent, "acme-sensor");
  const { left } = fork("acme-sensor", folder);
  t.true(left.length >= 10);
  t.is(JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).name, "acme-sensor");
  for (const name of ["node_modules", ".git", "build", ".desk"])
    t.false(existsSync(join(folder, name)), name);

  const json = (path: string, value: unknown) =>
    writeFileSync(join(folder, path), `${JSON.stringify(value, null, 2)}\n`);
  json("device/about/product.json", another);
  json("provisioning/documents/data/support-history.json", [
    { model: another.model, published: today, supportEnd: another.supportEnd },
  ]);
  t.true(
    releaseFindings(folder, today).some(({ area }) => area === "documents"),
    "documents are old now",
  );
  symlinkSync(join(projectRoot, "node_modules"), join(folder, "node_modules"), "dir");
  const run = (...args: string[]) =>
    spawnSync(process.execPath, ["--import", "tsx", ...args], { cwd: folder, encoding: "utf8" });
  const written = run("test/documents/documents.ts");
  t.is(written.status, 0, written.stderr);
  t.deepEqual(releaseFindings(folder, today), []);
  const check = run("provisioning/fork/check-cli.ts", "--date", today, "--json");
  t.deepEqual(JSON.parse(check.stdout), { ready: true, findings: [] });
  t.is(
    run("provisioning/fork/check-cli.ts", "--date", "2034-01-01").status,
    1,
    "past its date it fails",
  );
});

test("a name that is none, a folder that holds something or lies inside: one line, nothing changed", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "thirteen-fork-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "mine.txt"), "mine");
  t.throws(() => fork("acme-sensor", folder), { message: /not empty/ });
  t.deepEqual(readdirSync(folder), ["mine.txt"]);
  t.throws(() => fork("Acme Sensor!", join(folder, "x")), { message: /--name/ });
  t.throws(() => fork("acme-sensor", join(projectRoot, "build", "fork")), {
    message: /inside this project/,
  });
});
