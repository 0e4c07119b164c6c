import { Link, type LinkOptions, type LinkState } from "../../device/link/link.ts";
import { decodeText } from "../../device/platform/text.ts";
import { prng, randomBytes } from "../prng.ts";
import { FakeNet, type FakeSocket } from "./fake-net.ts";
import { bytes, server } from "./wire.ts";

export const command = "units/unit7/command";

/** A link on a fake network, and what it told its owner. */
export function bench(change: Partial<LinkOptions> = {}, seed = 1) {
  const net = new FakeNet();
  const random = prng(seed);
  const states: LinkState[] = [];
  const commands: string[] = [];
  const refused: string[] = [];
  const acknowledged: number[] = [];
  const link = new Link({
    TLS: net.TLS,
    timer: net.timer,
    clock: net.clock,
    random: (length) => randomBytes(random, length),
    trace: () => undefined,
    endpoint: { host: "broker.test", port: 8883, serverName: "broker.test" },
    identity: { id: "unit7", certificate: [], privateKey: bytes(), anchors: [] },
    onCommand: (payload) => commands.push(decodeText(payload) ?? "?"),
    onState: (state) => states.push(state),
    onRefused: (reason) => refused.push(reason),
    onAcknowledged: (ticket) => acknowledged.push(ticket),
    ...change,
  });
  return { net, link, states, commands, refused, acknowledged };
}

/** The broker's answers to the first flight; gives the packets of that flight. */
export function welcome(socket: FakeSocket, room = 8_192) {
  socket.allow(room);
  const flight = socket.packets();
  const id = (type: string) => flight.find((packet) => packet.type === type)?.packetId ?? 0;
  socket.deliver(server.connack(), server.suback(id("subscribe")), server.puback(id("publish")));
  return flight;
}

export function connected(change: Partial<LinkOptions> = {}, seed = 1) {
  const desk = bench(change, seed);
  desk.link.start();
  welcome(desk.net.last);
  return desk;
}
