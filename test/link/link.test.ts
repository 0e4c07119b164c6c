/** The link against a real broker: aedes, over real TLS with certificates made here. */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { Link, type LinkOptions, type LinkState } from "../../device/link/link.ts";
import { decodeText, encodeText } from "../../device/platform/text.ts";
import { AedesBroker, type Credentials, makeCredentials } from "./aedes-broker.ts";
import { NodeTLS } from "./node-tls.ts";

const id = "0123456789abcdefghjkmnpqrs";
const topic = (name: string) => `units/${id}/${name}`;

let shared: Credentials;
test.before(async () => {
  shared = await makeCredentials(id);
});

async function until(what: string, holds: () => boolean, timeoutMs = 15_000): Promise<void> {
  const endMs = Date.now() + timeoutMs;
  while (!holds()) {
    if (Date.now() > endMs) throw new Error(`in ${timeoutMs} ms not: ${what}`);
    await sleep(5);
  }
}

interface Desk {
  link: Link;
  states: LinkState[];
  commands: string[];
  refused: string[];
  acknowledged: number[];
}

/** A link that dials `port`; stopped with the test. Retries are quick so that tests are. */
function makeLink(t: ExecutionContext, port: number, change: Partial<LinkOptions> = {}): Desk {
  const desk: Omit<Desk, "link"> = { states: [], commands: [], refused: [], acknowledged: [] };
  const timers = new Map<number, NodeJS.Timeout>();
  let nextTimer = 1;
  const link = new Link({
    TLS: NodeTLS,
    timer: {
      set: (callback, delayMs) => {
        timers.set(nextTimer, setTimeout(callback, delayMs));
        return nextTimer++;
      },
      clear: (timer) => clearTimeout(timers.get(timer)),
    },
    clock: { ticks: () => performance.now(), wall: () => undefined },
    random: (length) => randomBytes(length),
    trace: () => undefined,
    endpoint: { host: "127.0.0.1", port, serverName: "broker.test" },
    identity: shared.identity,
    onCommand: (payload) => desk.commands.push(decodeText(payload) ?? "?"),
    onState: (state) => desk.states.push(state),
    onRefused: (reason) => desk.refused.push(reason),
    onAcknowledged: (ticket) => desk.acknowledged.push(ticket),
    limits: { backoff: { baseMs: 50, capMs: 400 } },
    ...change,
  });
  t.teardown(() => link.stop());
  return { link, ...desk };
}

async function startBroker(
  t: ExecutionContext,
  options: Parameters<typeof AedesBroker.start>[1] = {},
): Promise<AedesBroker> {
  const broker = await AedesBroker.start(shared.server, options);
  t.teardown(() => broker.close());
  return broker;
}

const lastPhase = (desk: Desk) => desk.states[desk.states.length - 1]?.phase;
const connected = (desk: Desk) => until("connected", () => lastPhase(desk) === "connected");
const texts = (broker: AedesBroker, name: string) =>
  broker.received.filter((entry) => entry.topic === topic(name)).map((entry) => entry.text);

test("connects, announces itself, obeys and reports", async (t) => {
  const broker = await startBroker(t);
  const desk = makeLink(t, broker.port);
  const state = desk.link.publish("state", encodeText('{"lamp":false}'));
  desk.link.start();
  await connected(desk);
  const event = desk.link.publish("event", encodeText("hello"));
  await until("acknowledged", () => desk.acknowledged.length === 2);
  t.deepEqual(desk.acknowledged, [state, event]);
  t.deepEqual(texts(broker, "availability"), ["online"]);
  t.deepEqual(texts(broker, "state"), ['{"lamp":false}']);
  t.deepEqual(texts(broker, "event"), ["hello"]);
  t.deepEqual(
    broker.received.map((entry) => entry.retain),
    [true, true, false],
  );
  for (const qos of [0, 1] as const)
    await broker.publish({ topic: topic("command"), payload: Buffer.from(`on ${qos}`), qos });
  await until("commands", () => desk.commands.length === 2);
  t.deepEqual(desk.commands, ["on 0", "on 1"]);
});

test("empty and much too large commands leave the link alive", async (t) => {
  const broker = await startBroker(t);
  const desk = makeLink(t, broker.port);
  desk.link.start();
  await connected(desk);
  const command = (payload: Buffer) => broker.publish({ topic: topic("command"), payload, qos: 1 });
  await command(Buffer.alloc(0));
  await command(Buffer.alloc(60_000, "x"));
  await command(Buffer.from("after"));
  await until("the last command", () => desk.commands.includes("after"));
  t.deepEqual(desk.commands, ["", "after"]);
  t.deepEqual(desk.refused, ["too-large"]);
  t.is(lastPhase(desk), "connected");
});

test("a command that was retained is refused on every connection", async (t) => {
  const broker = await startBroker(t);
  const payload = Buffer.from("on");
  await broker.publish({ topic: topic("command"), payload, qos: 1, retain: true });
  const desk = makeLink(t, broker.port);
  desk.link.start();
  await until("refused", () => desk.refused.length === 1);
  t.deepEqual([desk.refused, desk.commands], [["retained"], []]);
});

