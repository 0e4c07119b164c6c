/**
 * The little DER (ITU-T X.690) that certificates, revocation lists and key files take. Writing it
 * here keeps the signature apart from the key: what signs may be a token that never gives its key
 * out (PKCS#11), and one template serves a thousand units.
 */

export function element(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  const header =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : length < 0x10000
          ? [tag, 0x82, length >> 8, length & 0xff]
          : [tag, 0x83, length >> 16, (length >> 8) & 0xff, length & 0xff];
  return Buffer.concat([Buffer.from(header), content]);
}

export function sequence(...elements: readonly Uint8Array[]): Buffer {
  return element(0x30, Buffer.concat(elements));
}

export function setOf(...elements: readonly Uint8Array[]): Buffer {
  return element(0x31, Buffer.concat(elements));
}

export function octets(bytes: Uint8Array): Buffer {
  return element(0x04, bytes);
}

/** All bits used. */
export function bits(bytes: Uint8Array): Buffer {
  return element(0x03, Buffer.concat([Buffer.from([0]), bytes]));
}

export function utf8(text: string): Buffer {
  return element(0x0c, Buffer.from(text));
}

export const yes = element(0x01, Buffer.from([0xff]));

export function integer(value: number): Buffer {
  const hex = value.toString(16);
  // Even digits, and a leading zero byte where the top bit would read as a sign.
  return element(
    0x02,
    Buffer.from(hex.length % 2 ? `0${hex}` : hex.replace(/^(?=[89a-f])/, "00"), "hex"),
  );
}

/** Big-endian, positive, without a leading zero byte. */
export function unsigned(bytes: Uint8Array): Buffer {
  return element(0x02, bytes[0]! & 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

/** "1.2.840.10045.4.3.2" */
export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return element(0x06, Buffer.from(bytes));
}

/** UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5280, 4.1.2.5). Whole seconds. */
export function time(date: Date): Buffer {
  const text = date.toISOString().replace(/[-:T]|\.\d+/g, "");
  return date.getUTCFullYear() < 2050
    ? element(0x17, Buffer.from(text.slice(2)))
    : element(0x18, Buffer.from(text));
}

/** `[number]`, constructed: an explicit tag, or an implicit one over a sequence's content. */
export function tagged(number: number, content: Uint8Array): Buffer {
  return element(0xa0 | number, content);
}

/** `[number]`, primitive: an implicit tag over a string's content. */
export function taggedBytes(number: number, content: Uint8Array): Buffer {
  return element(0x80 | number, content);
}

export interface Element {
  readonly tag: number;
  readonly content: Buffer;
  /** The whole of it. */
  readonly bytes: Buffer;
}

/** The elements that `bytes` is made of, or undefined when it is not DER of lengths below 2^24. */
export function readElements(bytes: Uint8Array): Element[] | undefined {
  const elements: Element[] = [];
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < all.length; ) {
    const tag = all[at]!;
    const first = all[at + 1];
    if (first === undefined || first === 0x80 || first > 0x83) return undefined;
    const extra = first > 0x80 ? first - 0x80 : 0;
    const start = at + 2 + extra;
    if (start > all.length) return undefined;
    const length = extra === 0 ? first : all.readUIntBE(at + 2, extra);
    if (start + length > all.length) return undefined;
    elements.push({
      tag,
      content: all.subarray(start, start + length),
      bytes: all.subarray(at, start + length),
    });
    at = start + length;
  }
  return elements;
}
