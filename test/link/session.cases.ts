import { type Effect, step } from "../../device/link/mqtt-session.ts";
import { closedSession, hasRoom } from "../../device/link/mqtt-state.ts";
import { encodeText } from "../../device/platform/text.ts";
import type { Check, Suite } from "../suite.ts";
import { Conversation, command, config, type Step } from "./conversation.ts";
import { type Publish, type Read, server } from "./wire.ts";

const types = (packets: readonly Read[]) => packets.map((packet) => packet.type);

/** After a loss with three unacknowledged messages: whether they come again as section 4.4 says. */
function retransmits(decide: Step): boolean {
  const talk = new Conversation(decide).open();
  const ids: number[] = [];
  for (const ticket of [1, 2, 3]) ids.push(talk.publish(ticket).sent[0]?.packetId ?? 0);
  talk.receive(server.puback(ids[1] as number));
  talk.on({ type: "closed" });
  talk.nowMs += 5_000;
  const again = talk.on({ type: "opened" }).sent.slice(3);
  return (
    again.length === 2 &&
    again.every((packet) => packet.type === "publish" && packet.duplicate === true) &&
    again[0]?.packetId === ids[0] &&
    again[1]?.packetId === ids[2]
  );
}

/** A broker that answers nothing: whether the session ends within keep-alive and silence. */
function noticesSilence(decide: Step): boolean {
  const talk = new Conversation(decide).open();
  return talk.wait(70_000) === "silent";
}

/** Commands in a row, each told by what happened to it. */
function fate(talk: Conversation, publish: Publish): string[] {
  talk.receive(server.publish(publish));
  return talk.effects.map((effect) =>
    effect.type === "refused"
      ? effect.reason
      : effect.type === "send"
        ? effect.packet.type
        : effect.type,
  );
}

const refuses = (check: Check, stream: Uint8Array, reason: string) =>
  check.equal(new Conversation().open().receive(stream).closeReason, reason);

