/**
 * As much of HTTP/1.1 as fetching a file from a static host takes (RFC 9110, RFC 9112): GET with a
 * range, over TLS, and an answer that says how long it is. Whatever else a server may do (chunks,
 * compression, redirects, interim answers) is refused, so there is nothing to parse of it. What a
 * server says is untrusted; memory is bounded by what was asked for.
 */
import { decodeText } from "../platform/text.ts";

/** Why a file did not come, or not whole. */
export type HttpFault =
  /** No connection, or the peer failed verification. */
  | "not-reached"
  /** The connection ended before the answer did. */
  | "closed"
  | "silent"
  | "too-slow"
  /** Not HTTP/1.1, or malformed. */
  | "bad-response"
  | "header-too-large"
  | "chunked"
  | "encoded"
  | "no-length"
  /** Longer than what was agreed to be read. */
  | "too-large"
  /** Not as long as the file is known to be. */
  | "wrong-length"
  | "wrong-range"
  /** The server has no such file (403: what object stores say of it). */
  | "absent"
  | "server-error"
  /** Any other status, redirects among them. */
  | "bad-status";

/** What is wanted of a file. */
export interface Wanted {
  /** Absolute path, percent-encoded: no blanks, no control characters. */
  readonly path: string;
  /** First byte wanted; the rest of the file is wanted too. */
  readonly from: number;
  /** Bytes of the whole file, at most. */
  readonly maxBytes: number;
  /** Bytes of the whole file, when they are known. */
  readonly length?: number;
}

export const headerBytes = 4_096;

/** The request's bytes are ASCII: `path` and `host` come from our own patterns. */
export function requestText(host: string, port: number, { path, from }: Wanted): string {
  const name = port === 443 ? host : `${host}:${port}`;
  const range = from > 0 ? `Range: bytes=${from}-\r\n` : "";
  return `GET ${path} HTTP/1.1\r\nHost: ${name}\r\nAccept-Encoding: identity\r\n${range}\r\n`;
}

interface Head {
  readonly status: number;
  /** The connection can be used again. */
  readonly keeps: boolean;
  readonly fields: ReadonlyMap<string, string>;
}

export interface Piece {
  /** Bytes of the file, in order, from `from` on; may be empty. Valid until the next `push`. */
  readonly body: Uint8Array;
  readonly whole: boolean;
}

/** Reads one answer. Pure: bytes in, bytes of the file or the fault out. */
export class ResponseDecoder {
  /** After the end: nothing stands in the way of another request on this connection. */
  reusable = false;
  private readonly wanted: Wanted;
  private head = new Uint8Array(0);
  private inBody = false;
  /** Bytes of the body before the first that is wanted: from a server without ranges. */
  private skip = 0;
  private left = 0;

  constructor(wanted: Wanted) {
    this.wanted = wanted;
  }

  /** The next bytes from the connection. After a fault or the end there is no next. */
  push(bytes: Uint8Array): Piece | HttpFault {
    const body = this.inBody ? bytes : this.readHead(bytes);
    if (typeof body === "string") return body;
    const excess = body.length > this.left;
    const taken = excess ? body.subarray(0, this.left) : body;
    this.left -= taken.length;
    const skipped = Math.min(this.skip, taken.length);
    this.skip -= skipped;
    // Bytes behind the end belong to no answer that was asked for.
    if (excess) this.reusable = false;
    return { body: taken.subarray(skipped), whole: this.inBody && this.left === 0 };
  }

  /** What follows the head in `bytes`; empty while it is not whole. */
  private readHead(bytes: Uint8Array): Uint8Array | HttpFault {
    const before = this.head.length;
    const head = new Uint8Array(before + bytes.length);
    head.set(this.head);
    head.set(bytes, before);
    const end = endOfHead(head, Math.max(0, before - 3));
    if ((end ?? head.length) > headerBytes) return "header-too-large";
    this.head = head;
    if (end === undefined) return new Uint8Array(0);
    this.head = new Uint8Array(0);
    const parsed = parseHead(head.subarray(0, end - 4));
    if (parsed === undefined) return "bad-response";
    const fault = this.judge(parsed);
    if (fault !== undefined) return fault;
    this.inBody = true;
    return head.subarray(end);
  }

  private judge({ status, keeps, fields }: Head): HttpFault | undefined {
    if (status === 403 || status === 404 || status === 410) return "absent";
    if (status >= 500) return "server-error";
    if (status === 416) return "wrong-range";
    if (status !== 200 && status !== 206) return "bad-status";
    if (fields.has("transfer-encoding")) return "chunked";
    if ((fields.get("content-encoding") ?? "identity") !== "identity") return "encoded";
    const length = readCount(fields.get("content-length"));
    if (length === undefined) return "no-length";
    const { from } = this.wanted;
    // A server without ranges gives the file from its start.
    const first = status === 206 ? from : 0;
    const fault = this.judgeLength(first + length);
    if (fault !== undefined) return fault;
    if (status === 206 && !this.isRange(fields.get("content-range"), length)) return "wrong-range";
    this.skip = from - first;
    this.left = length;
    this.reusable = keeps;
    return undefined;
  }

  private judgeLength(total: number): HttpFault | undefined {
    const { from, maxBytes, length } = this.wanted;
    if (total > maxBytes) return "too-large";
    return total < from || (length !== undefined && total !== length) ? "wrong-length" : undefined;
  }

  /** RFC 9110 section 14.4: exactly the range that was asked for, to the end of the file. */
  private isRange(text: string | undefined, length: number): boolean {
    const { from } = this.wanted;
    const [, first, last, total] =
      /^bytes ([0-9]+)-([0-9]+)\/([0-9]+)$/.exec(text ?? "") ?? ([] as string[]);
    return (
      from > 0 &&
      readCount(first) === from &&
      readCount(last) === from + length - 1 &&
      readCount(total) === from + length
    );
  }
}

/** Where the body begins; undefined while the blank line has not come. */
function endOfHead(bytes: Uint8Array, from: number): number | undefined {
  for (let at = from; at + 4 <= bytes.length; at++)
    if (bytes[at] === 13 && bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10)
      return at + 4;
  return undefined;
}

function parseHead(bytes: Uint8Array): Head | undefined {
  const [first, ...lines] = (decodeText(bytes) ?? "").split("\r\n");
  const status = /^HTTP\/1\.([01]) ([1-5][0-9][0-9])( .*)?$/.exec(first ?? "");
  if (!status) return undefined;
  const fields = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = /^([A-Za-z0-9!#$%&'*+.^_`|~-]+):(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    const key = name.toLowerCase();
    // Two lengths, or two ranges: whoever looked at the other one saw another file.
    if (fields.has(key) && key.startsWith("content-")) return undefined;
    fields.set(key, value.trim().toLowerCase());
  }
  const keeps = status[1] === "1" && fields.get("connection") !== "close";
  return { status: Number(status[2]), keeps, fields };
}

function readCount(text: string | undefined): number | undefined {
  return text !== undefined && text.length <= 10 && /^[0-9]+$/.test(text)
    ? Number(text)
    : undefined;
}
