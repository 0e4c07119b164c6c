/**
 * `npm run conformance`: runs the device through every provision and writes what it saw, as a signed
 * record and as a report for people.
 */
import { execFileSync } from "node:child_process";
import { createPrivateKey } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import product from "../../device/about/product.json" with { type: "json" };
import { version } from "../../device/about/version.ts";
import { runCommandLine, UsageError } from "../../host-sim/command-line.ts";
import { bundleFirmware } from "../../host-sim/runtime/bundle.ts";
import { Fault } from "../../provisioning/fault.ts";
import { fingerprint, seal } from "./chain.ts";
import { claims } from "./claims.ts";
import { gather } from "./evidence.ts";
import { ixitTable } from "./ixit/ixit.ts";
import { judge, type Row } from "./judge.ts";
import { allMutants } from "./mutant-registry.ts";
import { runControls } from "./mutant-run.ts";
import { countVerdicts, type MutantEntry, note, type RecordRow, shownByTest } from "./record.ts";
import { reportHtml } from "./report.ts";
import { projectRoot, Shadow } from "./shadow.ts";
import { provisions } from "./standard.ts";

const usage = `usage: npm run conformance -- [--json] [--out FOLDER] [--only ID,…] [--key FILE]

  --json    the counts and rows as JSON on standard output
  --out     where record.json, report.html and the evidence go (default build/conformance)
  --only    some provisions, or guidelines as g1 to g13; the record then says that it is partial
  --key     an Ed25519 private key (PEM) to sign with; one is made for this record where absent

Ends with 1 when a verdict is FAIL or a mutant survived.`;

await runCommandLine(usage, async () => {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      out: { type: "string" },
      only: { type: "string" },
      key: { type: "string" },
    },
  });
  const key = values.key === undefined ? undefined : privateKey(values.key);
  const chosen = choose(values.only);
  const folder = resolve(values.out ?? join(projectRoot, "build", "conformance"));
  rmSync(join(folder, "evidence"), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const say = (line: string) => process.stderr.write(`${line}\n`);

  const started = new Date();
  const ids = new Set(chosen.map(({ id }) => id));
  const ofChosen = claims.filter(({ provision }) => ids.has(provision));
  const mutants = (await allMutants()).filter(
    (mutant) => values.only === undefined || mutant.provisions.some((id) => ids.has(id)),
  );
  const named = [
    ...ofChosen.flatMap(({ tests }) => tests),
    ...mutants.map(({ killedBy }) => killedBy),
  ];
  const shadows = [new Shadow(), new Shadow()];
  let rows: Row[];
  let chain: RecordRow[];
  try {
    const evidence = await gather(named, shadows, folder, ({ file, passed, failed, seconds }) =>
      say(
        `${failed > 0 ? "RED  " : "green"} ${file}  ${passed} passed, ${failed} failed (${seconds} s)`,
      ),
    );
    const controls = await runControls(mutants, shadows, evidence.run, (result) =>
      say(`${result.verdict.padEnd(14)} ${result.area}/${result.id} (${result.seconds} s)`),
    );
    const seen = {
      find: evidence.find,
      mutants: controls.results,
      exists: (path: string) => existsSync(join(projectRoot, path)),
      ixit: ixitTable,
    };
    rows = chosen.map((provision) => {
      const claim = ofChosen.find((one) => one.provision === provision.id);
      return judge(provision, claim, seen);
    });
    const tried = controls.results.map((result): MutantEntry => {
      const { file, guard, broken } = mutants.find(({ id }) => id === result.id)!;
      return { ...result, file, guard, broken };
    });
    chain = [
      ...rows.map((of) => ({ kind: "provision", of }) as const),
      ...tried.map((of) => ({ kind: "mutant", of }) as const),
      ...evidence.files.map((of) => ({ kind: "evidence", of }) as const),
    ];
  } finally {
    for (const shadow of shadows) shadow.remove();
  }

  const ended = new Date();
  const tried = chain.filter((row) => row.kind === "mutant").map(({ of }) => of);
  const verdicts = (wanted: string) => tried.filter(({ verdict }) => verdict === wanted).length;
  const body = {
    format: "thirteen-conformance-record/1",
    note,
    product: { name: product.name, model: product.model, sample: product.sample },
    firmware: { version, sha256: (await bundleFirmware()).digest },
    tool: { ...commit(), node: process.version },
    started: started.toISOString(),
    ended: ended.toISOString(),
    seconds: Math.round((ended.getTime() - started.getTime()) / 1000),
    partial: values.only,
    counts: countVerdicts(rows),
    shownByTest: shownByTest(rows),
    mutants: {
      killed: verdicts("killed"),
      survived: verdicts("survived"),
      other: verdicts("not-applicable"),
    },
  } as const;
  const record = seal(body, chain, key);
  writeFileSync(join(folder, "record.json"), `${JSON.stringify(record, null, 1)}\n`);
  writeFileSync(join(folder, "report.html"), reportHtml(record));

  if (values.json) console.log(JSON.stringify({ ...body, rows }, null, 2));
  else {
    for (const row of rows.filter(({ verdict }) => verdict !== "PASS"))
      console.log(`${row.verdict.padEnd(13)} ${row.provision.padEnd(16)} ${why(row)}`);
    const counts = Object.entries(body.counts).map(([verdict, count]) => `${count} ${verdict}`);
    console.log(`${counts.join(", ")}; ${body.shownByTest} shown by test`);
    console.log(`${body.mutants.killed} of ${tried.length} mutants killed, in ${body.seconds} s`);
  }
  say(`${join(folder, "report.html")}, signed by the key ${fingerprint(record.seal)}`);
  if (body.counts.FAIL > 0 || body.mutants.killed < tried.length)
    throw new Fault("the record has failures: see the lines above, or the report");
});

function why({ verdict, conceptual, functional }: Row): string {
  const same = [functional, conceptual].filter((one) => one.verdict === verdict);
  return same.map(({ reason }) => reason)[0] ?? "";
}

function choose(only: string | undefined) {
  if (only === undefined) return provisions;
  const words = only.split(",");
  const some = provisions.filter(
    ({ id, guideline }) => words.includes(id) || words.includes(`g${guideline}`),
  );
  if (some.length === 0)
    throw new UsageError(`--only ${only}: no provision or guideline of that name (5.1-1, g3)`);
  return some;
}

function privateKey(file: string) {
  try {
    const key = createPrivateKey(readFileSync(file));
    if (key.asymmetricKeyType === "ed25519") return key;
  } catch {
    // Said below, without repeating what the file holds.
  }
  throw new Fault(`${file}: give an Ed25519 private key in PEM`);
}

function commit(): { commit: string; modified: boolean } {
  try {
    const git = (...args: string[]) =>
      execFileSync("git", args, { cwd: projectRoot, encoding: "utf8", stdio: "pipe" }).trim();
    return { commit: git("rev-parse", "HEAD"), modified: git("status", "--porcelain") !== "" };
  } catch {
    return { commit: "unknown", modified: true };
  }
}
