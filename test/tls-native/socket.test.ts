/** The socket's own part of a connection (tls-socket.ts), with a session and a wire that do as they are told. */
import test from "ava";
import { tlsOver } from "../../device/platform/moddable/tls/tls-socket.ts";

const [waitRead, dead, busy] = [1, 3, 4];

/** A session whose steps answer in turn, and which dies of a wire that has ended as soon as it is told. */
function scene(answers: number[]) {
  const waiting: (() => void)[] = [];
  const ends: unknown[] = [];
  let finished = false;
  let fed = 0;
  let last = 0;
  let wire: { onReadable(bytes: number): void; onWritable(bytes: number): void; onError(): void };
  class Session {
    readonly open = false;
    readonly pending = 0;
    readonly readable = 0;
    readonly writable = 0;
    readonly version = "";
    readonly reason = "truncated";
    get room() {
      return last === busy ? 0 : 2048;
    }
    feed(bytes: Uint8Array) {
      if (last === busy) return 0;
      fed += bytes.byteLength;
      return bytes.byteLength;
    }
    finish() {
      if (last !== busy) finished = true;
    }
    step() {
      last = answers.shift() ?? (finished ? dead : waitRead);
      return last;
    }
    drain() {}
    read() {}
    write = () => false;
    goodbye() {}
    close() {}
  }
  const TLS = tlsOver({
    Session: Session as never,
    Dial: class {
      constructor(options: typeof wire) {
        wire = options;
      }
      read(length: number) {
        return new ArrayBuffer(length);
      }
      close() {}
    } as never,
    resolve: (host, done) => done(host),
    timer: {
      set: (callback) => waiting.push(callback),
      clear() {},
    },
  });
  const nothing = new Uint8Array(0);
  const secure = { serverName: "x", privateKey: nothing, certificate: [], anchors: [] };
  new TLS({ host: "h", port: 1, secure, onError: (reason) => ends.push(reason) });
  return {
    ends,
    fed: () => fed,
    wire: () => wire,
    /** Turns of the event loop until none is left, `limit` at most. */
    turn(limit = 50) {
      for (let turns = 0; turns < limit; turns++) waiting.shift()?.();
    },
  };
}

test("a wire that ends while a message is worked on ends the connection", (t) => {
  const { wire, turn, ends } = scene([busy, busy, waitRead]);
  wire().onWritable(1000);
  turn(1);
  wire().onError();
  turn();
  t.deepEqual(ends, ["truncated"]);
});

test("what comes while a message is worked on is fed after it", (t) => {
  const { wire, turn, ends, fed } = scene([busy, busy, waitRead]);
  wire().onWritable(1000);
  turn(1);
  wire().onReadable(300);
  turn(2);
  t.is(fed(), 0);
  turn();
  t.is(fed(), 300);
  t.deepEqual(ends, []);
});
