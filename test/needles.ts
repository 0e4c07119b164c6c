/**
 * Every form in which a secret could lie in a flash, a log or a page: as it is, in other cases and
 * encodings, in pieces, and hashed in the ways that would let somebody test a guess cheaply.
 */
import { createHash, createHmac, pbkdf2Sync, scryptSync } from "node:crypto";
import { passwordLength, stretch, stretching } from "../provisioning/set-up-password.ts";

export interface Needle {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Names of the needles that are in there. */
export function found(haystack: Uint8Array, needles: readonly Needle[]): string[] {
  const buffer = Buffer.from(haystack.buffer, haystack.byteOffset, haystack.length);
  return needles.filter(({ bytes }) => buffer.includes(bytes)).map(({ name }) => name);
}

/** Bytes as such, turned round, in hex, in base64 at any alignment, and as a printed array. */
export function bytesForms(name: string, value: Uint8Array): Needle[] {
  const bytes = Buffer.from(value);
  const hex = bytes.toString("hex");
  const list = [...bytes];
  const forms: [string, Buffer | string][] = [
    ["raw", bytes],
    ["reversed", Buffer.from(bytes).reverse()],
    ["hex", hex],
    ["HEX", hex.toUpperCase()],
    ["array", list.join(",")],
    ["printed array", list.join(", ")],
  ];
  for (let shift = 0; shift < 3; shift++) {
    // What comes before and after changes the characters at the ends, so they are left out.
    const padded = Buffer.concat([Buffer.alloc(shift), bytes]);
    const whole = padded.length - (padded.length % 3);
    const middle = padded
      .subarray(0, whole)
      .toString("base64")
      .slice(shift && 4);
    forms.push([`base64 at ${shift}`, middle]);
    forms.push([`base64url at ${shift}`, middle.replaceAll("+", "-").replaceAll("/", "_")]);
  }
  return forms.map(([form, text]) => ({ name: `${name}, ${form}`, bytes: Buffer.from(text) }));
}

/** Text in UTF-8 and UTF-16, either case, and as bytes in every form. */
export function textForms(name: string, text: string): Needle[] {
  const utf16 = Buffer.from(text, "utf16le");
  return [
    ...bytesForms(name, Buffer.from(text)),
    { name: `${name}, lower case`, bytes: Buffer.from(text.toLowerCase()) },
    { name: `${name}, upper case`, bytes: Buffer.from(text.toUpperCase()) },
    { name: `${name}, UTF-16LE`, bytes: utf16 },
    { name: `${name}, UTF-16BE`, bytes: Buffer.from(utf16).swap16() },
  ];
}

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** Long enough that chance does not put it anywhere, short enough to find a truncated one. */
const pieceBytes = 16;

/** The 80 bits behind the 16 characters. */
function decoded(password: string): Buffer {
  let bits = 0n;
  for (const character of password) bits = (bits << 5n) | BigInt(alphabet.indexOf(character));
  return Buffer.from(bits.toString(16).padStart(20, "0"), "hex");
}

/** The label's password, its pieces, what is computed from it, and what would test a guess of it. */
export async function passwordNeedles(papers: {
  readonly serial: string;
  readonly id: string;
  readonly password: string;
}): Promise<Needle[]> {
  const { serial, id, password } = papers;
  const groups = password.match(/.{4}/g) ?? [];
  const needles = [
    ...textForms("password", password),
    ...textForms("password with dashes", groups.join("-")),
    ...textForms("password with spaces", groups.join(" ")),
    ...bytesForms("the password's 80 bits", decoded(password)),
    ...bytesForms("w1", (await stretch(password, serial)).w1),
    ...scryptPieces(password, serial),
    ...cheapTests(password, [serial, id, `Thirteen-${id.slice(0, 4).toUpperCase()}`]),
  ];
  for (let at = 0; at + 8 <= passwordLength; at++) {
    const piece = password.slice(at, at + 8);
    needles.push({ name: `characters ${at} to ${at + 8}`, bytes: Buffer.from(piece) });
    needles.push({
      name: `characters ${at} to ${at + 8}, lower case`,
      bytes: Buffer.from(piece.toLowerCase()),
    });
  }
  return needles;
}

/** The memory-hard hash before it is reduced to w0 and w1 (RFC 9383 section 3.2). */
function scryptPieces(password: string, serial: string): Needle[] {
  const counted = (text: string) => {
    const length = Buffer.alloc(8);
    length.writeUInt32LE(Buffer.byteLength(text));
    return Buffer.concat([length, Buffer.from(text)]);
  };
  const input = Buffer.concat([counted(password), counted(""), counted(serial)]);
  const output = scryptSync(input, "", 80, stretching);
  // The first half less its top is congruent to w0, which belongs there; the second makes w1.
  return [0, 40, 48, 64].map((at) => ({
    name: `scrypt output from ${at}`,
    bytes: output.subarray(at, at + pieceBytes),
  }));
}

/** Hashes of the password that are quick to compute: each would be a cheap test of a guess. */
function cheapTests(password: string, salts: readonly string[]): Needle[] {
  const spellings = [password, password.toLowerCase(), password.match(/.{4}/g)?.join("-") ?? ""];
  const needles: Needle[] = [];
  const add = (name: string, digest: Buffer) =>
    needles.push({ name, bytes: digest.subarray(0, pieceBytes) });
  for (const algorithm of ["md5", "sha1", "sha256", "sha512", "sha3-256"]) {
    const digest = (data: string | Buffer) => createHash(algorithm).update(data).digest();
    for (const text of spellings) {
      add(`${algorithm}(${spellings.indexOf(text)})`, digest(text));
      add(
        `${algorithm} of UTF-16 (${spellings.indexOf(text)})`,
        digest(Buffer.from(text, "utf16le")),
      );
      for (const salt of salts) {
        add(`${algorithm}(salt, password)`, digest(salt + text));
        add(`${algorithm}(password, salt)`, digest(text + salt));
        add(`HMAC ${algorithm} under the salt`, createHmac(algorithm, salt).update(text).digest());
        add(
          `HMAC ${algorithm} under the password`,
          createHmac(algorithm, text).update(salt).digest(),
        );
      }
    }
  }
  for (const salt of ["", ...salts])
    for (const algorithm of ["sha1", "sha256", "sha512"])
      for (const rounds of [1, 1000, 4096])
        add(`PBKDF2 ${algorithm} ${rounds}`, pbkdf2Sync(password, salt, rounds, 32, algorithm));
  return needles;
}

/** A Wi-Fi password, and the key that WPA makes of it (IEEE 802.11, annex J.4). */
export function wifiNeedles({ ssid, password }: { ssid: string; password: string }): Needle[] {
  return [
    ...textForms("Wi-Fi password", password),
    ...bytesForms("WPA key", pbkdf2Sync(password, ssid, 4096, 32, "sha1")),
  ];
}
