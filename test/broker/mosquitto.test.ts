/** Mosquitto as we ship it: its files, its start and end, and what it cannot refuse. */
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import test from "ava";
import type { Broker, BrokerEvent } from "../../host-sim/broker/broker.ts";
import { Grants } from "../../host-sim/broker/broker-type.ts";
import { LogReader } from "../../host-sim/broker/mosquitto/log.ts";
import { startMosquitto } from "../../host-sim/broker/mosquitto/mosquitto.ts";
import { EXAMPLES, ownersRules } from "../../host-sim/broker/mosquitto/set-up.ts";
import { PERMISSIONS, topicOf } from "../../host-sim/broker/topic-rules.ts";
import { Stage } from "./attacks.ts";
import { mosquittoIsHere, startChanged } from "./brokers.ts";
import { makeSite } from "./site.ts";

const site = await makeSite();
const { unitA, unitB, owner, stranger } = site;
const live = mosquittoIsHere ? test.serial : test.serial.skip;
const example = (name: string) => readFileSync(join(EXAMPLES, `${name}.example`), "utf8");

async function withBroker(run: (broker: Broker, stage: Stage) => Promise<void>): Promise<void> {
  const broker = await startMosquitto(site.options);
  const stage = new Stage(site, broker);
  try {
    await run(broker, stage);
  } finally {
    await stage.leave();
    await broker.close();
  }
}

