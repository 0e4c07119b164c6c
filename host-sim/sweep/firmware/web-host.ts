/**
 * A static web host inside the engine: the files of a repository, out of the partition "feed", in
 * HTTP/1.1 with ranges. Nothing of them is held: a file is read as it is sent.
 *
 * Block 0 of the partition: the bytes of what follows in `digits` digits; a line for each file,
 * `<path> <offset> <length>`; the rest is blank.
 */
import type { Flash, FlashStorage } from "../../../device/platform/platform.ts";
import { decodeText, encodeText } from "../../../device/platform/text.ts";
import { feedPartition } from "./feed.ts";
import type { Answering, Stream } from "./loopback.ts";

export const indexBytes = 4_096;
export const digits = 4;

export function webHostAnswering(storage: FlashStorage): Answering {
  const flash = storage.open({ path: feedPartition, mode: "r" });
  let heard = "";
  return (bytes) => {
    heard += decodeText(bytes) ?? "";
    const replies: (Uint8Array | Stream)[] = [];
    for (let end = heard.indexOf("\r\n\r\n"); end >= 0; end = heard.indexOf("\r\n\r\n")) {
      replies.push(...answer(flash, heard.slice(0, end)));
      heard = heard.slice(end + 4);
    }
    return replies;
  };
}

function answer(flash: Flash, request: string): (Uint8Array | Stream)[] {
  const [, path] = /^GET \/(\S+) HTTP/.exec(request) ?? [];
  const from = Number(/\r\nRange: bytes=([0-9]+)-/.exec(request)?.[1] ?? 0);
  const place = path === undefined ? undefined : placeOf(flash, path);
  if (!place) return [encodeText("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")];
  const left = place.length - from;
  const head =
    from > 0
      ? `206 Partial Content\r\nContent-Range: bytes ${from}-${place.length - 1}/${place.length}`
      : "200 OK";
  return [
    encodeText(`HTTP/1.1 ${head}\r\nContent-Length: ${left}\r\n\r\n`),
    new Body(flash, place.offset + from, left),
  ];
}

class Body implements Stream {
  left: number;
  private readonly flash: Flash;
  private at: number;

  constructor(flash: Flash, at: number, left: number) {
    this.flash = flash;
    this.at = at;
    this.left = left;
  }

  take(mostBytes: number): Uint8Array {
    const length = Math.min(mostBytes, this.left);
    const bytes = new Uint8Array(this.flash.read(length, this.at));
    this.at += length;
    this.left -= length;
    return bytes;
  }
}

function placeOf(flash: Flash, path: string): { offset: number; length: number } | undefined {
  const text = (length: number, at: number) => decodeText(new Uint8Array(flash.read(length, at)));
  const index = text(Number(text(digits, 0)), digits) ?? "";
  const start = index.indexOf(`${path} `);
  if (start < 0) return undefined;
  const [, offset, length] = index.slice(start, index.indexOf("\n", start)).split(" ").map(Number);
  return offset === undefined || length === undefined ? undefined : { offset, length };
}
