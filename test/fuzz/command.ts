/**
 * Hostile commands: mutated bytes, and signed orders whose JSON was mutated under the old signature.
 * Nothing may throw, no changed order may be admitted, and what is admitted as a product command must
 * be what an independent reader (`JSON.parse`) sees in the same bytes.
 */

import { admit } from "../../device/commands/admit.ts";
import { MAX_COMMAND_BYTES } from "../../device/commands/command.ts";
import { decodeCommand } from "../../device/commands/decode.ts";
import type { Signatures } from "../../device/crypto/crypto.ts";
import { toBase64url } from "../../device/platform/encoding.ts";
import { encodeText } from "../../device/platform/text.ts";
import { authority, lampSet, signed } from "../commands/owner.ts";
import { crypto } from "../crypto.ts";
import { prng } from "../prng.ts";
import { below, mutate, pick, type Random } from "./command-mutate.ts";

export interface FuzzResult {
  executions: number;
  refusals: Record<string, number>;
}

/** One signature in so many is computed; a verification takes as long as 1,000 parses. */
const VERIFY_ONE_IN = 100;
/** What an order that reached its signature is counted as when that was not computed. */
const NOT_COMPUTED = "signature reached, not computed";

const plain = [
  '{"v":1,"id":"a-1_B","set":{"lamp":true}}',
  ' { "id" : "x" , "v" : 1 , "set" : { "lamp" : false } } ',
].map(encodeText);
const orders = [
  signed(),
  signed({ ctr: 9 }, { cmd: "consent", args: { purpose: "statistics", granted: true } }),
  signed({ ctr: 10 }, { cmd: "transfer-owner", args: { key: toBase64url(new Uint8Array(32)) } }),
];
const corpus = [...plain, ...orders];
const tokens = [
  '"__proto__":',
  '"set":',
  '"cmd":"wipe"',
  '{"lamp":true}',
  "[[[[[",
  "{{{{{",
  "1e999",
  "9007199254740993",
  "-0",
  "null",
  "true",
  '"id":"',
  "\\u0000",
  "\\ud83d",
  "\ufeff",
  ".",
  "..",
  "=",
  "eyJ",
  "\u{1f600}",
  '"ctr":99',
  '"exp":1900000000',
  '"alg":"none"',
  "wipe",
  "consent",
  "0",
  "9",
].map(encodeText);

const taken = orders.map((order) => {
  const parts = String.fromCharCode(...order).split(".");
  return { parts, inner: parts.map((part) => Uint8Array.from(Buffer.from(part, "base64url"))) };
});

/** Mutates the JSON inside a part and puts the order together again, signature as it was. */
function mutateInside(random: Random): Uint8Array {
  const { parts, inner } = pick(random, taken);
  const index = below(random, 8) === 0 ? 0 : 1;
  const part = mutate(random, inner[index] as Uint8Array, plain, tokens);
  const changed = Buffer.from(part).toString("base64url");
  const [header, payload, signature] = parts;
  const text = index === 0 ? `${changed}.${payload}` : `${header}.${changed}`;
  return Uint8Array.from(Buffer.from(`${text}.${signature}`, "latin1"));
}

/** White space in front, to a little below, at or above the size limit, or far beyond it. */
function swell(random: Random, bytes: Uint8Array): Uint8Array {
  const far = random() < 0.1 ? below(random, 100_000) : 0;
  const length = MAX_COMMAND_BYTES - 4 + below(random, 8) + far;
  if (length <= bytes.length) return bytes;
  const swollen = new Uint8Array(length).fill(0x20);
  swollen.set(bytes, length - bytes.length);
  return swollen;
}

const same = (a: Uint8Array, b: Uint8Array) =>
  a.length === b.length && a.every((byte, index) => byte === b[index]);

/** Throws when the product command is not what `JSON.parse` finds in the same bytes. */
function compareWithParse(bytes: Uint8Array, command: { id: string; set: object }): void {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  const { v, id, set, ...more } = JSON.parse(text);
  const agreed =
    v === 1 &&
    id === command.id &&
    JSON.stringify(set) === JSON.stringify(command.set) &&
    Object.keys(more).length === 0;
  if (!agreed) throw new Error(`read differently: ${text}`);
}

/** The reason a command is refused, or "admitted". Throws on an accepted forgery. */
function attempt(bytes: Uint8Array, signatures: () => Signatures, admitWith: typeof admit): string {
  const command = decodeCommand(bytes, lampSet);
  if ("refused" in command) return command.refused;
  if (bytes.length > MAX_COMMAND_BYTES) throw new Error(`read ${bytes.length} bytes`);
  const admitted = admitWith(command, authority, signatures);
  if ("refused" in admitted) return admitted.refused;
  if (admitted.kind === "product") compareWithParse(bytes, admitted);
  else if (!orders.some((order) => same(order, bytes)))
    throw new Error(`accepted forgery: ${String.fromCharCode(...bytes)}`);
  return "admitted";
}

/** @param admitWith a broken one in the control. */
export function fuzzCommands(
  iterations: number,
  seed: number,
  admitWith: typeof admit = admit,
): FuzzResult {
  const random = prng(seed);
  const refusals: Record<string, number> = {};
  let reached = 0;
  for (let execution = 0; execution < iterations; execution++) {
    const inside = random() < 0.4;
    const mutated = inside
      ? mutateInside(random)
      : mutate(random, pick(random, corpus), corpus, tokens);
    const bytes = below(random, 100) === 0 ? swell(random, mutated) : mutated;
    let computed = true;
    const signatures = () => {
      computed = reached++ % VERIFY_ONE_IN === 0;
      return computed ? crypto.signatures() : { verifyEd25519: () => false };
    };
    const reason = attempt(bytes, signatures, admitWith);
    const counted = computed ? reason : NOT_COMPUTED;
    refusals[counted] = (refusals[counted] ?? 0) + 1;
  }
  return { executions: iterations, refusals };
}

export const target = {
  name: "command",
  run: (iterations: number, seed: number) => fuzzCommands(iterations, seed),
};
