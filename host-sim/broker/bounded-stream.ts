/**
 * A stream that ends before a packet can be too long. MQTT announces up to 256 MB in five bytes and
 * the broker library buffers what was announced; here the announcement itself is refused
 * (EN 303 645 5.13-1).
 */
import { Duplex } from "node:stream";

/** Follows MQTT 3.1.1 §2.2 fixed headers through a byte stream without keeping a byte of it. */
export class PacketLengths {
  readonly #limit: number;
  /** Bytes of the current packet still to come; undefined inside a fixed header. */
  #body: number | undefined;
  /** Bytes of the current fixed header seen: 0 means its type byte comes next. */
  #header = 0;
  #length = 0;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  /** True while every packet that has begun fits the limit; once false, the stream is lost. */
  follow(chunk: Uint8Array): boolean {
    let at = 0;
    while (at < chunk.length) {
      if (this.#body !== undefined) {
        const step = Math.min(this.#body, chunk.length - at);
        at += step;
        this.#body = this.#body === step ? undefined : this.#body - step;
      } else if (!this.#headerByte(chunk[at++]!)) return false;
    }
    return true;
  }

  #headerByte(byte: number): boolean {
    if (this.#header === 0) {
      this.#header = 1;
      return true;
    }
    this.#length += (byte & 0x7f) * 128 ** (this.#header - 1);
    this.#header += 1;
    const more = (byte & 0x80) !== 0;
    if (this.#length > this.#limit || (more && this.#header > 4)) return false;
    if (more) return true;
    this.#body = this.#length || undefined;
    this.#header = 0;
    this.#length = 0;
    return true;
  }
}

/** `socket`, read through `PacketLengths`; destroyed with `onTooLarge` told when a packet is too long. */
export function boundedStream(socket: Duplex, limitBytes: number, onTooLarge: () => void): Duplex {
  const lengths = new PacketLengths(limitBytes);
  const bounded = new Duplex({
    read: () => {
      socket.resume();
    },
    write: (chunk, _encoding, done) => {
      socket.write(chunk, done);
    },
    final: (done) => {
      socket.end(done);
    },
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on("data", (chunk: Buffer) => {
    if (!lengths.follow(chunk)) {
      onTooLarge();
      bounded.destroy();
    } else if (!bounded.push(chunk)) socket.pause();
  });
  socket.on("end", () => bounded.push(null));
  socket.on("error", (error) => bounded.destroy(error));
  socket.on("close", () => bounded.destroy());
  socket.pause();
  return bounded;
}
