/** The packet length guard: exact at the limit, the same however the bytes are cut, and early. */
import { Duplex, PassThrough } from "node:stream";
import test from "ava";
import fc from "fast-check";
import { boundedStream, PacketLengths } from "../../host-sim/broker/bounded-stream.ts";

const LIMIT = 300;

/** MQTT 3.1.1 §2.2.3, written from its pseudo-code. */
function packet(remaining: number): Buffer {
  const head = [0x30];
  let rest = remaining;
  do {
    const digit = rest % 128;
    rest = Math.floor(rest / 128);
    head.push(rest > 0 ? digit | 0x80 : digit);
  } while (rest > 0);
  return Buffer.concat([Buffer.from(head), Buffer.alloc(remaining, 0xff)]);
}

function followsCut(stream: Buffer, cuts: readonly number[]): boolean {
  const lengths = new PacketLengths(LIMIT);
  let at = 0;
  for (const cut of cuts) {
    if (!lengths.follow(stream.subarray(at, at + cut))) return false;
    at += cut;
  }
  return lengths.follow(stream.subarray(at));
}

test("however cut, a stream passes exactly when every packet fits", (t) => {
  const sizes = fc.array(
    fc.oneof(fc.nat({ max: LIMIT }), fc.constantFrom(0, 127, 128, LIMIT, LIMIT + 1)),
    { maxLength: 6 },
  );
  const cuts = fc.array(fc.nat({ max: 200 }), { maxLength: 10 });
  fc.assert(
    fc.property(sizes, cuts, (lengths, where) => {
      const stream = Buffer.concat(lengths.map(packet));
      return followsCut(stream, where) === lengths.every((length) => length <= LIMIT);
    }),
    { numRuns: 2_000 },
  );
  t.pass();
});

test("the announcement is refused, not the body", (t) => {
  t.false(new PacketLengths(LIMIT).follow(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f])));
  t.false(
    new PacketLengths(LIMIT).follow(Buffer.from([0x30, 0xff, 0xff])),
    "before it is complete",
  );
});

test("a length of five bytes is refused, also one that says little", (t) => {
  t.false(new PacketLengths(LIMIT).follow(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x00])));
  t.true(new PacketLengths(LIMIT).follow(Buffer.from([0x30, 0x81, 0x00, 0x61])), "control");
});

test("a stream carries both ways, and dies with the socket", async (t) => {
  const [toUs, toThem] = [new PassThrough(), new PassThrough()];
  const socket = Duplex.from({ readable: toUs, writable: toThem });
  const bounded = boundedStream(socket, LIMIT, () => t.fail());
  toUs.write(packet(10));
  const heard = await new Promise((done) => bounded.once("data", done));
  t.deepEqual(heard, packet(10));
  bounded.write("answer");
  t.is(String(await new Promise((done) => toThem.once("data", done))), "answer");
  // `Duplex.from` says AbortError when destroyed; the stream hands on what its socket says.
  bounded.on("error", () => {});
  const closed = new Promise((done) => bounded.once("close", done));
  socket.destroy();
  await closed;
  t.true(bounded.destroyed);
});

test("a packet too long ends the stream, and nothing of it comes through", async (t) => {
  const [toUs, toThem] = [new PassThrough(), new PassThrough()];
  let told = 0;
  const bounded = boundedStream(Duplex.from({ readable: toUs, writable: toThem }), LIMIT, () => {
    told += 1;
  });
  const seen: Buffer[] = [];
  bounded.on("data", (chunk: Buffer) => seen.push(chunk));
  const closed = new Promise((done) => bounded.on("close", done));
  toUs.write(packet(LIMIT));
  await new Promise((heard) => bounded.once("data", heard));
  toUs.write(packet(LIMIT + 1));
  await closed;
  t.is(told, 1);
  t.is(Buffer.concat(seen).length, packet(LIMIT).length);
});
