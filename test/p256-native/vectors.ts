/**
 * Signatures good and bad, in the spirit of the Wycheproof project and all made here: what a verifier of
 * ECDSA on P-256 has been known to get wrong. `good` is what follows from FIPS 186-5 section 6.4.2, DER
 * and this project's choice of one form for each; no verifier is asked for it.
 */
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { p256 } from "@noble/curves/nist.js";

export interface Vector {
  readonly title: string;
  readonly good: boolean;
  readonly signature: Uint8Array;
  readonly message: Uint8Array;
  /** 65 bytes when it is a key of ours. */
  readonly key: Uint8Array;
}

const { Point } = p256;
const n = Point.CURVE().n;
const p = Point.CURVE().p;
const Fn = Point.Fn;

const text = (words: string) => new TextEncoder().encode(words);
const bytes32 = (value: bigint) =>
  Uint8Array.from(Buffer.from(value.toString(16).padStart(64, "0"), "hex"));
const hashOf = (message: Uint8Array) =>
  BigInt(`0x${createHash("sha256").update(message).digest("hex")}`) % n;
/** Numbered, so that a failure can be repeated. */
const scalar = (number: number) => hashOf(text(`scalar ${number}`));
const keyOf = (d: bigint) => Point.BASE.multiply(d).toBytes(false);

/** Content of an INTEGER (X.690 8.3). */
function integer(value: bigint): number[] {
  const hex = value.toString(16);
  const digits = [...Buffer.from(hex.length % 2 ? `0${hex}` : hex, "hex")];
  return (digits[0] as number) & 0x80 ? [0, ...digits] : digits;
}

const tlv = (tag: number, content: readonly number[]) => [tag, content.length, ...content];
const sequence = (...parts: readonly number[][]) => Uint8Array.from(tlv(0x30, parts.flat()));
const der = (r: bigint, s: bigint) => sequence(tlv(2, integer(r)), tlv(2, integer(s)));

/** FIPS 186-5 section 6.4.1 with a nonce of our choice. */
function signWith(d: bigint, k: bigint, message: Uint8Array): { r: bigint; s: bigint } {
  const r = Point.BASE.multiply(k).toAffine().x % n;
  return { r, s: Fn.mul(Fn.inv(k), Fn.create(hashOf(message) + r * d)) };
}

const d = scalar(1);
const message = text("message");
const key = keyOf(d);
const genuine = signWith(d, scalar(2), message);

function honest(): Vector[] {
  const list: Vector[] = [];
  for (let number = 0; number < 40; number++) {
    const said = new Uint8Array([0, 1, 55, 56, 63, 64, 65, 1000, 9000][number % 9] as number).fill(
      number,
    );
    const secret = scalar(100 + number);
    const { r, s } = signWith(secret, scalar(200 + number), said);
    const common = { good: true, message: said, key: keyOf(secret) };
    list.push({ title: `ours ${number}`, signature: der(r, s), ...common });
    list.push({ title: `ours ${number}, the other s`, signature: der(r, n - s), ...common });
  }
  for (let number = 0; number < 20; number++) {
    const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const said = text(`said ${number}`);
    const spki = pair.publicKey.export({ format: "der", type: "spki" });
    const signature = Uint8Array.from(sign("sha256", said, pair.privateKey));
    list.push({
      title: `OpenSSL's ${number}`,
      good: true,
      signature,
      message: said,
      key: Uint8Array.from(spki.subarray(-65)),
    });
  }
  return list;
}

/** Sound signatures at the edges of the arithmetic. */
function edges(): Vector[] {
  const h = hashOf(message);
  const k = scalar(3);
  const r = Point.BASE.multiply(k).toAffine().x % n;
  const inverse = Fn.inv(r);
  const made = (title: string, s: bigint, secret: bigint): Vector => ({
    title,
    good: true,
    signature: der(r, s),
    message,
    key: keyOf(secret),
  });
  const forS = (s: bigint) => Fn.mul(Fn.create(s * k - h), inverse);
  const list = [
    made("s is 1", 1n, forS(1n)),
    made("s is n - 1", n - 1n, forS(n - 1n)),
    made("both products are one point", Fn.mul(Fn.create(2n * h), Fn.inv(k)), Fn.mul(h, inverse)),
  ];
  for (const [title, secret] of [
    ["the key is the base point", 1n],
    ["the key is the base point's negative", n - 1n],
    ["the key is twice the base point", 2n],
  ] as const) {
    const own = signWith(secret, k, message);
    list.push({ title, good: true, signature: der(own.r, own.s), message, key: keyOf(secret) });
  }
  return [...list, ...wrapped(h)];
}

