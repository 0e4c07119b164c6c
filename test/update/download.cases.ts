/** A connection to an update host that misbehaves, and the index that it serves. */
import type { TLSOptions } from "../../device/platform/platform.ts";
import { encodeText } from "../../device/platform/text.ts";
import { readIndex } from "../../device/update/download.ts";
import { HostConnection, watchMs } from "../../device/update/host-connection.ts";
import type { Case } from "../suite.ts";

/** A host that a case plays, and time that it moves. */
class Desk {
  ticks = 0;
  dials = 0;
  sent = "";
  body = "";
  readonly ends: string[] = [];
  readonly host: HostConnection;
  #options: TLSOptions | undefined;
  #waiting: Uint8Array[] = [];
  #timers: { at: number; id: number; callback: () => void }[] = [];
  #lastId = 0;

  constructor() {
    const desk = this;
    this.host = new HostConnection({
      TLS: class {
        readonly remoteAddress = undefined;
        constructor(options: TLSOptions) {
          desk.dials++;
          desk.#options = options;
          desk.#waiting = [];
        }
        read(length = 2_048): ArrayBuffer | undefined {
          const [first, ...others] = desk.#waiting;
          if (!first) return undefined;
          desk.#waiting = first.length > length ? [first.subarray(length), ...others] : others;
          return first.slice(0, length).buffer as ArrayBuffer;
        }
        write(bytes: ArrayBuffer | Uint8Array): void {
          for (const byte of new Uint8Array(bytes as ArrayBuffer))
            desk.sent += String.fromCharCode(byte);
        }
        close(): void {
          desk.#options = undefined;
        }
      },
      timer: {
        set(callback, delayMs) {
          desk.#timers.push({ at: desk.ticks + delayMs, id: ++desk.#lastId, callback });
          return desk.#lastId;
        },
        clear(id) {
          desk.#timers = desk.#timers.filter((timer) => timer.id !== id);
        },
      },
      clock: { ticks: () => desk.ticks, wall: () => undefined },
      host: "updates.test",
      port: 8443,
      secure: {
        serverName: "updates.test",
        anchors: [],
        certificate: [],
        privateKey: new Uint8Array(),
      },
    });
  }

  get connected(): boolean {
    return this.#options !== undefined;
  }

  get timers(): number {
    return this.#timers.length;
  }

  get(maxBytes = 1_000_000): void {
    this.host.get(
      { path: "/f", from: 0, maxBytes },
      {
        onBody: (bytes) => {
          for (const byte of bytes) this.body += String.fromCharCode(byte);
          return this.body !== "enough";
        },
        onEnd: (end) => void this.ends.push(end),
      },
    );
  }

  accept(window = 4_096): void {
    this.#options?.onWritable?.(window);
  }

  say(text: string): void {
    this.#waiting.push(encodeText(text));
    this.#options?.onReadable?.(text.length);
  }

  hangUp(): void {
    this.#options?.onError?.("closed by the peer");
  }

  pass(ms: number): void {
    const until = this.ticks + ms;
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.ticks = Math.max(this.ticks, next.at);
      next.callback();
    }
    this.ticks = until;
  }
}

const head = (length: number) => `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`;

