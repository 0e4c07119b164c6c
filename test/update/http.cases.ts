/** Answers of a web host, as bytes: what a bounded reader takes, and what it refuses and why. */
import { encodeText } from "../../device/platform/text.ts";
import { ResponseDecoder, requestText, type Wanted } from "../../device/update/http.ts";
import type { Case } from "../suite.ts";

const wanted: Wanted = { path: "/a", from: 0, maxBytes: 100 };
const later: Wanted = { path: "/a", from: 6, maxBytes: 100, length: 10 };

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole: number[] = [];
  for (const part of parts) whole.push(...part);
  return Uint8Array.from(whole);
}

/** The answer fed in pieces of `size` bytes: the body, or the fault; "more" when it is not whole. */
function read(answer: string, want: Wanted = wanted, size = answer.length): string {
  const bytes = encodeText(answer);
  const decoder = new ResponseDecoder(want);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    const piece = decoder.push(bytes.subarray(at, at + size));
    if (typeof piece === "string") return piece;
    parts.push(piece.body.slice());
    if (piece.whole) return String.fromCharCode(...join(parts));
  }
  return "more";
}

const answer = (fields: string, body = "0123456789", status = "200 OK") =>
  `HTTP/1.1 ${status}\r\n${fields}\r\n${body}`;
const sized = "Content-Length: 10\r\n";
const ranged = "Content-Length: 4\r\nContent-Range: bytes 6-9/10\r\n";

export const cases: Readonly<Record<string, Case>> = {
  "a file comes whole, however the network cuts it": (check) => {
    for (const size of [1, 2, 3, 7, 40, 1000])
      check.equal(read(answer(sized), wanted, size), "0123456789", `${size} bytes at a time`);
    check.equal(read(answer("content-LENGTH:10  \r\nServer: any\r\n")), "0123456789");
    check.equal(read(answer("Content-Length: 0\r\n", "")), "", "an empty file");
    check.equal(read(answer(sized, "012345678")), "more", "one byte is missing");
  },

  "a range is the one that was asked for, or it is refused": (check) => {
    const partial = "206 Partial Content";
    check.equal(read(answer(ranged, "6789", partial), later), "6789");
    for (const wrong of [
      "bytes 5-8/10",
      "bytes 6-9/11",
      "bytes 6-8/10",
      "bytes 6-9/*",
      "items 6-9/10",
    ])
      check.equal(
        read(answer(`Content-Length: 4\r\nContent-Range: ${wrong}\r\n`, "6789", partial), later),
        "wrong-range",
        wrong,
      );
    check.equal(read(answer("Content-Length: 4\r\n", "6789", partial), later), "wrong-range");
    check.equal(read(answer(ranged, "0123", partial)), "wrong-range", "a range nobody asked for");
  },

  "a server without ranges gives all of it, and the beginning is passed over": (check) => {
    for (const size of [1, 5, 100]) check.equal(read(answer(sized), later, size), "6789");
  },

  "a server that lies about the length of a known file is refused before its body": (check) => {
    const known = { ...wanted, length: 9 };
    check.equal(read(answer(sized, ""), known), "wrong-length");
    check.equal(
      read(answer("Content-Length: 5\r\n", ""), later),
      "wrong-length",
      "shorter than was read",
    );
    check.equal(read(answer(sized), { ...wanted, length: 10 }), "0123456789", "control");
  },

  "endless data: nothing is read beyond the limit, nor of unknown length": (check) => {
    check.equal(read(answer("Content-Length: 101\r\n", "")), "too-large");
    check.equal(read(answer("Content-Length: 99999999999\r\n", "")), "no-length");
    check.equal(read(answer("", "")), "no-length");
    for (const length of ["-1", "1e3", "0x10", "", "5, 5"])
      check.equal(read(answer(`Content-Length: ${length}\r\n`, "")), "no-length", length);
    check.equal(read(answer("Content-Length: 100\r\n", "")), "more", "control");
  },

  "what a file does not need is refused: chunks, compression, redirects, interim answers": (
    check,
  ) => {
    check.equal(read(answer(`${sized}Transfer-Encoding: chunked\r\n`)), "chunked");
    check.equal(read(answer(`${sized}Content-Encoding: gzip\r\n`)), "encoded");
    check.equal(read(answer(`${sized}Content-Encoding: identity\r\n`)), "0123456789");
    check.equal(read(answer("Location: https://x/\r\n", "", "302 Found")), "bad-status");
    check.equal(read(answer("", "", "100 Continue")), "bad-status");
    check.equal(read(answer(sized, "", "404 Not Found")), "absent");
    check.equal(read(answer(sized, "", "503 Service Unavailable")), "server-error");
    check.equal(read(answer(sized, "", "416 Range Not Satisfiable"), later), "wrong-range");
  },

  "a head that is no head, or that never ends, is refused": (check) => {
    for (const head of [
      "HTTP/2 200 OK\r\n\r\n",
      "HTTP/1.1 2000 OK\r\n\r\n",
      "SSH-2.0-x\r\n\r\n",
      "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length : 3\r\n\r\n",
      "HTTP/1.1 200 OK\r\nA: b\r\n folded: c\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
    ])
      check.equal(read(head), "bad-response", head);
    const padding = "X: y\r\n".repeat(1000);
    for (const size of [64, 100_000])
      check.equal(read(`HTTP/1.1 200 OK\r\n${padding}`, wanted, size), "header-too-large");
  },

  "a connection is used again only when the answer ended where it said": (check) => {
    const after = (text: string) => {
      const decoder = new ResponseDecoder(wanted);
      decoder.push(encodeText(text));
      return decoder.reusable;
    };
    check.equal(after(answer(sized)), true);
    check.equal(after(`${answer(sized)}!`), false, "a byte too many");
    check.equal(after(answer(`${sized}Connection: close\r\n`)), false);
    check.equal(after(answer(sized).replace("1.1", "1.0")), false);
  },

  "a request says where it goes and what is wanted, and nothing about the unit": (check) => {
    check.equal(
      requestText("updates.test", 8443, later),
      "GET /a HTTP/1.1\r\nHost: updates.test:8443\r\nAccept-Encoding: identity\r\nRange: bytes=6-\r\n\r\n",
    );
    check.ok(!requestText("updates.test", 443, wanted).includes("Range"));
  },
};