/** x of R between n and p: r is x - n, and a verifier that compares x with r refuses it. */
function wrapped(h: bigint): Vector[] {
  for (let x = n; ; x++) {
    const R = liftX(x);
    if (!R) continue;
    const r = x - n;
    if (r === 0n) continue;
    const s = scalar(4);
    const Q = R.multiply(s).subtract(Point.BASE.multiply(h)).multiply(Fn.inv(r));
    const common = { message, key: Q.toBytes(false) };
    return [
      { title: "x of R is beyond n", good: true, signature: der(r, s), ...common },
      { title: "x of R is beyond n, and so is r", good: false, signature: der(x, s), ...common },
    ];
  }
}

function liftX(x: bigint) {
  try {
    return Point.fromBytes(Uint8Array.of(2, ...bytes32(x)));
  } catch {
    return undefined;
  }
}

function outOfRange(): Vector[] {
  const values = [0n, 1n, n - 1n, n, n + 1n, p - 1n, p, p + 1n, 2n ** 256n - 1n];
  const { r, s } = genuine;
  const bad = (title: string, a: bigint, b: bigint): Vector => ({
    title,
    good: false,
    signature: der(a, b),
    message,
    key,
  });
  const list = values.flatMap((a) => [
    bad(`r is ${a.toString(16)}`, a, s),
    bad(`s is ${a.toString(16)}`, r, a),
    ...values.map((b) => bad(`r is ${a.toString(16)}, s is ${b.toString(16)}`, a, b)),
  ]);
  const minusR = { title: "r and s negated", good: false, message, key };
  return [
    ...list,
    bad("r and s swapped", s, r),
    bad("r twice", r, r),
    bad("s is n + s", r, s + n),
    bad("r is n + r", r + n, s),
    bad("r is negated", n - r, s),
    { ...minusR, signature: der(n - r, n - s) },
    // h + r d = 0: the sum is the point at infinity, which has no x.
    bad("the sum is the point at infinity", Fn.mul(Fn.neg(hashOf(message)), Fn.inv(d)), 1n),
  ];
}

/** The genuine pair in every spelling but the one. `high` and `low` say which leading bit r has. */
function spellings(): Vector[] {
  const list: Vector[] = [];
  for (const want of [true, false]) {
    let number = 500;
    let pair = signWith(d, scalar(number), message);
    const isHigh = (value: bigint) => value >= 2n ** 255n;
    while (isHigh(pair.r) !== want || isHigh(pair.s) !== want)
      pair = signWith(d, scalar(++number), message);
    const [r, s] = [integer(pair.r), integer(pair.s)];
    const [R, S] = [tlv(2, r), tlv(2, s)];
    const whole = [...R, ...S];
    const forms: [string, number[] | Uint8Array][] = [
      ["without the sign's zero", sequence(tlv(2, r.slice(1)), S)],
      ["s without the sign's zero", sequence(R, tlv(2, s.slice(1)))],
      ["a zero too many before r", sequence(tlv(2, [0, ...r]), S)],
      ["a zero too many before s", sequence(R, tlv(2, [0, ...s]))],
      ["many zeroes", sequence(tlv(2, [0, 0, 0, 0, ...r]), S)],
      ["r in 33 bytes that are not zero first", sequence(tlv(2, [1, ...r.slice(-32)]), S)],
      ["a byte behind", [...sequence(R, S), 0]],
      ["a byte inside, behind", sequence(R, S, [0])],
      ["a NULL inside, behind", sequence(R, S, [5, 0])],
      ["a third integer", sequence(R, S, S)],
      ["one integer", sequence(R)],
      ["no integer", sequence()],
      ["an empty r", sequence([2, 0], S)],
      ["an empty s", sequence(R, [2, 0])],
      ["the length in long form", [0x30, 0x81, whole.length, ...whole]],
      ["the length in longer form", [0x30, 0x82, 0, whole.length, ...whole]],
      ["r's length in long form", sequence([2, 0x81, r.length, ...r], S)],
      ["no definite length", [0x30, 0x80, ...whole, 0, 0]],
      ["a length of 2^32 and more", [0x30, 0x85, 1, 0, 0, 0, whole.length, ...whole]],
      ["a length too small", [0x30, whole.length - 1, ...whole]],
      ["a length too large", [0x30, whole.length + 1, ...whole]],
      ["r's length too large", sequence([2, r.length + 1, ...r], S)],
      ["s's length too large", sequence(R, [2, s.length + 1, ...s])],
      ["r's length over the end", sequence([2, 0x7f, ...r], S)],
      ["a SET", [0x31, whole.length, ...whole]],
      ["bit strings", sequence(tlv(3, r), tlv(3, s))],
      ["an enumerated r", sequence(tlv(10, r), S)],
      ["a sequence in a sequence", sequence(tlv(0x30, whole))],
      ["compact", [...bytes32(pair.r), ...bytes32(pair.s)]],
      ["compact, with a byte of recovery", [27, ...bytes32(pair.r), ...bytes32(pair.s)]],
      ["text", [...text(Buffer.from(sequence(R, S)).toString("hex"))]],
    ];
    list.push({ title: `canonical, ${want}`, good: true, signature: sequence(R, S), message, key });
    // Where there is no sign's zero the first two drop a digit, which is wrong as well.
    for (const [title, form] of forms)
      list.push({
        title: `${title}, ${want}`,
        good: false,
        signature: Uint8Array.from(form),
        message,
        key,
      });
  }
  return list;
}