export const cases: Readonly<Record<string, Case>> = {
  "two files come over one connection": (check) => {
    const desk = new Desk();
    for (const text of ["one", "two"]) {
      desk.get();
      desk.accept();
      desk.say(head(3) + text);
    }
    check.equal([desk.body, desk.ends, desk.dials], ["onetwo", ["whole", "whole"], 1]);
    check.equal(desk.timers, 0, "nothing is left running");
  },

  "a connection that was kept too long is dialled anew, once, and nobody notices": (check) => {
    const desk = new Desk();
    desk.get();
    desk.accept();
    desk.say(`${head(3)}one`);
    desk.get();
    desk.hangUp();
    check.equal(desk.dials, 2);
    desk.accept();
    desk.say(`${head(3)}two`);
    check.equal([desk.body, desk.ends], ["onetwo", ["whole", "whole"]]);
    desk.get();
    desk.hangUp();
    desk.hangUp();
    check.equal(desk.ends[2], "not-reached", "and not for ever");
  },

  "a connection that ends in the middle is no whole file": (check) => {
    const desk = new Desk();
    desk.get();
    desk.accept();
    desk.say(`${head(10)}half`);
    desk.hangUp();
    check.equal([desk.body, desk.ends], ["half", ["closed"]]);
  },

  "a host that is silent, or drips (slow retrieval), is given up": (check) => {
    const silent = new Desk();
    silent.get();
    silent.pass(watchMs);
    check.equal([silent.ends, silent.connected], [["not-reached"], false]);
    silent.get();
    silent.accept();
    silent.pass(watchMs);
    check.equal(silent.ends[1], "silent");
    const slow = new Desk();
    slow.get();
    slow.accept();
    slow.say(head(100_000));
    for (let second = 0; second < 30; second++) {
      slow.say("x");
      slow.pass(1_000);
    }
    check.equal([slow.ends, slow.connected], [["too-slow"], false]);
    const steady = new Desk();
    steady.get();
    steady.accept();
    steady.say(head(100_000));
    for (let second = 0; second < 60; second++) {
      steady.say("x".repeat(200));
      steady.pass(1_000);
    }
    check.equal(steady.ends, [], "control: 200 bytes a second are enough");
  },

  "a large file leaves room for other work, and is complete": (check) => {
    const desk = new Desk();
    desk.get();
    desk.accept();
    desk.say(head(100_000) + "x".repeat(100_000));
    check.ok(desk.body.length < 20_000, "not all of it in one turn");
    desk.pass(100);
    check.equal([desk.body.length, desk.ends], [100_000, ["whole"]]);
  },

  "what comes in small pieces, one after the other, is left for a rest as well"(check) {
    const desk = new Desk();
    desk.get();
    desk.accept();
    desk.say(head(30_000));
    for (let count = 0; count < 30; count++) desk.say("x".repeat(1_000));
    check.ok(desk.body.length < 20_000, "the chip sleeps after 16 KB");
    desk.pass(100);
    check.equal([desk.body.length, desk.ends], [30_000, ["whole"]]);
  },

  "a request goes out in pieces when the socket is narrow": (check) => {
    const desk = new Desk();
    desk.get();
    for (let count = 0; count < 20; count++) desk.accept(10);
    check.ok(desk.sent.startsWith("GET /f HTTP/1.1\r\n") && desk.sent.endsWith("\r\n\r\n"));
  },

  "who has enough ends it, and bytes that nobody asked for end the connection": (check) => {
    const desk = new Desk();
    desk.get();
    desk.accept();
    desk.say(`${head(100)}enough`);
    check.equal([desk.ends, desk.connected], [["stopped"], false]);
    desk.get();
    desk.accept();
    desk.say(`${head(2)}ok`);
    desk.say("more");
    check.equal([desk.ends[1], desk.connected], ["whole", false]);
  },

  "an index names files of its own board, in harmless letters": (check) => {
    const read = (targets: unknown) =>
      readIndex(encodeText(JSON.stringify({ v: 1, targets })), "T/desk/");
    check.equal(read(["T/desk/1.0.0.bin", "T/desk/1.0.0-from-ab.delta"]), [
      "T/desk/1.0.0.bin",
      "T/desk/1.0.0-from-ab.delta",
    ]);
    for (const path of [
      "T/other/1.bin",
      "T/desk/a b",
      "T/desk/a\r\nX: y",
      "T/desk/../x",
      "T/desk/",
    ])
      check.equal(read([path]), undefined, path);
    check.equal(read([1]), undefined);
    check.equal(readIndex(encodeText('{"v":2,"targets":[]}'), "T/desk/"), undefined);
  },
};
