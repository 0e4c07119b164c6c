import type { LinkOptions, LinkState } from "../../device/link/link.ts";
import { linkLimits } from "../../device/link/link-limits.ts";
import { decodeText, encodeText } from "../../device/platform/text.ts";
import { prng, randomBytes } from "../prng.ts";
import type { Suite } from "../suite.ts";
import type { FakeSocket } from "./fake-net.ts";
import { bench, command, connected, welcome } from "./link-desk.ts";
import { stopsAnywhere } from "./stops-anywhere.ts";
import { bytes, server } from "./wire.ts";

const phases = (states: readonly LinkState[]) => states.map((state) => state.phase);

/** Dials while every attempt fails at once, over twenty minutes of virtual time or a hundred dials. */
function dialsInTwentyMinutes(
  change: Partial<LinkOptions>,
  fail: (socket: FakeSocket) => void,
): number {
  const { net, link } = bench(change);
  link.start();
  let failed = 0;
  for (let second = 0; second < 1_200 && net.sockets.length < 100; second++) {
    for (; failed < net.sockets.length; failed++) fail(net.sockets[failed] as FakeSocket);
    net.advance(1_000);
  }
  link.stop();
  return net.sockets.length;
}

/** Floods the link while its answers cannot leave: how much it read regardless. */
function readWhileBlocked(change: Partial<LinkOptions> = {}): number {
  const { net } = connected(change);
  net.last.room = 0;
  net.last.allow(0);
  const before = net.last.taken;
  const one = server.publish({ topic: command, payload: encodeText("{}"), packetId: 3 });
  for (let count = 0; count < 2_000; count++) net.last.deliver(one);
  return net.last.taken - before;
}

const random = prng(29);

