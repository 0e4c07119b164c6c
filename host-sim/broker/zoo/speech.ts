/** What an impostor says over MQTT once a client listens to it. */
import type { Socket } from "node:net";

/** CONNACK, accepted (MQTT 3.1.1 §3.2). */
const CONNACK = Buffer.from([0x20, 2, 0, 0]);
/** Remaining length 268,435,455: the most that §2.2.3 can announce. */
const LONGEST = [0xff, 0xff, 0xff, 0x7f];
const BLOCK = Buffer.alloc(16_384, 0x61);

/** Runs `answer` once the client has sent its CONNECT; `clientId` is what the CONNECT says. */
function onConnect(socket: Socket, answer: (clientId: string) => void): void {
  socket.once("data", (chunk: Buffer) => {
    let at = 1;
    while ((chunk[at] ?? 0) & 0x80) at += 1;
    // Fixed header, then 10 bytes of protocol name, level, flags and keep-alive (§3.1.2).
    at += 11;
    const length = ((chunk[at] ?? 0) << 8) | (chunk[at + 1] ?? 0);
    answer(chunk.subarray(at + 2, at + 2 + length).toString());
    socket.resume();
  });
}

/** Writes `block` for ever, as fast as the client takes it. */
function pourInto(socket: Socket): void {
  const pour = () => {
    while (!socket.destroyed && socket.write(BLOCK));
  };
  socket.on("drain", pour);
  pour();
}

function publishHead(clientId: string): Buffer {
  const topic = Buffer.from(`units/${clientId}/command`);
  return Buffer.from([0x30, ...LONGEST, topic.length >> 8, topic.length & 0xff, ...topic]);
}

export function welcome(socket: Socket): void {
  onConnect(socket, () => socket.write(CONNACK));
}

/** Accepts at enough length (CONNACK, PINGRESP) for a TLS client to see that this is no TLS record. */
export function plainWelcome(socket: Socket): void {
  onConnect(socket, () => socket.write(Buffer.concat([CONNACK, Buffer.from([0xd0, 0])])));
}

export function nothing(socket: Socket): void {
  socket.resume();
}

/** Return code 5, not authorised (§3.2.2.3). */
export function refusal(socket: Socket): void {
  onConnect(socket, () => socket.end(Buffer.from([0x20, 2, 0, 5])));
}

/** Reserved packet type 15 and a remaining length of five bytes, which §2.2.3 forbids. */
export function garbage(socket: Socket): void {
  onConnect(socket, () => socket.write(Buffer.alloc(64, 0xff)));
}

export function endlessConnack(socket: Socket): void {
  onConnect(socket, () => {
    socket.write(Buffer.from([0x20, ...LONGEST]));
    pourInto(socket);
  });
}

export function hugePublish(socket: Socket): void {
  onConnect(socket, (clientId) => {
    socket.write(CONNACK);
    socket.write(publishHead(clientId));
    pourInto(socket);
  });
}

/** Begins a message and leaves in the middle of it. */
export function brokenPublish(socket: Socket): void {
  onConnect(socket, (clientId) => {
    socket.write(CONNACK);
    socket.write(publishHead(clientId), () => socket.destroy());
  });
}
