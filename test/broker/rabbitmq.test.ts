/** What of the RabbitMQ cluster can be held without RabbitMQ; `npm run cluster` holds the rest. */
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { connect, createServer } from "node:net";
import test from "ava";
import { Grants } from "../../host-sim/broker/broker-type.ts";
import { listen } from "../../host-sim/broker/listen.ts";
import { Front } from "../../host-sim/broker/rabbitmq/front.ts";
import { LogReader } from "../../host-sim/broker/rabbitmq/log.ts";
import { RulesService } from "../../host-sim/broker/rabbitmq/rules-service.ts";
import { perUnitRules } from "../../host-sim/broker/topic-rules.ts";
import { openRules } from "./brokers.ts";
import { unitId } from "./site.ts";

const example = (name: string) =>
  readFileSync(
    new URL(`../../host-sim/broker/rabbitmq/${name}.example`, import.meta.url),
    "utf8",
  ).split("\n");

const [unit, other] = [unitId(), unitId()];

async function withRules(
  run: (
    ask: (path: string, form: Record<string, string>) => Promise<string>,
    service: RulesService,
  ) => Promise<void>,
  revoked: readonly string[] = [],
): Promise<void> {
  const grants = new Grants();
  grants.add("owner-1", unit);
  const service = new RulesService({ rules: perUnitRules, grants, revoked: new Set(revoked) });
  await service.open();
  const ask = (path: string, form: Record<string, string>) =>
    new Promise<string>((answered, failed) => {
      const question = request({ port: service.port, host: "127.0.0.1", path, method: "POST" });
      question.on("error", failed);
      question.on("response", (response) => {
        let text = "";
        response.on("data", (part) => (text += String(part)));
        response.on("end", () => answered(text));
      });
      question.end(new URLSearchParams(form).toString());
    });
  try {
    await run(ask, service);
  } finally {
    await service.close();
  }
}

const topic = (username: string, permission: string, routing_key: string) => ({
  username,
  permission,
  routing_key,
  resource: "topic",
  name: "amq.topic",
});

test("RabbitMQ's questions are answered from the rules table", async (t) => {
  await withRules(async (ask) => {
    const login = { username: unit, vhost: "/", client_id: unit };
    t.is(await ask("/user", { username: unit }), "allow");
    t.is(await ask("/vhost", login), "allow");
    t.is(await ask("/topic", topic(unit, "write", `units.${unit}.state`)), "allow");
    t.is(await ask("/topic", topic(unit, "read", `units.${unit}.command`)), "allow");
    t.is(await ask("/topic", topic("owner-1", "write", `units.${unit}.command`)), "allow");
    const queue = { username: unit, resource: "queue", permission: "configure" };
    t.is(await ask("/resource", { ...queue, name: `mqtt-subscription-${unit}qos1` }), "allow");

    for (const [what, path, form] of [
      ["a stranger's name", "/user", { username: "guest" }],
      ["another's client id", "/vhost", { ...login, client_id: other }],
      ["another virtual host", "/vhost", { ...login, vhost: "other" }],
      ["another's report", "/topic", topic(unit, "write", `units.${other}.state`)],
      ["everything", "/topic", topic(unit, "read", "#")],
      ["all units' commands", "/topic", topic(unit, "read", "units.*.command")],
      [
        "a unit that was not granted",
        "/topic",
        topic("owner-1", "write", `units.${other}.command`),
      ],
      ["another's session", "/resource", { ...queue, name: `mqtt-subscription-${other}qos1` }],
      ["another exchange", "/resource", { ...queue, resource: "exchange", name: "amq.fanout" }],
      [
        "an exchange of its own",
        "/resource",
        { ...queue, resource: "exchange", name: "amq.topic" },
      ],
      ["an unknown question", "/other", login],
    ] as const)
      t.is(await ask(path, form), "deny", what);
  });
});

test("control: with the rules off, the same questions are answered otherwise", async (t) => {
  await withRules(async (ask, service) => {
    service.rules = openRules;
    t.is(await ask("/topic", topic(unit, "write", `units.${other}.state`)), "allow");
    t.is(await ask("/topic", topic(unit, "read", "#")), "allow");
  });
});