export const linkSuite: Suite = {
  room: "link",
  cases: {
    "it dials the broker it was given, by the name it must prove"(check) {
      const anchors = [bytes(1)];
      const certificate = [bytes(2)];
      const identity = { id: "unit7", certificate, privateKey: bytes(3), anchors };
      const { net, link } = bench({ identity });
      link.start();
      link.start();
      check.equal(net.sockets.length, 1);
      const { host, port, secure } = net.last.options;
      check.equal([host, port], ["broker.test", 8883]);
      check.equal(secure, {
        serverName: "broker.test",
        anchors,
        certificate,
        privateKey: bytes(3),
      });
    },
    "a start that nobody waits for is drawn from the fleet's spread, a person's is at once"(check) {
      const limits = { backoff: { ...linkLimits.backoff, spreadMs: 40_000 } };
      const dialledAt: number[] = [];
      for (let unit = 0; unit < 40; unit++) {
        const { net, link } = bench({ limits, random: (length) => randomBytes(random, length) });
        link.start("spread");
        net.advance(40_000);
        dialledAt.push(net.sockets[0]?.at ?? -1);
      }
      check.ok(
        dialledAt.every((at) => at >= 0 && at < 40_000),
        "all dial within the spread",
      );
      check.ok(Math.min(...dialledAt) < 8_000 && Math.max(...dialledAt) > 32_000, "spread");
      const { net, link } = bench({ limits });
      link.start();
      check.equal(net.sockets.length, 1);
    },
    "connecting, connected, and commands arrive; the first flight is one write"(check) {
      const { net, link, states, commands } = bench();
      link.start();
      welcome(net.last);
      check.equal(net.last.writes, 1);
      net.last.deliver(server.publish({ topic: command, payload: encodeText("on"), packetId: 4 }));
      check.equal(phases(states), ["connecting", "connected"]);
      check.equal(commands, ["on"]);
      check.equal(net.last.packets(), [{ type: "puback", packetId: 4 }]);
    },
    "nothing is written before the peer is verified"(check) {
      const { net, link } = bench();
      link.start();
      link.publish("event", encodeText("x"));
      net.advance(5_000);
      check.equal(net.last.writes, 0);
    },
    "messages wait through an outage and leave in order, states as the newest only"(check) {
      const { net, link, acknowledged } = bench();
      for (const text of ["a", "b"]) link.publish("event", encodeText(text));
      for (const text of ["1", "2"]) link.publish("state", encodeText(text));
      link.start();
      const flight = welcome(net.last);
      const published = flight.filter((packet) => packet.type === "publish");
      check.equal(
        published.map((packet) => decodeText(packet.payload ?? bytes())),
        ["online", "a", "b", "2"],
      );
      for (const packet of published.slice(1))
        net.last.deliver(server.puback(packet.packetId ?? 0));
      check.equal(acknowledged, [1, 2, 4]);
      check.equal(link.figures(), { waiting: 0, waitingBytes: 0, inFlight: 0, dropped: 0 });
    },
    "what waited says for how long, and an answer that waited too long is not sent"(check) {
      const aged = (payload: Uint8Array, ageS: number) =>
        encodeText(`${decodeText(payload)} after ${ageS} s`);
      const { net, link } = bench({ aged });
      link.publish("event", encodeText("answer"));
      net.advance(linkLimits.eventMs);
      link.publish("security", encodeText("attack"));
      net.advance(90_500);
      link.publish("state", encodeText("lit"));
      link.start();
      const sent = welcome(net.last).filter(({ type }) => type === "publish");
      check.equal(
        sent.map(({ payload }) => decodeText(payload ?? bytes())),
        ["online", "attack after 90 s", "lit"],
      );
      check.equal(link.figures().dropped, 1);
    },
    "what the broker did not acknowledge is sent again after the loss"(check) {
      const { net, link, states } = connected();
      link.publish("event", encodeText("lost?"));
      net.last.packets();
      net.last.fail("reset");
      check.ok(net.last.closed, "socket closed");
      const state = states[states.length - 1];
      check.ok(
        state?.phase === "waiting" && state.reason === "lost" && state.detail === "reset",
        "why",
      );
      net.advance(3_000);
      const again = welcome(net.last)[3];
      check.equal([again?.duplicate, again?.payload], [true, encodeText("lost?")]);
    },
    "it never writes more than the socket allows, and loses nothing by it"(check) {
      const { net, link } = bench();
      link.start();
      const payload = randomBytes(prng(9), 700);
      link.publish("event", payload);
      const random = prng(10);
      net.last.allow(1);
      for (let round = 0; round < 300; round++) net.last.allow(1 + Math.floor(random() * 20));
      check.ok(net.last.writes > 40, "in small pieces");
      check.equal(net.last.packets()[3]?.payload, payload);
    },
    "answers that cannot leave stop the reading, and all of them leave later"(check) {
      const taken = readWhileBlocked();
      check.ok(taken > 0 && taken < 4_096, `read ${taken} bytes while blocked`);
      const { net, commands } = connected();
      net.last.allow(0);
      const one = server.publish({ topic: command, payload: encodeText("{}"), packetId: 3 });
      for (let count = 0; count < 500; count++) net.last.deliver(one);
      while (net.last.unread > 0) net.last.allow(100);
      net.last.allow();
      check.equal([net.last.packets().length, commands.length], [500, 500]);
    },
    "control: QoS 0, which needs no answer, is read even then"(check) {
      const { net, commands } = connected();
      net.last.allow(0);
      const one = server.publish({ topic: command, payload: encodeText("{}") });
      for (let count = 0; count < 500; count++) net.last.deliver(one);
      check.equal([net.last.unread, commands.length], [0, 500]);
    },
    "a flood gives other work its turn and is then read on"(check) {
      const { net, commands } = connected();
      const one = server.publish({ topic: command, payload: new Uint8Array(200) });
      net.last.stock(one, 200).deliver();
      check.ok(net.last.unread > 100 * one.length, "paused");
      net.advance(1);
      check.equal([net.last.unread, commands.length], [0, 200]);
    },
    "an oversize command is refused, acknowledged, and the link lives on"(check) {
      const { net, commands, refused, states } = connected();
      const payload = new Uint8Array(20_000);
      net.last.deliver(server.publish({ topic: command, payload, packetId: 9 }));
      net.advance(10);
      net.last.deliver(server.publish({ topic: command, payload: encodeText("on") }));
      check.equal([refused, commands], [["too-large"], ["on"]]);
      check.equal(net.last.packets(), [{ type: "puback", packetId: 9 }]);
      check.equal(phases(states), ["connecting", "connected"]);
      // The largest command allowed is a command.
      net.last.deliver(
        server.publish({ topic: command, payload: new Uint8Array(1024), packetId: 10 }),
      );
      net.last.deliver(
        server.publish({ topic: command, payload: new Uint8Array(1025), packetId: 11 }),
      );
      check.equal([refused.length, commands.length], [2, 2]);
    },
    "garbage after a good handshake closes with a reason and waits"(check) {
      const { net, link, states } = bench();
      link.start();
      net.last.allow().deliver(encodeText("HTTP/1.1 400 Bad Request\r\n\r\n"));
      const state = states[states.length - 1];
      check.ok(
        state?.phase === "waiting" && state.reason === "reserved-flags",
        JSON.stringify(state),
      );
      check.ok(net.last.closed && net.sockets.length === 1, "closed, not dialled again at once");
    },
    "a peer that fails verification is asked a few times, not in a spin"(check) {
      const dials = dialsInTwentyMinutes({}, (socket) => socket.fail("certificate has expired"));
      check.ok(dials > 5 && dials < 40, `${dials} dials`);
    },
    "control: without backoff the same check goes red"(check) {
      const limits = { backoff: { baseMs: 100, capMs: 100 } };
      const dials = dialsInTwentyMinutes({ limits }, (socket) =>
        socket.fail("certificate has expired"),
      );
      check.ok(dials >= 100, `${dials} dials`);
    },
    "a broker that accepts and hangs up does not make it spin either"(check) {
      const dials = dialsInTwentyMinutes({}, (socket) => {
        welcome(socket);
        socket.fail();
      });
      check.ok(dials < 40, `${dials} dials`);
    },
    "a unit the broker refuses waits a minute at least"(check) {
      for (const code of [1, 2, 4, 5]) {
        const { net, link, states } = bench();
        link.start();
        net.last.allow().deliver(server.connack(code));
        const state = states[states.length - 1];
        check.ok(state?.phase === "waiting" && state.retryMs >= 60_000, JSON.stringify(state));
        link.networkReady();
        net.advance(59_000);
        check.equal(net.sockets.length, 1, "not even when the network comes back");
        net.advance(180_000);
        check.equal(net.sockets.length, 2, "but then it asks again");
      }
    },
    "a busy broker is no refusal"(check) {
      const { net, link } = bench();
      link.start();
      net.last.allow().deliver(server.connack(3));
      net.advance(3_000);
      check.equal(net.sockets.length, 2);
    },
    "a connection that held starts the backoff anew"(check) {
      const { net, link } = bench();
      link.start();
      for (let failure = 0; failure < 12; failure++) {
        const dialled = net.sockets.length;
        net.last.fail("unreachable");
        while (net.sockets.length === dialled) net.advance(500);
      }
      const dialled = net.sockets.length;
      welcome(net.last);
      net.advance(31_000);
      net.last.fail();
      net.advance(3_000);
      check.equal(net.sockets.length, dialled + 1);
    },
    "when the network returns it dials at once, and only once"(check) {
      const { net, link } = bench();
      link.networkReady();
      check.equal(net.sockets.length, 0, "not before start");
      link.start();
      link.networkReady();
      net.last.fail();
      link.networkReady();
      link.networkReady();
      check.equal(net.sockets.length, 2);
    },
    "a peer that never finishes the handshake is given up"(check) {
      const { net, link, states } = bench();
      link.start();
      net.advance(29_900);
      check.ok(!net.last.closed, "patient");
      net.advance(200);
      const state = states[states.length - 1];
      check.ok(
        state?.phase === "waiting" && state.reason === "connect-overdue",
        JSON.stringify(state),
      );
      check.ok(net.sockets[0]?.closed, "closed");
    },
    "a broker that falls silent is left and dialled again"(check) {
      const { net, states } = connected();
      net.advance(70_000);
      const waiting = states.find((state) => state.phase === "waiting");
      check.ok(waiting?.phase === "waiting" && waiting.reason === "silent", JSON.stringify(states));
      check.ok(net.sockets.length >= 2, "dialled again");
    },
    "a socket class that is exhausted is asked again later"(check) {
      const { net, link, states } = bench();
      net.exhausted = true;
      link.start();
      check.equal(phases(states), ["waiting"]);
      net.exhausted = false;
      net.advance(3_000);
      check.equal(phases(states), ["waiting", "connecting"]);
    },
    "held off, it hangs up and dials for ten minutes no more, whatever the network says"(check) {
      const limits = { backoff: { ...linkLimits.backoff, spreadMs: 40_000 } };
      const dialledAt: number[] = [];
      for (let unit = 0; unit < 40; unit++) {
        const { net, link, states } = connected({
          limits,
          random: (length) => randomBytes(random, length),
        });
        const before = net.clock.ticks();
        link.publish("security", encodeText("{}"));
        link.holdOff(600_000);
        check.ok(net.last.closed && net.sockets.length === 1, "hung up");
        const state = states.at(-1);
        check.ok(state?.phase === "waiting" && state.reason === "held-off", JSON.stringify(state));
        link.networkReady();
        net.advance(1_200_000);
        dialledAt.push((net.sockets[1]?.at ?? -1) - before);
        check.equal(link.figures().inFlight + link.figures().waiting, 1, "nothing is lost by it");
      }
      check.ok(
        dialledAt.every((ms) => ms >= 600_000 && ms <= 1_200_000),
        `${Math.min(...dialledAt)} to ${Math.max(...dialledAt)}`,
      );
      check.ok(Math.max(...dialledAt) - Math.min(...dialledAt) > 300_000, "a fleet is spread");
    },
    "stop says goodbye, closes, and leaves no timer"(check) {
      const { net, link, states } = connected();
      net.last.packets();
      link.stop();
      link.stop();
      check.equal(
        net.last.packets().map((packet) => [packet.type, decodeText(packet.payload ?? bytes())]),
        [
          ["publish", "offline"],
          ["disconnect", ""],
        ],
      );
      check.ok(net.last.closed, "closed");
      check.equal([net.pendingTimers, phases(states)], [0, ["connecting", "connected", "stopped"]]);
    },
    "callbacks of a dead socket change nothing"(check) {
      const { net, link, states, commands } = connected();
      const [old] = net.sockets;
      old?.fail("gone");
      const told = states.length;
      old?.fail("again");
      old?.allow(100);
      old?.deliver(server.publish({ topic: command, payload: encodeText("late") }));
      link.stop();
      old?.fail("even later");
      check.equal([states.length, commands], [told + 1, []]);
    },
    "it can be stopped from inside any callback, and started again"(check) {
      stopsAnywhere(check);
    },
    "too large and too much are answers, not exceptions"(check) {
      const { link } = bench();
      check.equal(link.publish("event", new Uint8Array(2_049)), "too-large");
      for (let count = 0; count < 100; count++) link.publish("event", new Uint8Array(1_000));
      check.ok(link.figures().waitingBytes <= linkLimits.totalBytes, "bounded");
      check.ok(link.figures().dropped > 90, "counted");
    },
  },
};
