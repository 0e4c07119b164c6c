import { p256 } from "@noble/curves/nist.js";
import { scrypt } from "@noble/hashes/scrypt.js";
import test from "ava";
import {
  formatPassword,
  generatePassword,
  normalisePassword,
  register,
  stretch,
  stretching,
} from "../../provisioning/set-up-password.ts";

const order = p256.Point.Fn.ORDER;

/** RFC 9383 section 3.2 once more, over noble, written without looking at the other. */
function stretchAgain(password: string, serial: string): { w0: bigint; w1: bigint } {
  const encoder = new TextEncoder();
  const input: number[] = [];
  for (const field of [password, "", serial].map((text) => encoder.encode(text))) {
    const length = new DataView(new ArrayBuffer(8));
    length.setBigUint64(0, BigInt(field.length), true);
    input.push(...new Uint8Array(length.buffer), ...field);
  }
  const output = scrypt(new Uint8Array(input), new Uint8Array(0), { ...stretching, dkLen: 80 });
  return {
    w0: toInteger(output.subarray(0, 40)) % order,
    w1: toInteger(output.subarray(40)) % order,
  };
}

function toInteger(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

test("w0, w1 and L agree with an independent implementation", async (t) => {
  for (const serial of ["7K3QF9M2XW4C", "00000000000A"]) {
    const password = generatePassword();
    const again = stretchAgain(password, serial);
    const { w0, w1 } = await stretch(password, serial);
    t.is(toInteger(w0), again.w0);
    t.is(toInteger(w1), again.w1);
    t.is(w0.length, 32);
    t.is(w1.length, 32);
    const record = await register(password, serial);
    t.deepEqual(record.w0, w0);
    t.deepEqual(record.L, p256.Point.BASE.multiply(again.w1).toBytes(false));
  }
});

test("another password or another unit gives another record", async (t) => {
  const password = generatePassword();
  const record = await register(password, "7K3QF9M2XW4C");
  t.notDeepEqual(await register(password, "7K3QF9M2XW4D"), record);
  t.notDeepEqual(await register(generatePassword(), "7K3QF9M2XW4C"), record);
  t.deepEqual(await register(password, "7K3QF9M2XW4C"), record);
});

test("a password is read as people write it", (t) => {
  const meant = "01A0B1C1D2E3F4GH";
  for (const written of [
    "01A0-B1C1-D2E3-F4GH",
    "01a0-b1c1-d2e3-f4gh",
    " oia0 blc1 d2e3 f4gh ",
    "OLAO–BICL–D2E3–F4GH",
    "0 1 A 0 B 1 C 1 D 2 E 3 F 4 G H",
  ])
    t.is(normalisePassword(written), meant, written);
});

test("what cannot be a password is refused", (t) => {
  for (const written of [
    "",
    "01A0-B1C1-D2E3-F4G",
    "01A0-B1C1-D2E3-F4GHJ",
    "01A0-B1C1-D2E3-F4GU",
    "01A0-B1C1-D2E3-F4G!",
    "01A0-B1C1-D2E3-F4Gé",
    "-".repeat(1_000_000),
  ])
    t.is(normalisePassword(written), undefined, written.slice(0, 30));
});

test("formatting and reading are inverse", (t) => {
  for (let index = 0; index < 1000; index++) {
    const password = generatePassword();
    t.regex(formatPassword(password), /^(....-){3}....$/);
    t.is(normalisePassword(formatPassword(password)), password);
  }
});