test("a revoked unit is answered no, to every question", async (t) => {
  await withRules(
    async (ask) => {
      t.is(await ask("/user", { username: unit }), "deny");
      t.is(await ask("/topic", topic(unit, "write", `units.${unit}.state`)), "deny");
      t.is(await ask("/user", { username: other }), "allow", "control: another is not");
    },
    [unit],
  );
});

test("a question that is none gets a no, and the service lives", async (t) => {
  await withRules(async (ask) => {
    t.is(await ask("/user", { username: "x".repeat(10_000) }).catch(() => "deny"), "deny");
    t.is(await ask("/user", { username: unit }), "allow");
  });
});

test("the example opens no listener without TLS, and none without a client's certificate", (t) => {
  const lines = example("rabbitmq.conf");
  for (const line of [
    "listeners.tcp = none",
    "listeners.ssl = none",
    "mqtt.listeners.tcp = none",
    "web_mqtt.tcp.listener = none",
    "ssl_options.verify = verify_peer",
    "ssl_options.fail_if_no_peer_cert = true",
    "mqtt.allow_anonymous = false",
    "auth_backends.1 = http",
    "load_definitions = /etc/rabbitmq/thirteen/definitions.json",
  ])
    t.true(lines.includes(line), line);
  t.deepEqual(
    lines.filter((line) => /^auth_backends|^ssl_options\.versions/.test(line)),
    [
      "ssl_options.versions.1 = tlsv1.3",
      "ssl_options.versions.2 = tlsv1.2",
      "auth_backends.1 = http",
    ],
  );
  const [policy] = JSON.parse(example("definitions.json").join("\n")).policies;
  t.is(policy.definition["ha-mode"], "all", "a session is on every node");
  t.true(new RegExp(policy.pattern).test(`mqtt-subscription-${unit}qos1`));
  const owners = example("advanced.config").join("\n");
  t.regex(owners, /\{verify, verify_peer\},\s*\{fail_if_no_peer_cert, true\}/);
  t.regex(owners, /owners-ca\.pem/);
  t.notRegex(owners, /device-ca\.pem/);
});

test("the log tells which unit came and went", (t) => {
  const log = new LogReader();
  const at = "2026-11-25 16:29:21.137473+00:00 [info] <0.1118.0> ";
  const remote = "127.0.0.1:58858";
  t.deepEqual(
    log.read(
      `${at}accepting MQTT connection <0.1118.0> (${remote} -> 127.0.0.1:36693, client id: ${unit})`,
    ),
    { type: "connected", name: unit, role: "unit", remote },
  );
  t.is(
    log.read(`${at}closing Web MQTT connection <0.1151.0> (127.0.0.1:46058 -> 127.0.0.1:41379)`),
    undefined,
  );
  t.deepEqual(
    log.read(
      `${at}MQTT connection "${remote} -> 127.0.0.1:36693" will terminate because peer closed TCP connection`,
    ),
    { type: "disconnected", name: unit },
  );
  t.is(
    log.read(`${at}closing MQTT connection <0.1118.0> (${remote} -> 127.0.0.1:36693)`),
    undefined,
    "told once",
  );
});

test("the front hands a connection to a node that answers", async (t) => {
  const node = createServer((socket) => socket.end("here"));
  const dead = createServer();
  const [alive, gone] = [await listen(node, 0), await listen(dead, 0)];
  await new Promise((closed) => dead.close(closed));
  const front = new Front([gone, alive]);
  await front.open();
  const heard = () =>
    new Promise<string>((ended) => {
      let text = "";
      connect({ port: front.port, host: "127.0.0.1" })
        .on("data", (part) => (text += String(part)))
        .on("error", () => {})
        .on("close", () => ended(text));
    });
  t.is(await heard(), "here");
  t.is(await heard(), "here");
  await new Promise((closed) => node.close(closed));
  t.is(await heard(), "", "with no node left, the connection ends");
  await front.close();
});
