import { createHash, randomBytes } from "node:crypto";
import test from "ava";
import { encodeCrockford } from "../../provisioning/crockford.ts";
import { generateId, generateSerial } from "../../provisioning/serial.ts";
import { generatePassword } from "../../provisioning/set-up-password.ts";
import { chiSquareBound, findBias, findDerivations, type Sample } from "./password-quality.ts";
import { issueUnits, sharedFactory } from "./scratch.ts";

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const many = 100_000;

function passwords(count: number, generate: (index: number) => string): string[] {
  return Array.from({ length: count }, (_, index) => generate(index));
}

test("100,000 passwords: no duplicate, no bias by symbol, position, bit or neighbour", (t) => {
  t.deepEqual(findBias(passwords(many, generatePassword)), []);
});

test("control: the bounds are the published quantiles of chi-square", (t) => {
  // Tables give 61.10 (31 degrees) and 1,168.5 (1,023) at three sigmas' 0.999; ours lie at six.
  t.true(chiSquareBound(31) > 100 && chiSquareBound(31) < 112);
  t.true(chiSquareBound(1023) > 1300 && chiSquareBound(1023) < 1340);
});

test("control: each kind of bad generator is found", (t) => {
  const symbol = (value: number) => alphabet[value % 32] ?? "";
  const from = (choose: (byte: number, at: number, all: Buffer) => number) => () =>
    [...randomBytes(16)]
      .map((byte, at, all) => symbol(choose(byte, at, Buffer.from(all))))
      .join("");
  const count = 20_000;
  const broken: [string, (index: number) => string, string][] = [
    // 256 is no multiple of 31: the classic modulo bias, and a symbol that never comes.
    ["modulo 31", from((byte) => byte % 31), "symbols"],
    [
      "a slight bias: one symbol 10 % too rare",
      from((byte, _at, all) => (byte % 32 === 7 && all[0]! % 10 === 0 ? 8 : byte)),
      "symbols",
    ],
    ["a stuck bit", from((byte, at) => (at === 5 ? byte | 1 : byte)), "bit 25"],
    [
      "each symbol follows the last",
      from((byte, at, all) => (at % 2 ? all[at - 1]! + 1 : byte)),
      "pairs",
    ],
    [
      "a small space",
      () => encodeCrockford(createHash("sha256").update(randomBytes(2)).digest().subarray(0, 10)),
      "duplicates",
    ],
    ["a counter", (index) => String(index).padStart(16, "0"), "position 0"],
    ["a confusable letter", () => `${generatePassword().slice(1)}U`, "malformed"],
    ["too short", () => generatePassword().slice(1), "malformed"],
  ];
  for (const [name, generate, expected] of broken)
    t.true(findBias(passwords(count, generate)).includes(expected), name);
  t.deepEqual(findBias(passwords(count, generatePassword)), []);
});

function sample(password?: (names: { serial: string; id: string }) => string): Sample {
  const names = { serial: generateSerial(), id: generateId() };
  return { ...names, password: password?.(names) ?? generatePassword() };
}

test("no password follows from serial, id or index (100,000 units)", (t) => {
  t.deepEqual(findDerivations(Array.from({ length: many }, () => sample())), []);
});

test("no password of issued units follows from their certificates either", async (t) => {
  const units = await issueUnits(await sharedFactory(), 128);
  t.deepEqual(findDerivations(units), []);
  t.deepEqual(new Set(units.map((unit) => unit.password)).size, units.length);
  // The control: the same units, with passwords out of their certificates.
  const derived = units.map((unit) => ({
    ...unit,
    password: encodeCrockford(createHash("sha1").update(unit.certificate).digest().subarray(4, 14)),
  }));
  t.deepEqual(findDerivations(derived), ["sha1(certificate)"]);
});

test("control: each derived password is found", (t) => {
  const hash = (name: string, text: string) => createHash(name).update(text).digest();
  const rules: [string, (names: { serial: string; id: string }) => string][] = [
    ["sha256(serial)", ({ serial }) => encodeCrockford(hash("sha256", serial).subarray(0, 10))],
    ["sha256(id)", ({ id }) => encodeCrockford(hash("sha256", id).subarray(21, 31))],
    [
      "md5(serial+id)",
      ({ serial, id }) =>
        hash("md5", serial + id)
          .toString("hex")
          .slice(9, 25)
          .toUpperCase(),
    ],
    ["id", ({ id }) => id.slice(3, 19).toUpperCase()],
    ["sha1(index)", () => encodeCrockford(hash("sha1", "1234").subarray(2, 12))],
    ["padded index", () => "0000000000001234"],
  ];
  for (const [name, rule] of rules)
    t.true(findDerivations([sample(rule)], 1234).includes(name), name);
});
