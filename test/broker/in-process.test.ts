/** What the in-process broker does beyond the rules: reasons, bounds, and leaving no trace. */
import { connect as connectPlain, createServer } from "node:net";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import test from "ava";
import {
  type BrokerEvent,
  type InProcessBroker,
  type InProcessOptions,
  type Refusal,
  startBroker,
} from "../../host-sim/broker/broker.ts";
import {
  generateKeyPair,
  issueCertificate,
  toPem,
} from "../../provisioning/certificate-authority.ts";
import { Stage } from "./attacks.ts";
import { openRules } from "./brokers.ts";
import { doors, honestKnock } from "./doors.ts";
import {
  type Credentials,
  clientOptions,
  connect,
  credentials,
  makeSite,
  nextYear,
  SERVER_NAME,
  type TestClient,
  yesterday,
} from "./site.ts";

const site = await makeSite();
const { unitA, unitB, owner } = site;
const stateA = `units/${unitA.name}/state`;
const commandA = `units/${unitA.name}/command`;

interface Scene {
  readonly broker: InProcessBroker;
  readonly stage: Stage;
  readonly events: BrokerEvent[];
  /** Resolves with the next (or an earlier) event of that type for which `fits`. */
  until<T extends BrokerEvent["type"]>(
    type: T,
    fits?: (event: Extract<BrokerEvent, { type: T }>) => boolean,
  ): Promise<Extract<BrokerEvent, { type: T }>>;
}

async function scene(
  options: Partial<InProcessOptions>,
  run: (scene: Scene) => Promise<void>,
): Promise<void> {
  const broker = await startBroker({ ...site.options, ...options });
  const stage = new Stage(site, broker);
  const events: BrokerEvent[] = [];
  broker.watch((event) => events.push(event));
  const until: Scene["until"] = async (type, fits = () => true) => {
    const deadline = Date.now() + 10_000;
    for (;;) {
      for (const event of events)
        if (event.type === type && fits(event as Parameters<typeof fits>[0]))
          return event as Parameters<typeof fits>[0];
      if (Date.now() > deadline) throw new Error(`no ${type} event: ${JSON.stringify(events)}`);
      await new Promise((later) => setTimeout(later, 5));
    }
  };
  try {
    await run({ broker, stage, events, until });
  } finally {
    await stage.leave();
    await broker.close();
  }
}

/** TLS as a unit does it, for what MQTT.js would never send. */
async function rawUnit(broker: InProcessBroker, who: Credentials, more: ConnectionOptions = {}) {
  const socket = connectTls({
    host: "127.0.0.1",
    port: broker.port,
    servername: SERVER_NAME,
    ca: toPem("CERTIFICATE", site.serverAuthority.certificate),
    cert: who.chain.map((der) => toPem("CERTIFICATE", der)).join(""),
    key: toPem("PRIVATE KEY", who.privateKey),
    ...more,
  });
  socket.on("error", () => {});
  await new Promise((secure) => socket.once("secureConnect", secure));
  return socket;
}

function closing(socket: TLSSocket): Promise<unknown> {
  socket.resume();
  return new Promise((closed) => socket.once("close", closed));
}

/** CONNECT (MQTT 3.1.1 §3.1) of `clientId`: clean session, the given level (5: of MQTT 5) and keep-alive. */
function connectPacket(clientId: string, level = 4, keepAliveS = 60): Buffer {
  const tail = Buffer.from(clientId);
  const properties = level === 5 ? [0] : [];
  const head = [0, 4, ...Buffer.from("MQTT"), level, 2, 0, keepAliveS, ...properties];
  const body = [...head, 0, tail.length, ...tail];
  return Buffer.from([0x10, body.length, ...body]);
}

test("each locked door has its reason", async (t) => {
  const reasons: Record<string, Refusal> = {
    "no certificate": "no-certificate",
    "no certificate but a user name": "no-certificate",
    "a certificate of another CA that bears the same name": "untrusted-certificate",
    "a self-signed certificate": "untrusted-certificate",
    "a self-signed certificate with the genuine CA appended": "untrusted-certificate",
    "a certificate signed by a genuine unit": "untrusted-certificate",
    "an expired certificate": "expired-certificate",
    "a certificate that is not valid yet": "expired-certificate",
    "a server's certificate": "untrusted-certificate",
    plaintext: "plaintext",
    "TLS 1.1": "tls-version",
  };
  t.deepEqual(Object.keys(doors).sort(), Object.keys(reasons).sort());
  for (const [name, door] of Object.entries(doors)) {
    await scene({}, async ({ stage, until }) => {
      t.false(await door(stage), name);
      t.is((await until("refused")).reason, reasons[name]!, name);
    });
  }
});