function rulesOf(text: string): string[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

test("every listener of the example is mutual TLS with rules and no anonymous", (t) => {
  const [general, ...listeners] = example("mosquitto.conf").split(/^listener /m);
  t.is(listeners.length, 2);
  t.false(/^(port|bind_address|bridge|connection) /m.test(general ?? ""));
  for (const listener of listeners)
    for (const line of [
      "allow_anonymous false",
      "require_certificate true",
      "use_identity_as_username true",
      "use_username_as_clientid true",
      "tls_version tlsv1.2",
    ])
      t.true(listener.split("\n").includes(line), line);
  for (const file of ["acl_file", "cafile"])
    t.is(new Set(example("mosquitto.conf").match(new RegExp(`^${file} .*`, "gm"))).size, 2, file);
});

test("the access rules are the rules table, word for word", (t) => {
  const { publish, subscribe } = PERMISSIONS.unit;
  t.deepEqual(rulesOf(example("units.acl")), [
    ...publish.map((leaf) => `pattern write ${topicOf("%u", leaf)}`),
    ...subscribe.map((leaf) => `pattern read ${topicOf("%u", leaf)}`),
  ]);
  t.deepEqual(rulesOf(example("owners.acl")), [], "nobody is granted anything as shipped");
  const grants = new Grants();
  grants.add("owner-1", unitA.name);
  t.deepEqual(rulesOf(ownersRules("# shipped\n", grants)), [
    "user owner-1",
    ...PERMISSIONS.owner.publish.map((leaf) => `topic write ${topicOf(unitA.name, leaf)}`),
    ...PERMISSIONS.owner.subscribe.map((leaf) => `topic read ${topicOf(unitA.name, leaf)}`),
  ]);
});

test("the log tells who came and went and why a handshake failed", (t) => {
  const log = new LogReader(8884);
  const read = (...lines: string[]) => lines.map((line) => log.read(`1795340288: ${line}`)).at(-1);
  const arrive = (port: number, name: string) =>
    read(
      `New connection from 127.0.0.1:5000 on port ${port}.`,
      `New client connected from 127.0.0.1:5000 as ${name} (p2, c1, k60, u'${name}').`,
    );
  const connected = { type: "connected", remote: "127.0.0.1:5000" };
  t.deepEqual(arrive(8883, unitA.name), {
    ...connected,
    name: unitA.name,
    role: "unit",
  } as BrokerEvent);
  t.deepEqual(arrive(8884, "owner-1"), {
    ...connected,
    name: "owner-1",
    role: "owner",
  } as BrokerEvent);
  t.is(arrive(8883, "owner-1"), undefined, "an owner's name where units connect is nobody");
  t.deepEqual(read("Client owner-1 closed its connection."), {
    type: "disconnected",
    name: "owner-1",
  });
  t.deepEqual(read("Client owner-1 has exceeded timeout, disconnecting."), {
    type: "disconnected",
    name: "owner-1",
  });
  t.is(read("Client <unknown> disconnected: Protocol error."), undefined);
  const failure = (text: string) => read(`OpenSSL Error[0]: error:0A000086:SSL routines::${text}`);
  const refused = (reason: string) => ({ type: "refused", reason, remote: "?" }) as BrokerEvent;
  t.deepEqual(failure("certificate verify failed"), refused("untrusted-certificate"));
  t.deepEqual(failure("peer did not return a certificate"), refused("no-certificate"));
  t.deepEqual(failure("wrong version number"), refused("plaintext"));
  t.deepEqual(failure("unsupported protocol"), refused("tls-version"));
  t.is(failure("unexpected eof while reading"), undefined);
});

test("without the program: one line that says how to get it", async (t) => {
  await t.throwsAsync(startMosquitto({ ...site.options, program: "/nowhere/mosquitto" }), {
    message: /^Mosquitto is not installed: .*apt-get install mosquitto.*brew install mosquitto.$/,
  });
});

live("a busy port is one clear line", async (t) => {
  const holder = createServer();
  await new Promise<void>((done) => holder.listen(0, "127.0.0.1", done));
  const address = holder.address();
  const port = typeof address === "object" && address ? address.port : 0;
  for (const busy of [{ port }, { ownersPort: port }])
    await t.throwsAsync(startMosquitto({ ...site.options, ...busy }), {
      message: new RegExp(`^Port ${port} of 127.0.0.1 is in use by another program: .*$`),
    });
  await new Promise((closed) => holder.close(closed));
});

live("a configuration Mosquitto refuses is told with its own words", async (t) => {
  const error = await t.throwsAsync(
    startChanged(site, (file, text) =>
      file === "mosquitto.conf" ? `${text}\nnonsense 1\n` : text,
    ),
  );
  t.regex(error?.message ?? "", /^Mosquitto did not start.*nonsense/);
});

live("an example that lost a line is an error, not a gap", async (t) => {
  await t.throwsAsync(
    startChanged(site, (_file, text) => text.replace("\nlistener 8884\n", "\nlistener 8885\n")),
    { message: /no line "listener 8884"/ },
  );
});

live("restart keeps ports, grants and the last state", async (t) => {
  await withBroker(async (broker, stage) => {
    const { port, ownersPort } = broker;
    await broker.grant(owner.name, unitB.name);
    const unit = await stage.enter("unit", unitB);
    await unit.publish(stage.topicB("state"), "last", true);
    await broker.restart();
    await unit.until(() => unit.closed, "close");
    t.deepEqual({ port, ownersPort }, { port: broker.port, ownersPort: broker.ownersPort });
    const watcher = await stage.enter("owner", owner);
    await watcher.subscribe(stage.topicB("state"));
    await watcher.untilReceived("last");
    t.true(watcher.received[0]?.retain);
  });
});

live("a withdrawn grant silences an open connection, and others keep theirs", async (t) => {
  await withBroker(async (broker, stage) => {
    await broker.grant(owner.name, unitB.name);
    await broker.grant(stranger.name, unitB.name);
    const [mine, others] = [await stage.watcher(), await stage.enter("owner", stranger)];
    await others.subscribe(stage.topicB("state"));
    const unit = await stage.enter("unit", unitB);
    await broker.withdraw(owner.name, unitB.name);
    await unit.publish(stage.topicB("state"), "while withdrawn");
    await others.untilReceived("while withdrawn");
    await broker.grant(owner.name, unitB.name);
    await unit.publish(stage.topicB("state"), "after");
    await mine.untilReceived("after");
    t.deepEqual(
      mine.received.map(({ text }) => text),
      ["after"],
    );
  });
});

live("names that are no names never reach the rules file", async (t) => {
  await withBroker(async (broker) => {
    for (const [who, unit] of [
      ["owner-1\ntopic readwrite #", unitA.name],
      ["owner-1", "#"],
      [unitA.name, unitA.name],
    ] as const)
      await t.throwsAsync(broker.grant(who, unit), { message: /^Cannot grant/ });
  });
});

live("events: who connected, who was refused, who left", async (t) => {
  await withBroker(async (broker, stage) => {
    const events: BrokerEvent[] = [];
    let told = () => {};
    broker.watch((event) => {
      events.push(event);
      told();
    });
    /** Mosquitto tells of a client in its log, which may be read after the client has its answer. */
    const until = async (type: BrokerEvent["type"]) => {
      while (events.at(-1)?.type !== type)
        await new Promise<void>((resolve) => {
          told = resolve;
        });
    };
    t.is(await stage.tryEnter("unit", owner), undefined, "an owner where units connect");
    await until("refused");
    t.like(events[0], { type: "refused", reason: "untrusted-certificate" });
    await (await stage.enter("unit", unitA)).end();
    await until("disconnected");
    t.like(events.at(-2), { type: "connected", name: unitA.name, role: "unit" });
    t.deepEqual(events.at(-1), { type: "disconnected", name: unitA.name });
  });
});

live(
  "known limit: a retained command is kept, but marked, so that a unit can refuse it",
  async (t) => {
    await withBroker(async (broker, stage) => {
      await broker.grant(owner.name, unitB.name);
      const commander = await stage.enter("owner", owner);
      await commander.publish(stage.topicB("command"), "again and again", true);
      const unit = await stage.victim();
      await unit.untilReceived("again and again");
      t.true(unit.received[0]?.retain);
    });
  },
);

live("close leaves no process and frees the ports", async (t) => {
  const broker = await startMosquitto(site.options);
  const { port, ownersPort } = broker;
  await broker.close();
  const again = await startMosquitto({ ...site.options, port, ownersPort });
  t.deepEqual([again.port, again.ownersPort], [port, ownersPort]);
  await again.close();
});
