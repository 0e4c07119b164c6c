/** The rules as pure decisions: the whole table, and names and topics that only look right. */
import test from "ava";
import fc from "fast-check";
import {
  isNameOf,
  MAX_PAYLOAD_BYTES,
  type Message,
  type Peer,
  parseTopic,
  peerNamed,
  perUnitRules as rules,
  topicOf,
  type Verdict,
} from "../../host-sim/broker/topic-rules.ts";

const A = "0123456789abcdefghjkmnpqrs";
const B = "zyxwvtsrqpnmkjhgfedcba9876";
const unit: Peer = { role: "unit", name: A };
const owner: Peer = { role: "owner", name: "owner-1" };
const granted = (who: string, id: string) => who === "owner-1" && id === A;

function message(topic: string, changes: Partial<Message> = {}): Message {
  return { topic, qos: 1, retain: false, payloadBytes: 100, ...changes };
}

const LEAVES = [
  "command",
  "state",
  "event",
  "availability",
  "diagnostics",
  "sight",
  "discovery",
] as const;

test("a watcher hears events and availability of what it is granted, and can order nothing", (t) => {
  const watcher: Peer = { role: "owner", name: "watcher-1" };
  const its = (who: string, id: string) => who === "watcher-1" && id === A;
  t.true(isNameOf("owner", watcher.name));
  const heard = LEAVES.filter(
    (leaf) => rules.subscribe(watcher, topicOf(A, leaf), 1, its) === "allowed",
  );
  t.deepEqual(heard, ["event", "availability"]);
  for (const leaf of LEAVES) {
    t.is(rules.publish(watcher, message(topicOf(A, leaf)), its), "topic", leaf);
    t.not(rules.subscribe(watcher, topicOf(B, leaf), 1, its), "allowed", leaf);
    const hears = heard.includes(leaf) ? "allowed" : "topic";
    t.is(rules.receive(watcher, topicOf(A, leaf), its), hears, leaf);
  }
  const will = message(topicOf(A, "command"));
  t.is(rules.connect(watcher, { version: 4, clientId: "watcher-1", will }, its), "topic");
});

test("the table: who publishes and subscribes what, own and others'", (t) => {
  const table = [A, B].flatMap((id) =>
    LEAVES.map((leaf) => {
      const topic = topicOf(id, leaf);
      return [
        `${id === A ? "own" : "other"} ${leaf}`,
        rules.publish(unit, message(topic), granted),
        rules.subscribe(unit, topic, 1, granted),
        rules.publish(owner, message(topic), granted),
        rules.subscribe(owner, topic, 1, granted),
      ].join(" · ");
    }),
  );
  t.deepEqual(table, [
    "own command · topic · allowed · allowed · topic",
    "own state · allowed · topic · topic · allowed",
    "own event · allowed · topic · topic · allowed",
    "own availability · allowed · topic · topic · allowed",
    "own diagnostics · allowed · topic · topic · allowed",
    "own sight · allowed · topic · topic · allowed",
    "own discovery · allowed · topic · topic · allowed",
    "other command · topic · topic · not-granted · topic",
    "other state · topic · topic · topic · not-granted",
    "other event · topic · topic · topic · not-granted",
    "other availability · topic · topic · topic · not-granted",
    "other diagnostics · topic · topic · topic · not-granted",
    "other sight · topic · topic · topic · not-granted",
    "other discovery · topic · topic · topic · not-granted",
  ]);
});

test("delivery is judged as subscription is", (t) => {
  for (const peer of [unit, owner])
    for (const id of [A, B])
      for (const leaf of LEAVES) {
        const topic = topicOf(id, leaf);
        t.is(rules.receive(peer, topic, granted), rules.subscribe(peer, topic, 0, granted), topic);
      }
});