test("an intermediate may issue units only when it is an anchor itself", async (t) => {
  const pair = generateKeyPair();
  const certificate = await issueCertificate(site.deviceAuthority, {
    commonName: "Station 1",
    usage: "client",
    publicKey: pair.publicKey,
    notBefore: yesterday,
    notAfter: nextYear,
    isAuthority: true,
  });
  const leaf = await credentials({ certificate, privateKey: pair.privateKey }, unitA.name);
  const who = { ...leaf, chain: [...leaf.chain, certificate] };
  await scene({}, async ({ stage, until }) => {
    t.is(await stage.tryEnter("unit", who), undefined);
    t.is((await until("refused")).reason, "untrusted-certificate");
  });
  const deviceAnchor = [site.deviceAuthority.certificate, certificate];
  await scene({ deviceAnchor }, async ({ stage }) => {
    t.truthy(await stage.tryEnter("unit", who), "control");
  });
});

test("an anchor listed for both roles lets nobody in", async (t) => {
  const both = [site.deviceAuthority.certificate, site.ownersAuthority.certificate];
  await scene({ ownersAnchor: both }, async ({ stage, until }) => {
    t.is(await stage.tryEnter("unit", unitA), undefined);
    t.is((await until("refused")).reason, "untrusted-certificate");
    t.truthy(await stage.tryEnter("owner", owner), "control: of one CA only");
  });
});

test("who a resumed TLS session is comes from its certificate too", async (t) => {
  await scene({}, async ({ broker, until, events }) => {
    const first = await rawUnit(broker, unitA);
    first.write(connectPacket(unitA.name));
    const session = await new Promise<Buffer>((got) => first.once("session", got));
    await until("connected");
    first.destroy();
    await until("disconnected");
    events.length = 0;
    const again = await rawUnit(broker, unitA, { session });
    t.true(again.isSessionReused());
    again.write(connectPacket(unitB.name));
    t.like(await until("refused"), { reason: "client-id", name: unitA.name });
    again.destroy();
  });
});

test("the events tell who, what and over which TLS", async (t) => {
  await scene({}, async ({ stage, until }) => {
    const unit = await stage.enter("unit", unitA);
    t.like(await until("connected"), { name: unitA.name, role: "unit", tls: "TLSv1.3" });
    await unit.publish(stateA, "on", true);
    const { topic, payload, retain } = await until("published");
    t.deepEqual(
      { topic, text: String(payload), retain },
      { topic: stateA, text: "on", retain: true },
    );
    await unit.publish(commandA, "x");
    t.like(await until("refused"), { reason: "topic", topic: commandA, name: unitA.name });
    t.like(await until("disconnected"), { name: unitA.name });
  });
});

test("TLS 1.2 is accepted with forward secrecy only", async (t) => {
  await scene({}, async ({ broker }) => {
    const socket = await rawUnit(broker, unitA, { maxVersion: "TLSv1.2" });
    t.is(socket.getProtocol(), "TLSv1.2");
    t.regex(socket.getCipher().name, /^ECDHE-.*(GCM|POLY1305)/);
    socket.destroy();
  });
});

test("a 256 MB announcement ends the connection before a byte of it is kept", async (t) => {
  await scene({}, async ({ broker, until }) => {
    const socket = await rawUnit(broker, unitA);
    socket.write(connectPacket(unitA.name));
    await until("connected");
    socket.write(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]));
    await closing(socket);
    t.like(await until("refused"), { reason: "too-large", name: unitA.name });
  });
});

test("control, limit off: the same announcement is waited for", async (t) => {
  await scene({ maxPacketBytes: 2 ** 28, rules: openRules }, async ({ broker, until, events }) => {
    const socket = await rawUnit(broker, unitA);
    socket.write(connectPacket(unitA.name));
    await until("connected");
    socket.write(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]));
    socket.write(Buffer.alloc(100_000));
    // Something else happens meanwhile: the broker has had its turn.
    await honestKnock(new Stage(site, broker));
    await until("disconnected", ({ name }) => name === unitA.name);
    t.false(events.some((event) => event.type === "refused"));
    socket.destroy();
  });
});

test("malformed, wrong version and endless keep-alive are refused by name", async (t) => {
  const cases: [string, Buffer, Refusal][] = [
    ["MQTT 5", connectPacket(unitA.name, 5), "protocol"],
    ["no keep-alive", connectPacket(unitA.name, 4, 0), "keep-alive"],
    ["not a CONNECT", Buffer.from([0xc0, 0]), "malformed"],
    ["garbage", Buffer.from([0xff, 2, 0xff, 0xff]), "malformed"],
  ];
  for (const [name, bytes, reason] of cases)
    await scene({}, async ({ broker, until }) => {
      const socket = await rawUnit(broker, unitA);
      socket.write(bytes);
      await closing(socket);
      t.is((await until("refused")).reason, reason, name);
    });
});

test("the silent are shown out, before and after the handshake", async (t) => {
  await scene({ handshakeTimeoutMs: 200 }, async ({ broker, until }) => {
    const socket = connectPlain(broker.port, "127.0.0.1");
    socket.on("error", () => {});
    await new Promise((closed) => socket.once("close", closed));
    t.is((await until("refused")).reason, "silent");
  });
  await scene({ connectTimeoutMs: 200 }, async ({ broker, until }) => {
    await closing(await rawUnit(broker, unitA));
    t.like(await until("refused"), { reason: "silent", name: unitA.name });
  });
});

