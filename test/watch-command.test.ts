/**
 * `npm run watch` at a ruled broker: an attack is flagged, a quiet day is not, and what is wrong with
 * the command or its papers is one line. What it notices is `watch.test.ts`'s.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test, { type ExecutionContext } from "ava";
import { type InProcessBroker, startBroker } from "../host-sim/broker/broker.ts";
import { perUnitRules, topicOf } from "../host-sim/broker/topic-rules.ts";
import type { TlsOptions } from "../host-sim/broker/way-in.ts";
import { keepWatch } from "../host-sim/watch/broker-post.ts";
import type { Flag } from "../host-sim/watch/watcher.ts";
import { toPem } from "../provisioning/certificate-authority.ts";
import { Fault } from "../provisioning/fault.ts";
import { clientOptions, connect, makeSite, SERVER_NAME, type TestClient } from "./broker/site.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const papers = mkdtempSync(join(tmpdir(), "thirteen-watch-"));
test.after.always(() => rmSync(papers, { recursive: true, force: true }));

const site = await makeSite();
const { unitA, unitB, owner } = site;
const both = [unitA.name, unitB.name];
const file = (name: string, text: string): string => {
  const path = join(papers, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
};
const pem = (who: typeof owner) => ({
  cert: who.chain.map((der) => toPem("CERTIFICATE", der)).join(""),
  key: toPem("PRIVATE KEY", who.privateKey),
});
const ca = toPem("CERTIFICATE", site.serverAuthority.certificate);
const files: Readonly<Record<string, string>> = {
  ca: file("ca.pem", ca),
  cert: file("watcher.pem", pem(owner).cert),
  key: file("watcher.key", pem(owner).key),
  units: file("units.txt", `# the street\n${unitA.name}\n\n${unitB.name} # B\n${unitA.name}\n`),
};

interface Opened {
  readonly broker: InProcessBroker;
  readonly asked: readonly string[];
}

/** A broker on which the watcher is granted both units, and every filter that anybody asked for. */
async function open(t: ExecutionContext, granted = both): Promise<Opened> {
  const asked: string[] = [];
  const subscribe: typeof perUnitRules.subscribe = (peer, filter, ...rest) => {
    if (peer.role === "owner") asked.push(filter);
    return perUnitRules.subscribe(peer, filter, ...rest);
  };
  const broker = await startBroker({ ...site.options, rules: { ...perUnitRules, subscribe } });
  t.teardown(() => broker.close());
  for (const unit of granted) await broker.grant(owner.name, unit);
  return { broker, asked };
}

async function watching(
  t: ExecutionContext,
  broker: InProcessBroker,
  units = both,
  trust: Partial<TlsOptions> = {},
) {
  const flags: Flag[] = [];
  const notes: string[] = [];
  const watch = await keepWatch(
    {
      host: "127.0.0.1",
      port: broker.ownersPort,
      tls: { servername: SERVER_NAME, ca, ...pem(owner), ...trust },
      name: owner.name,
      ...{ units, reconnectMs: 100 },
    },
    { onFlag: (flag) => flags.push(flag), onNote: (line) => notes.push(line) },
  );
  t.teardown(watch.close);
  return { flags, notes };
}

async function enter(t: ExecutionContext, broker: InProcessBroker, who: typeof unitA) {
  const unit = await connect(clientOptions(site, broker, "unit", who));
  t.teardown(() => unit.end());
  return unit;
}

/** A unit's security events, numbered as its journal numbers them. */
function journalOf(client: TestClient, unit: string, first = 1) {
  let sequence = first - 1;
  return async (event: string, reason?: string) => {
    sequence += 1;
    const entry = { event, sequence, ...(reason === undefined ? {} : { reason }) };
    await client.publish(topicOf(unit, "event"), JSON.stringify(entry));
  };
}

async function until(met: () => boolean, what: string, ms = 20_000): Promise<void> {
  for (const end = Date.now() + ms; !met(); await new Promise((soon) => setTimeout(soon, 10)))
    if (Date.now() > end) throw new Error(`not in time: ${what}`);
}

interface Command {
  readonly child: ChildProcess;
  out: string;
  errors: string;
  readonly status: Promise<number | null>;
}

/** What `npm run watch` runs, without npm; undefined leaves an option out. */
function command(
  t: ExecutionContext,
  options: Readonly<Record<string, string | undefined>>,
  ...more: string[]
): Command {
  const given = Object.entries({ ...files, "server-name": SERVER_NAME, ...options });
  const args = given.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));
  const child = spawn(
    process.execPath,
    ["--import", "tsx", "host-sim/watch/watch.ts", ...args, ...more],
    { cwd: root, stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 },
  );
  t.teardown(() => child.kill("SIGKILL"));
  const run: Command = {
    ...{ child, out: "", errors: "" },
    status: once(child, "close").then(([status]) => status as number | null),
  };
  child.stdout.setEncoding("utf8").on("data", (text) => {
    run.out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    run.errors += text;
  });
  return run;
}

test("an attack is a line of JSON, and Ctrl+C ends the command cleanly", async (t) => {
  const { broker } = await open(t);
  const run = command(t, { broker: `127.0.0.1:${broker.port}` }, "--json");
  const begun = () => run.errors.includes("\n") || run.child.exitCode !== null;
  await until(begun, "the command watches");
  t.regex(run.errors, /^Watching 2 units at 127/);
  const unit = await enter(t, broker, unitB);
  const tell = journalOf(unit, unitB.name);
  for (let guess = 0; guess < 5; guess++) await tell("pairing-refused", "not-proved");
  await until(() => run.out.includes("\n"), "a flag");
  const { atMs, ...flag } = JSON.parse(run.out) as Flag;
  t.deepEqual(flag, {
    ...{ signal: "guessing", about: unitB.name, events: 5 },
    words: "Somebody guesses the label's password.",
  });
  t.true(Math.abs(Date.now() - atMs) < 60_000);
  run.child.kill("SIGINT");
  t.is(await run.status, 0);
  t.regex(run.errors, /\n1 flag raised\.\n$/);
});

