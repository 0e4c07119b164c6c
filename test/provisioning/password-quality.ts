/**
 * What an attacker would try on a factory's passwords, as a function: it returns what it found.
 * The bounds are six standard deviations, so that chance alone fails a run once in ten million.
 */
import { createHash, hash } from "node:crypto";

export interface Sample {
  readonly password: string;
  readonly serial: string;
  readonly id: string;
  /** DER. */
  readonly certificate?: Uint8Array;
}

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const length = 16;
const sigmas = 6;

/** Upper bound of chi-square with `degrees` of freedom (Wilson and Hilferty's approximation). */
export function chiSquareBound(degrees: number): number {
  const spread = 2 / (9 * degrees);
  return degrees * (1 - spread + sigmas * Math.sqrt(spread)) ** 3;
}

function chiSquare(counts: Iterable<number>, cells: number, total: number): number {
  const expected = total / cells;
  let sum = 0;
  for (const count of counts) sum += (count - expected) ** 2 / expected;
  return sum;
}

/** Malformed, repeated, or biased by symbol, position, bit or neighbour. */
export function findBias(passwords: readonly string[]): string[] {
  const found: string[] = [];
  if (new Set(passwords).size !== passwords.length) found.push("duplicates");
  const positions = Array.from({ length }, () => new Uint32Array(32));
  const pooled = new Uint32Array(32);
  const pairs = new Uint32Array(32 * 32);
  const bits = new Uint32Array(length * 5);
  for (const password of passwords) {
    let previous = -1;
    if (password.length !== length) found.push("malformed");
    for (let at = 0; at < length; at++) {
      const symbol = alphabet.indexOf(password[at] ?? "?");
      if (symbol < 0) return [...found, "malformed"];
      positions[at]![symbol]!++;
      pooled[symbol]!++;
      if (previous >= 0) pairs[previous * 32 + symbol]!++;
      for (let bit = 0; bit < 5; bit++) bits[at * 5 + bit]! += (symbol >> bit) & 1;
      previous = symbol;
    }
  }
  const count = passwords.length;
  positions.forEach((counts, at) => {
    if (chiSquare(counts, 32, count) > chiSquareBound(31)) found.push(`position ${at}`);
  });
  if (chiSquare(pooled, 32, count * length) > chiSquareBound(31)) found.push("symbols");
  if (chiSquare(pairs, 32 * 32, count * (length - 1)) > chiSquareBound(1023)) found.push("pairs");
  const slack = sigmas * Math.sqrt(count / 4);
  bits.forEach((ones, bit) => {
    if (Math.abs(ones - count / 2) > slack) found.push(`bit ${bit}`);
  });
  return found;
}

/** The bits of `bytes` in Crockford base 32, a last incomplete group dropped. */
function toBase32(bytes: Uint8Array): string {
  let text = "";
  let group = 0;
  let bits = 0;
  for (const byte of bytes) {
    group = ((group << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += alphabet[(group >> (bits - 5)) & 31];
  }
  return text;
}

/** The ten bytes a password stands for. */
function fromBase32(password: string): Buffer {
  const value = [...password].reduce(
    (sum, symbol) => sum * 32n + BigInt(alphabet.indexOf(symbol)),
    0n,
  );
  return Buffer.from(value.toString(16).padStart(20, "0"), "hex");
}

/**
 * Passwords that follow from what an outsider can see or count: any 16 symbols in a row of the text,
 * hexadecimal or base 32 of a public value, of its hashes, or of two values joined. `index` starts at
 * `firstIndex` for counters that do not start at 0.
 */
export function findDerivations(samples: readonly Sample[], firstIndex = 0): string[] {
  const found = new Set<string>();
  samples.forEach((sample, at) => {
    const forms = derivedForms(sample, firstIndex + at);
    const passwordBytes = fromBase32(sample.password);
    // All at once, and one by one only where there is something to name: 100,000 units take a while.
    if (!tells(Buffer.concat(forms.map(([, bytes]) => bytes)), sample.password, passwordBytes))
      return;
    for (const [name, bytes] of forms)
      if (tells(bytes, sample.password, passwordBytes)) found.add(name);
  });
  return [...found];
}

/** Each padded to whole groups of 40 bits, so that base 32 reads the same when they are joined. */
function derivedForms(sample: Sample, index: number): [string, Buffer][] {
  const forms: [string, Buffer][] = [];
  for (const [name, value] of publicValues(sample, index)) {
    forms.push([name, padded(value)]);
    for (const algorithm of ["md5", "sha1", "sha256"])
      forms.push([`${algorithm}(${name})`, padded(hash(algorithm, value, "buffer"))]);
  }
  return forms;
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes], Math.ceil((bytes.length + 1) / 5) * 5);
}

function publicValues(sample: Sample, index: number): [string, Buffer][] {
  const counter = Buffer.alloc(4);
  counter.writeUInt32BE(index);
  const values: [string, Buffer][] = [
    ["serial", Buffer.from(sample.serial)],
    ["id", Buffer.from(sample.id)],
    ["serial+id", Buffer.from(sample.serial + sample.id)],
    ["index", Buffer.from(String(index))],
    ["binary index", counter],
    ["padded index", Buffer.from(String(index).padStart(16, "0"))],
  ];
  if (sample.certificate) {
    const der = Buffer.from(sample.certificate);
    values.push(["certificate", der]);
    values.push(["fingerprint", Buffer.from(createHash("sha256").update(der).digest("hex"))]);
  }
  return values;
}

/** As text, as hexadecimal, as base 32 from the start, or as base 32 from any other byte. */
function tells(bytes: Buffer, password: string, passwordBytes: Buffer): boolean {
  return (
    bytes.includes(passwordBytes) ||
    bytes.toString("hex").toUpperCase().includes(password) ||
    toBase32(bytes).includes(password) ||
    bytes.toString("latin1").toUpperCase().includes(password)
  );
}