test("no more connections than the limit", async (t) => {
  await scene({ maxConnections: 1 }, async ({ stage }) => {
    const first = await stage.enter("unit", unitA);
    t.is(await stage.tryEnter("unit", unitB), undefined);
    t.false(first.closed);
    await first.end();
    await t.notThrowsAsync(async () => {
      while (!(await stage.tryEnter("unit", unitB)));
    }, "control: room again");
  });
});

test("a revoked unit is thrown out and stays out", async (t) => {
  await scene({}, async ({ broker, stage, until }) => {
    const unit = await stage.enter("unit", unitA);
    broker.revoke(unitA.name);
    await unit.until(() => unit.closed, "close");
    t.is(await stage.tryEnter("unit", unitA), undefined);
    t.like(await until("refused"), { reason: "revoked", name: unitA.name });
    t.truthy(await stage.tryEnter("unit", unitB), "control");
  });
  await scene({ revoked: [unitB.name] }, async ({ stage }) => {
    t.is(await stage.tryEnter("unit", unitB), undefined);
  });
});

test("drop cuts one connection, and its will is published", async (t) => {
  await scene({}, async ({ broker, stage }) => {
    await broker.grant(owner.name, unitA.name);
    const watcher = await stage.enter("owner", owner);
    await watcher.subscribe(`units/${unitA.name}/availability`);
    const topic = `units/${unitA.name}/availability`;
    const will = { topic, payload: Buffer.from("offline"), qos: 1 as const, retain: true };
    await stage.enter("unit", unitA, { will });
    t.true(broker.drop(unitA.name));
    await watcher.untilReceived("offline");
    t.false(watcher.closed);
    t.false(broker.drop(unitB.name), "control: nobody there");
  });
});

test("a withdrawn grant silences an open connection at once", async (t) => {
  await scene({}, async ({ broker, stage }) => {
    await broker.grant(owner.name, unitA.name);
    const watcher = await stage.enter("owner", owner);
    await watcher.subscribe(stateA);
    const unit = await stage.enter("unit", unitA);
    await unit.publish(stateA, "before");
    await watcher.untilReceived("before");
    await broker.withdraw(owner.name, unitA.name);
    await unit.publish(stateA, "while withdrawn");
    await broker.grant(owner.name, unitA.name);
    await unit.publish(stateA, "after");
    await watcher.untilReceived("after");
    t.deepEqual(
      watcher.received.map(({ text }) => text),
      ["before", "after"],
    );
  });
});

test("at most a hundred messages wait for who is away", async (t) => {
  await scene({}, async ({ broker, stage }) => {
    await broker.grant(owner.name, unitA.name);
    const away = await stage.enter("unit", unitA, { clean: false });
    await away.subscribe(commandA);
    await away.mqtt.endAsync();
    const sender = await stage.enter("owner", owner);
    const numbers = Array.from({ length: 130 }, (_, index) => `${index + 1}`);
    await Promise.all(numbers.map((number) => sender.publish(commandA, number)));
    const received = await readBacklog(stage);
    t.deepEqual(
      received,
      Array.from({ length: 100 }, (_, index) => `${index + 1}`),
    );
    // Acknowledged, so there is room again.
    await sender.publish(commandA, "again");
    t.deepEqual(await readBacklog(stage), ["again"]);
  });
});

/** What waits for unit A: it comes back to its session, listens until quiet, and leaves. */
async function readBacklog(stage: Stage): Promise<string[]> {
  const back: TestClient = await stage.enter("unit", unitA, { clean: false });
  let seen = -1;
  while (seen !== back.received.length) {
    seen = back.received.length;
    await new Promise((later) => setTimeout(later, 300));
  }
  await back.mqtt.endAsync();
  return back.received.map(({ text }) => text);
}

test("restart comes back on the same port with the same grants", async (t) => {
  await scene({}, async ({ broker, stage }) => {
    await broker.grant(owner.name, unitA.name);
    const { port } = broker;
    const before = await stage.enter("owner", owner);
    await broker.restart();
    await before.until(() => before.closed, "close");
    t.is(broker.port, port);
    const after = await stage.enter("owner", owner);
    t.true(await after.subscribe(stateA));
  });
});

test("a busy port is one clear line, and close frees the port", async (t) => {
  const holder = createServer();
  const port = await new Promise<number>((got) => {
    holder.listen(0, "127.0.0.1", () => {
      const address = holder.address();
      got(typeof address === "object" && address ? address.port : 0);
    });
  });
  await t.throwsAsync(startBroker({ ...site.options, port }), {
    message: `Port ${port} of 127.0.0.1 is in use by another program: stop that one or choose another port (0 takes any free one).`,
  });
  await new Promise((closed) => holder.close(closed));
  const broker = await startBroker({ ...site.options, port });
  const open = await connect(clientOptions(site, broker, "unit", unitA));
  await broker.close();
  await open.until(() => open.closed, "close");
  const again = await startBroker({ ...site.options, port });
  t.is(again.port, port);
  await again.close();
  await again.close();
});