test("a broker that crashes is found again, and what it did not acknowledge is sent again", async (t) => {
  // The first broker takes "precious" and dies before it answers.
  const first = await AedesBroker.start(shared.server, {
    authorizePublish: (_client, packet, done) => {
      if (String(packet.payload) !== "precious") done(null);
    },
  });
  const { port } = first;
  const desk = makeLink(t, port);
  desk.link.start();
  await connected(desk);
  const precious = desk.link.publish("event", encodeText("precious"));
  await sleep(100);
  t.deepEqual([texts(first, "event"), desk.acknowledged], [[], []]);
  first.cut();
  await first.close();
  await until("waiting", () => lastPhase(desk) === "waiting");
  const during = desk.link.publish("event", encodeText("during the outage"));
  await sleep(300);

  const duplicates: boolean[] = [];
  const second = await startBroker(t, {
    port,
    authorizePublish: (_client, packet, done) => {
      if (packet.topic === topic("event")) duplicates.push(packet.dup);
      done(null);
    },
  });
  await until("both acknowledged", () => desk.acknowledged.length === 2);
  t.deepEqual(desk.acknowledged, [precious, during]);
  t.deepEqual(texts(second, "event"), ["precious", "during the outage"]);
  t.deepEqual(duplicates, [true, false]);
  await second.publish({ topic: topic("command"), payload: Buffer.from("again"), qos: 1 });
  await until("command", () => desk.commands.includes("again"));
});

test("the broker says offline for a unit that vanished, and the unit for itself when it stops", async (t) => {
  const broker = await startBroker(t);
  const desk = makeLink(t, broker.port, { limits: { backoff: { baseMs: 500, capMs: 600 } } });
  desk.link.start();
  await connected(desk);
  broker.cut();
  await until("the will", () => texts(broker, "availability").includes("offline"));
  await until("online again", () => texts(broker, "availability").length === 3);
  desk.link.stop();
  await until("goodbye", () => texts(broker, "availability").length === 4);
  await until("hung up", () => broker.connections === 0);
  await sleep(50);
  t.deepEqual(texts(broker, "availability"), ["online", "offline", "online", "offline"]);
  t.is(lastPhase(desk), "stopped");
});

test("a broker that refuses the unit is not asked again soon", async (t) => {
  let asked = 0;
  const broker = await startBroker(t, {
    authenticate: (_client, _user, _password, done) => {
      asked++;
      done(Object.assign(new Error("no"), { returnCode: 5 }), false);
    },
  });
  const desk = makeLink(t, broker.port);
  desk.link.start();
  await until("refused", () => lastPhase(desk) === "waiting");
  const state = desk.states[desk.states.length - 1];
  t.true(
    state?.phase === "waiting" && state.reason === "not-authorised" && state.retryMs >= 60_000,
  );
  await sleep(1_000);
  t.is(asked, 1);
});

for (const [name, change] of Object.entries({
  "a broker of another CA": async () => ({ anchors: (await makeCredentials(id)).identity.anchors }),
  "a broker, when the only anchor is the unit's own certificate,": async () => ({
    anchors: [shared.identity.certificate[0] as Uint8Array],
  }),
}))
  test(`${name} is refused before a byte of MQTT, and not in a spin`, async (t) => {
    const broker = await startBroker(t);
    const identity = { ...shared.identity, ...(await change()) };
    const desk = makeLink(t, broker.port, { identity });
    desk.link.start();
    await sleep(1_500);
    t.false(desk.states.some((state) => state.phase === "connected"));
    const losses = desk.states.filter((state) => state.phase === "waiting");
    t.true(losses.length >= 3 && losses.length < 30, `${losses.length} attempts`);
    t.true(losses.every((state) => state.reason === "not-reached" && state.detail !== ""));
    t.deepEqual(broker.received, []);
  });

test("a broker with another name is refused", async (t) => {
  const broker = await startBroker(t);
  const endpoint = { host: "127.0.0.1", port: broker.port, serverName: "other.test" };
  const desk = makeLink(t, broker.port, { endpoint });
  desk.link.start();
  await until("refused", () => lastPhase(desk) === "waiting");
  const state = desk.states[desk.states.length - 1];
  t.true(state?.phase === "waiting" && /other\.test/.test(state.detail));
  t.deepEqual(broker.received, []);
});

test("a thousand events pass through the window in order, none lost or doubled", async (t) => {
  const broker = await startBroker(t);
  const sent: string[] = [];
  const publishNext = () => {
    if (sent.length === 1_000) return;
    sent.push(`event ${sent.length}`);
    desk.link.publish("event", encodeText(sent[sent.length - 1] as string));
  };
  const desk: Desk = makeLink(t, broker.port, {
    onAcknowledged: (ticket) => {
      desk.acknowledged.push(ticket);
      publishNext();
    },
  });
  for (let count = 0; count < 30; count++) publishNext();
  desk.link.start();
  await until("all acknowledged", () => desk.acknowledged.length === 1_000);
  t.deepEqual(texts(broker, "event"), sent);
  t.deepEqual(
    desk.acknowledged,
    sent.map((_text, index) => index + 1),
  );
});