test("a quiet day is silent; control: one event more is flagged", async (t) => {
  const { broker } = await open(t);
  const { flags, notes } = await watching(t, broker);
  const unit = await enter(t, broker, unitA);
  const tell = journalOf(unit, unitA.name, 40);
  await unit.publish(topicOf(unitA.name, "availability"), "online", true);
  await unit.publish(topicOf(unitA.name, "state"), '{"lamp":true}', true);
  for (let mistake = 0; mistake < 4; mistake++) await tell("pairing-refused", "not-proved");
  for (let retry = 0; retry < 12; retry++) await tell("link-refused", "not-reached");
  await tell("update-confirmed");
  await tell("tampered");
  await until(() => flags.length > 0, "the control's flag");
  t.deepEqual(
    flags.map(({ signal, about }) => [signal, about]),
    [["damage", unitA.name]],
  );
  await tell("pairing-refused", "not-proved");
  await until(() => flags.length > 1, "the fifth guess");
  t.is(flags[1]!.signal, "guessing");
  t.deepEqual(notes, []);
});

test("it asks for events and availability, and for no report", async (t) => {
  const { broker, asked } = await open(t);
  await watching(t, broker);
  const topics = both.flatMap((unit) => [topicOf(unit, "event"), topicOf(unit, "availability")]);
  t.deepEqual([...new Set(asked)].sort(), topics.sort());
});

test("a cloned identity shows by its comings; what was retained is old news", async (t) => {
  const { broker } = await open(t);
  const unit = await enter(t, broker, unitB);
  const online = () => unit.publish(topicOf(unitB.name, "availability"), "online", true);
  await online();
  const { flags } = await watching(t, broker);
  const tell = journalOf(unit, unitB.name);
  for (let coming = 0; coming < 7; coming++) await online();
  await tell("tampered");
  await until(() => flags.length > 0, "the seventh is not yet one too many");
  await online();
  await until(() => flags.length > 1, "the eighth is");
  t.deepEqual(
    flags.map(({ signal }) => signal),
    ["damage", "comes-and-goes"],
  );
});

test("an outage of its own is not taken for a cut journal; control: a cut is", async (t) => {
  const { broker } = await open(t);
  const { flags, notes } = await watching(t, broker);
  const unit = await enter(t, broker, unitB);
  await journalOf(unit, unitB.name, 10)("tampered");
  await until(() => flags.length > 0, "it has heard number 10");
  broker.drop(owner.name);
  await until(() => notes.length > 0, "the loss is told");
  await until(() => notes.length > 1, "it comes back");
  t.deepEqual(notes, ["The broker is lost: blind until it is back.", "Back at the broker."]);
  await journalOf(unit, unitB.name, 40)("set-up-closed");
  await journalOf(unit, unitB.name, 60)("set-up-opened");
  await until(() => flags.length > 1, "the cut is flagged");
  t.deepEqual(
    flags.map(({ signal, events }) => [signal, events]),
    [
      ["damage", 1],
      ["missing-events", 19],
    ],
  );
});

test("a unit that is not granted is said, not left out", async (t) => {
  const { broker } = await open(t, [unitA.name]);
  const error = await t.throwsAsync(watching(t, broker));
  t.is(
    error.message,
    `The broker does not let ${owner.name} watch 1 of 2 units (${unitB.name}, …): grant them to it`,
  );
  await watching(t, broker, [unitA.name]);
});

test("what is wrong is one line, and the exit code says so", async (t) => {
  const { broker } = await open(t);
  const at = `127.0.0.1:${broker.port}`;
  const unknown = await makeSite();
  const alien = pem(unknown.owner);
  const aliens = { cert: file("alien.pem", alien.cert), key: file("alien.key", alien.key) };
  const wrong: readonly [Readonly<Record<string, string | undefined>>, number, RegExp][] = [
    [{ broker: at, ...aliens }, 1, /^The broker did not let owner-1 in: /],
    [{ broker: at, key: join(papers, "none") }, 1, /^--key .*none cannot be read \(ENOENT\)$/],
    [{ broker: undefined }, 2, /^--broker is missing; see --help$/],
  ];
  // One at a time: at once they would wait for each other's compiler.
  for (const [options, status, line] of wrong) {
    const run = command(t, options);
    t.is(await run.status, status);
    t.regex(run.errors.trimEnd(), line);
    t.is(run.errors.trimEnd().split("\n").length, 1, run.errors);
    t.is(run.out, "");
  }
  await broker.close();
  const gone = await t.throwsAsync(watching(t, broker));
  t.regex(gone.message, /^No broker answers at 127\.0\.0\.1 port [0-9]+ \(ECONNREFUSED\): /);
  t.true(gone instanceof Fault);
});

test("a broker of another root, or of another name, is not talked to", async (t) => {
  const { broker } = await open(t);
  const elsewhere = await makeSite();
  const root = toPem("CERTIFICATE", elsewhere.serverAuthority.certificate);
  for (const [trust, line] of [
    [{ ca: root }, /^The broker's certificate does not verify against --ca \(/],
    [{ servername: "broker.example" }, /^The broker's certificate is not for broker\.example: /],
  ] as const)
    t.regex((await t.throwsAsync(watching(t, broker, both, trust))).message, line);
  await watching(t, broker);
});