test("wildcards, system and shared topics, and topics that only look right", (t) => {
  const cases: [string, Verdict][] = [
    ["#", "wildcard"],
    ["+", "wildcard"],
    ["units/+/command", "wildcard"],
    [`units/${A}/#`, "wildcard"],
    [`units/${A}/+`, "wildcard"],
    [`units/${A}/command+`, "wildcard"],
    ["$SYS/#", "system-topic"],
    [`$share/g/units/${A}/command`, "system-topic"],
    ["", "topic"],
    ["/", "topic"],
    [`/units/${A}/command`, "topic"],
    [`units/${A}/command/`, "topic"],
    [`units/${A}/command/x`, "topic"],
    [`units//${A}/command`, "topic"],
    [`Units/${A}/command`, "topic"],
    [`units/${A.toUpperCase()}/command`, "topic"],
    [`units/${A}/Command`, "topic"],
    [`units/${A}/command\0`, "topic"],
    [`units/${A}/toString`, "topic"],
    [`units/../units/${A}/command`, "topic"],
    [`units/${A}/discovery`, "topic"],
    [`homeassistant/device/${A}/config/x`, "topic"],
    [`homeassistant/light/${A}/config`, "topic"],
    ["homeassistant/#", "wildcard"],
  ];
  for (const [filter, verdict] of cases) {
    t.is(rules.subscribe(unit, filter, 1, granted), verdict, filter);
    t.not(rules.publish(owner, message(filter), granted), "allowed", filter);
  }
});

test("retained messages: the last state, availability and announcement only", (t) => {
  const retained = (peer: Peer, leaf: (typeof LEAVES)[number]) =>
    rules.publish(peer, message(topicOf(A, leaf), { retain: true }), granted);
  t.is(retained(unit, "discovery"), "allowed");
  t.is(retained(unit, "sight"), "retained");
  t.is(retained(unit, "diagnostics"), "retained");
  t.is(retained(unit, "state"), "allowed");
  t.is(retained(unit, "availability"), "allowed");
  t.is(retained(unit, "event"), "retained");
  t.is(retained(owner, "command"), "retained");
});

test("QoS and payload limits hold to the byte", (t) => {
  const state = `units/${A}/state`;
  const publish = (changes: Partial<Message>) =>
    rules.publish(unit, message(state, changes), granted);
  t.is(publish({ qos: 2 }), "qos");
  t.is(rules.subscribe(unit, `units/${A}/command`, 2, granted), "qos");
  t.is(publish({ payloadBytes: MAX_PAYLOAD_BYTES }), "allowed");
  t.is(publish({ payloadBytes: MAX_PAYLOAD_BYTES + 1 }), "too-large");
  t.is(publish({ payloadBytes: 0 }), "allowed");
});

test("CONNECT: MQTT 3.1.1, the certificate's name as client id, a will of one's own", (t) => {
  const connect = (peer: Peer, changes: object) =>
    rules.connect(peer, { version: 4, clientId: peer.name, ...changes }, granted);
  t.is(connect(unit, {}), "allowed");
  t.is(connect(owner, {}), "allowed");
  t.is(connect(unit, { version: 5 }), "protocol");
  t.is(connect(unit, { version: 3 }), "protocol");
  t.is(connect(unit, { clientId: B }), "client-id");
  t.is(connect(unit, { clientId: "" }), "client-id");
  t.is(connect(unit, { clientId: `${A} ` }), "client-id");
  const will = (topic: string) => ({ will: message(topic, { retain: true }) });
  t.is(connect(unit, will(`units/${A}/availability`)), "allowed");
  t.is(connect(unit, will(`units/${B}/availability`)), "topic");
  t.is(connect(unit, { will: message(`units/${A}/state`, { payloadBytes: 20_000 }) }), "too-large");
  t.is(connect({ role: "unit", name: "owner-1" }, {}), "name");
  t.is(connect({ role: "owner", name: A }, {}), "name");
});

test("names tell roles apart, and no string is both", (t) => {
  t.true(isNameOf("unit", A));
  t.true(isNameOf("owner", "owner-1"));
  for (const name of [
    "",
    "+",
    "#",
    `${A}/`,
    A.slice(1),
    `${A}0`,
    `${A}\n`,
    "owner-",
    "owner-a/b",
    "owner-+",
  ])
    t.is(peerNamed(name), undefined, JSON.stringify(name));
  for (const name of ["i", "l", "o", "u", "A"]) t.false(isNameOf("unit", name + A.slice(1)));
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 70 }), (name) => {
      return !(isNameOf("unit", name) && isNameOf("owner", name));
    }),
  );
});

test("whatever the topic, what is allowed is exactly one's own", (t) => {
  const piece = fc.constantFrom("units", A, B, ...LEAVES, "+", "#", "$SYS", "", "x");
  const topics = fc.array(piece, { maxLength: 5 }).map((levels) => levels.join("/"));
  fc.assert(
    fc.property(topics, (topic) => {
      const own = parseTopic(topic);
      const allowed = rules.publish(unit, message(topic), granted) === "allowed";
      return allowed === (own?.unit === A && own.leaf !== "command");
    }),
    { numRuns: 5_000 },
  );
  t.pass();
});