function keys(): Vector[] {
  const signature = der(genuine.r, genuine.s);
  const point = Point.fromBytes(key).toAffine();
  const odd = point.y % 2n === 1n;
  const bad = (title: string, other: ArrayLike<number>): Vector => ({
    title,
    good: false,
    signature,
    message,
    key: Uint8Array.from(other),
  });
  const twin = (prefix: number, x: bigint, y: bigint) => [prefix, ...bytes32(x), ...bytes32(y)];
  const list = [
    bad("no key", []),
    bad("infinity", [0]),
    bad("infinity, at full length", new Uint8Array(65)),
    bad("0, 0", twin(4, 0n, 0n)),
    bad("p, p", twin(4, p, p)),
    bad("off the curve by one", twin(4, point.x, point.y + 1n)),
    bad("x and y swapped", twin(4, point.y, point.x)),
    bad("another's key", keyOf(scalar(9))),
    bad("the negative of the key", twin(4, point.x, p - point.y)),
    bad("compressed", [odd ? 3 : 2, ...bytes32(point.x)]),
    bad("hybrid", twin(odd ? 7 : 6, point.x, point.y)),
    bad("hybrid, the other parity", twin(odd ? 6 : 7, point.x, point.y)),
    bad("the compressed prefix at full length", twin(odd ? 3 : 2, point.x, point.y)),
    bad("without its prefix", key.slice(1)),
    bad("a byte short", key.slice(0, 64)),
    bad("a byte long", [...key, 0]),
    bad("a byte before", [0, ...key]),
  ];
  return [...list, ...beyondP()];
}

/** A key whose x is so small that x + p fits as well: the same point, spelt out of range. */
function beyondP(): Vector[] {
  for (let x = 1n; ; x++) {
    const Q = liftX(x);
    if (!Q) continue;
    const { y } = Q.toAffine();
    // Nobody knows Q's secret, so no genuine signature can show that the range is what refuses these: they
    // are here for what a library may do with such a key besides.
    const signature = der(genuine.r, genuine.s);
    const common = { good: false, signature, message };
    return [
      { title: "x + p for x", key: Uint8Array.of(4, ...bytes32(x + p), ...bytes32(y)), ...common },
      { title: "y is p", key: Uint8Array.of(4, ...bytes32(x), ...bytes32(p)), ...common },
    ];
  }
}

/** One bit of every byte of a genuine signature, message and key; and noise. */
function damaged(): Vector[] {
  const signature = der(genuine.r, genuine.s);
  const list: Vector[] = [];
  const flip = (bytes: Uint8Array, at: number, bit: number) =>
    bytes.map((byte, index) => (index === at ? byte ^ (1 << bit) : byte));
  for (let at = 0; at < signature.length; at++)
    for (const bit of [at % 8, 7])
      list.push({
        title: `signature, byte ${at}, bit ${bit}`,
        good: false,
        signature: flip(signature, at, bit),
        message,
        key,
      });
  for (let at = 0; at < key.length; at++)
    list.push({
      title: `key, byte ${at}`,
      good: false,
      signature,
      message,
      key: flip(key, at, at % 8),
    });
  for (let at = 0; at < message.length; at++)
    list.push({
      title: `message, byte ${at}`,
      good: false,
      signature,
      message: flip(message, at, 0),
      key,
    });
  for (let length = 0; length <= 90; length++) {
    const noise = createHash("shake256", { outputLength: 90 }).update(`noise ${length}`).digest();
    list.push({
      title: `${length} bytes of noise`,
      good: false,
      signature: Uint8Array.from(noise.subarray(0, length)),
      message,
      key,
    });
    list.push({
      title: `the first ${length} bytes`,
      good: length >= signature.length,
      signature: signature.slice(0, length),
      message,
      key,
    });
  }
  return list;
}

export function makeVectors(): Vector[] {
  return [...honest(), ...edges(), ...outOfRange(), ...spellings(), ...keys(), ...damaged()];
}