export const sessionSuite: Suite = {
  room: "link: MQTT session",
  cases: {
    "CONNECT, SUBSCRIBE and the retained online leave in one flight, with the will"(check) {
      const { sent } = new Conversation().on({ type: "opened" });
      check.equal(types(sent), ["connect", "subscribe", "publish"]);
      check.equal(sent[0], {
        type: "connect",
        flags: 0b0010_1110, // will retain, will QoS 1, will, clean session
        keepAliveSeconds: 60,
        clientId: "unit7",
        will: { topic: "units/unit7/availability", payload: "offline" },
      });
      check.equal([sent[1]?.topic, sent[1]?.qos], [command, 1]);
      check.equal(sent[2], {
        type: "publish",
        topic: "units/unit7/availability",
        payload: encodeText("online"),
        packetId: sent[2]?.packetId,
        duplicate: false,
        retain: true,
      });
      check.ok((sent[2]?.packetId ?? 0) > 0, "QoS 1");
    },
    "it is ready when subscribed, not before"(check) {
      const talk = new Conversation().on({ type: "opened" });
      const id = talk.sent[1]?.packetId ?? 0;
      check.equal(talk.receive(server.connack()).effects, []);
      check.equal(talk.receive(server.suback(id)).effects, [{ type: "ready" }]);
    },
    "each CONNACK refusal has a name"(check) {
      const names = [
        "unacceptable-protocol-version",
        "identifier-rejected",
        "server-unavailable",
        "bad-user-name-or-password",
        "not-authorised",
      ];
      names.forEach((name, index) => {
        const talk = new Conversation().on({ type: "opened" }).receive(server.connack(index + 1));
        check.equal([talk.closeReason, talk.session.phase], [name, "closed"]);
      });
    },
    "a broker that answers out of turn is left"(check) {
      const early = new Conversation().on({ type: "opened" });
      check.equal(early.receive(server.pingresp()).closeReason, "expected-connack");
      refuses(check, server.connack(), "unexpected-packet");
      refuses(check, server.suback(999), "unexpected-packet");
      refuses(check, new Uint8Array([0xf0]), "reserved-type");
    },
    "a refused subscription is a refusal, not a connection"(check) {
      const talk = new Conversation().on({ type: "opened" });
      const id = talk.sent[1]?.packetId ?? 0;
      talk.receive(server.connack());
      check.equal(talk.receive(server.suback(id, 0x80)).closeReason, "subscription-refused");
    },
    "states are retained, events are not, both QoS 1"(check) {
      const talk = new Conversation().open();
      const [state] = talk.publish(1, "state").sent;
      const [event] = talk.publish(2, "event").sent;
      check.equal([state?.topic, state?.retain], ["units/unit7/state", true]);
      check.equal([event?.topic, event?.retain], ["units/unit7/event", false]);
      check.ok(
        state?.packetId && event?.packetId && state.packetId !== event.packetId,
        "packet ids",
      );
    },
    "an acknowledgement names its ticket, once"(check) {
      const talk = new Conversation().open();
      const id = talk.publish(42).sent[0]?.packetId ?? 0;
      check.equal(talk.receive(server.puback(id)).effects, [{ type: "acknowledged", ticket: 42 }]);
      check.equal(talk.receive(server.puback(id)).effects, []);
    },
    "what was not acknowledged is sent again in order, with its id and DUP (4.4, 4.6)"(check) {
      check.ok(retransmits(step), "retransmitted");
    },
    "control: a session that forgets, or leaves DUP out, is found out"(check) {
      const forgetful: Step = (given, session, event, nowMs) =>
        step(given, event.type === "opened" ? closedSession : session, event, nowMs);
      const unmarked: Step = (given, session, event, nowMs) => {
        const result = step(given, session, event, nowMs);
        const effects = result.effects.map(
          (effect): Effect =>
            effect.type === "send" && effect.packet.type === "publish"
              ? { ...effect, packet: { ...effect.packet, duplicate: false } }
              : effect,
        );
        return { ...result, effects };
      };
      check.ok(!retransmits(forgetful), "forgetful session passes");
      check.ok(!retransmits(unmarked), "unmarked retransmission passes");
    },
    "the window is bounded in messages and in bytes"(check) {
      const talk = new Conversation().open();
      let sent = 0;
      while (hasRoom(config, talk.session)) talk.publish(++sent);
      check.equal(sent, 4);
      const large = new Conversation().open();
      sent = 0;
      while (hasRoom(config, large.session)) large.publish(++sent, "event", 600);
      check.equal(sent, 2, "two of 664 bytes reach 1,000");
      check.ok(!hasRoom(config, closedSession), "no room while closed");
    },
    "packet ids wrap, skip 0, and skip those in flight"(check) {
      const talk = new Conversation().open();
      const kept = talk.publish(1).sent[0]?.packetId;
      talk.session = { ...talk.session, lastPacketId: 65_534 };
      const ids = [];
      for (const ticket of [2, 3, 4, 5, 6, 7]) {
        const id = talk.publish(ticket).sent[0]?.packetId ?? 0;
        ids.push(id);
        talk.receive(server.puback(id));
      }
      check.equal(kept, 3);
      check.equal(ids, [65_535, 1, 2, 4, 5, 6]);
    },
    "a message nobody ever acknowledges is given up after so many connections"(check) {
      const talk = new Conversation().open().publish(8);
      for (let connection = 1; connection < 3; connection++) {
        talk.on({ type: "closed" }).on({ type: "opened" });
        check.equal(types(talk.sent), ["connect", "subscribe", "publish", "publish"]);
        talk.receive(server.connack());
      }
      // A connection the broker did not accept does not count against the message.
      talk.on({ type: "closed" }).on({ type: "opened" });
      check.equal(types(talk.sent), ["connect", "subscribe", "publish"]);
      check.equal(talk.effects[0], { type: "abandoned", ticket: 8 });
      const refused = new Conversation()
        .open()
        .on({ type: "closed" })
        .on({ type: "opened" })
        .publish(9);
      for (let connection = 0; connection < 20; connection++)
        refused.on({ type: "closed" }).on({ type: "opened" });
      check.equal(refused.sent.length, 4, "kept over connections never accepted");
    },
    "idle, it pings within the keep-alive, and goes on as long as it is answered"(check) {
      const talk = new Conversation().open();
      for (let round = 0; round < 20; round++) {
        const before = talk.nowMs;
        while (talk.pings <= round && talk.closeReason === undefined) talk.wait(1_000);
        check.ok(talk.nowMs - before <= 46_000, "ping comes early enough");
        check.equal(talk.receive(server.pingresp()).closeReason, undefined);
      }
    },
    "it pings while only the broker talks, and while only it talks"(check) {
      const listening = new Conversation().open();
      for (let round = 0; round < 100; round++) {
        listening.receive(server.publish({ topic: command, payload: new Uint8Array(1) }));
        listening.wait(1_000);
        if (listening.pings > 0) listening.receive(server.pingresp());
      }
      check.ok(listening.pings >= 2, `${listening.pings} pings while listening`);
    },
    "a broker that falls silent is noticed"(check) {
      check.ok(noticesSilence(step), "noticed");
      const talk = new Conversation().open().publish(1);
      check.equal(talk.wait(20_000), "silent");
      const mute = new Conversation().on({ type: "opened" });
      check.equal(mute.wait(15_000), "connack-overdue");
    },
    "control: a session without a clock is found out"(check) {
      const timeless: Step = (given, session, event, nowMs) =>
        event.type === "tick"
          ? { session: { ...session, sentAtMs: nowMs, heardAtMs: nowMs }, effects: [] }
          : step(given, session, event, nowMs);
      check.ok(!noticesSilence(timeless), "timeless session passes");
    },
    "a broker that talks but never answers is left in the end, and pinged meanwhile"(check) {
      const talk = new Conversation().open().publish(1);
      let reason: string | undefined;
      let seconds = 0;
      for (; seconds < 400 && reason === undefined; seconds++) {
        talk.on({ type: "heard" });
        reason = talk.wait(1_000);
      }
      check.equal([reason, seconds], ["answer-overdue", 300]);
      check.ok(talk.pings >= 4, `${talk.pings} pings`);
    },
    "a broker that talks but never answers a ping is left in the end"(check) {
      const talk = new Conversation().open();
      let reason: string | undefined;
      let seconds = 0;
      for (; seconds < 500 && reason === undefined; seconds++) {
        talk.on({ type: "heard" });
        reason = talk.wait(1_000);
      }
      check.equal([reason, seconds], ["answer-overdue", 345]);
    },
    "commands are acknowledged and handed over; empty ones and repeated ones too"(check) {
      const talk = new Conversation().open();
      const payload = encodeText("{}");
      check.equal(fate(talk, { topic: command, payload }), ["deliver"]);
      check.equal(fate(talk, { topic: command, payload, packetId: 5 }), ["puback", "deliver"]);
      check.equal(fate(talk, { topic: command, packetId: 5, duplicate: true }), [
        "puback",
        "deliver",
      ]);
      check.equal(talk.effects[1], { type: "deliver", payload: new Uint8Array(0) });
    },
    "too large, retained and foreign messages are acknowledged and refused"(check) {
      const talk = new Conversation().open();
      const payload = new Uint8Array(10);
      check.equal(fate(talk, { topic: command, payload: new Uint8Array(5000), packetId: 6 }), [
        "puback",
        "too-large",
      ]);
      check.equal(talk.effects[1], { type: "refused", reason: "too-large", sizeBytes: 5000 });
      check.equal(fate(talk, { topic: command, payload, packetId: 7, retain: true }), [
        "puback",
        "retained",
      ]);
      check.equal(fate(talk, { topic: "units/unit8/command", payload, packetId: 8 }), [
        "puback",
        "wrong-topic",
      ]);
      check.equal(fate(talk, { topic: "units/unit7/commandx", payload }), ["wrong-topic"]);
      check.equal(fate(talk, { topic: command, payload }), ["deliver"], "and the next one arrives");
    },
    "leaving, it says offline itself, for DISCONNECT forgets the will"(check) {
      const talk = new Conversation().open().publish(1).on({ type: "leave" });
      check.equal(types(talk.sent), ["publish", "disconnect"]);
      const [goodbye] = talk.sent;
      check.equal(
        [goodbye?.topic, goodbye?.payload, goodbye?.retain],
        ["units/unit7/availability", encodeText("offline"), true],
      );
      check.equal([talk.session.phase, talk.session.inFlight.length], ["closed", 1]);
    },
    "closed, it does nothing whatever comes"(check) {
      const talk = new Conversation();
      for (const type of ["heard", "tick", "leave", "closed"] as const)
        check.equal(talk.on({ type }).effects, []);
      check.equal(talk.receive(server.connack()).effects, []);
      check.equal(talk.session, closedSession);
    },
  },
};
